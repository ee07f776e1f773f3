/** The fixture project on both engines, and what they must agree in: everything but ids and times. */
import type { DataModelFromSchemaDefinition, GenericMutationCtx, GenericQueryCtx } from "convex/server";
import { ConvexError, convexToJson, type JSONValue, type Value } from "convex/values";
import { expect } from "vitest";
import { openConvexTest } from "../engines/convexTest";
import { LoadedDeployment } from "../engines/localHost";
import type { TestBackend } from "../engines/testBackend";
import schema from "../fixtures/shapes/convex/schema";
import { bundle } from "../local/host/engineUnderTest";

export type DataModel = DataModelFromSchemaDefinition<typeof schema>;
export type Backend = TestBackend<DataModel>;
export type QueryCtx = GenericQueryCtx<DataModel>;
export type MutationCtx = GenericMutationCtx<DataModel>;
export type Work = (backend: Backend) => Promise<unknown>;

let loaded: Promise<LoadedDeployment> | undefined;

async function loadFixture(): Promise<LoadedDeployment> {
  const modules = await bundle({ calls: `export * from "./tests/fixtures/shapes/convex/calls.ts";` });
  const exported = (schema as unknown as { export(): string }).export();
  return LoadedDeployment.load({ modules, schema: JSON.parse(exported), authProviders: [] });
}

export async function openBoth(): Promise<{ mock: Backend; host: Backend }> {
  loaded ??= loadFixture();
  const modules = {
    "/_generated/api.js": async () => ({}),
    "/calls.ts": () => import("../fixtures/shapes/convex/calls"),
  };
  return { mock: openConvexTest<DataModel>({ schema, modules }), host: await (await loaded).open<DataModel>({}) };
}

/** Does the same on both engines, a new backend each. */
export async function onEach(work: Work): Promise<{ mock: JSONValue; host: JSONValue }> {
  const { mock, host } = await openBoth();
  return { mock: comparable((await work(mock)) as Value), host: comparable((await work(host)) as Value) };
}

/** The result on both engines, which is the same; as it is, so that a test says what it must be. */
export async function onBoth(work: Work): Promise<unknown> {
  const { mock, host } = await openBoth();
  const [ofMock, ofHost] = [await work(mock), await work(host)];
  expect(comparable(ofHost as Value)).toEqual(comparable(ofMock as Value));
  return ofHost;
}

/** JSON tells -0 from 0 and one integer type from the other; ids and times are each engine's own. */
export function comparable(value: Value | undefined): JSONValue {
  return withoutSystemFields(value === undefined ? { $undefined: true } : convexToJson(value));
}

function withoutSystemFields(json: JSONValue): JSONValue {
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) return json.map(withoutSystemFields);
  const entries = Object.entries(json).filter(([name]) => name !== "_id" && name !== "_creationTime");
  return Object.fromEntries(entries.map(([name, part]) => [name, withoutSystemFields(part)]));
}

/** How a call ended that may fail: engines word their refusals differently, but not a ConvexError's data. */
export async function outcomeOf(call: Promise<unknown>): Promise<Value> {
  try {
    return { value: ((await call) ?? null) as Value };
  } catch (error) {
    return { refused: error instanceof ConvexError ? (error.data as Value) : "an error" };
  }
}

/** Inserts rows, in order. */
export function withRows(backend: Backend, rows: { a?: Value; b?: Value; n?: { x: Value } }[]): Promise<null> {
  return backend.run(async (ctx) => {
    for (const row of rows) await ctx.db.insert("rows", row);
    return null;
  });
}
