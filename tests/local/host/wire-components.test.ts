/**
 * A project with two real components, pushed by the unmodified CLI: a rate limiter that mounts a worker of its own, and
 * migrations that call the app back batch by batch.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type ApiFromModules, anyApi } from "convex/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import type * as digestsModule from "../../fixtures/componentsProject/convex/digests";
import type * as notesModule from "../../fixtures/componentsProject/convex/notes";
import { eventually, HostUnderTest } from "./hostUnderTest";

const { digests, notes } = anyApi as unknown as ApiFromModules<{
  digests: typeof digestsModule;
  notes: typeof notesModule;
}>;
const COUNT = 35;

let host: HostUnderTest;
let deployed: string;
beforeAll(async () => {
  host = await HostUnderTest.start({}, "componentsProject");
  deployed = (await host.cli("deploy", "--codegen", "disable", "--typecheck", "disable")).output;
});
afterAll(() => host.stop());

const configFile = () => path.join(host.project, "convex/convex.config.ts");

async function migrationStatus(): Promise<unknown[]> {
  const { stdout, output } = await host.cli("run", "--component", "migrations", "lib:getStatus", '{"limit":5}');
  if (stdout === "") throw new Error(output);
  return JSON.parse(stdout);
}

test("deploy says what it installs, nested components too", () => {
  for (const name of ["limits", "limits/batchWorker", "migrations"]) {
    expect(deployed).toContain(`Installed component ${name}.`);
  }
});

test("the rate limiter counts in the caller's transaction, and its refusal is the client's", async () => {
  const add = (author: string, text = "") => host.http().mutation(notes.add, { author, text });
  await expect(add("ann", "bad")).rejects.toThrow("a bad note");
  for (let n = 0; n < 3; n += 1) await add("ann");
  await expect(add("ann")).rejects.toMatchObject({
    data: { kind: "RateLimited", name: "add", retryAfter: expect.any(Number) },
  });
  await add("bob");
  expect(await host.http().query(notes.lengths, {})).toEqual(Array(4).fill(null));
});

test("what its worker does later, in jobs of its own, comes to live queries of the app", async () => {
  const seen: number[] = [];
  const stop = host.client().onUpdate(notes.visitsLeft, {}, (left) => seen.push(left));
  await eventually(() => seen.at(-1) === 3, "the first value");
  expect(await host.http().mutation(notes.visit, {})).toBe(true);
  await eventually(() => seen.at(-1) === 2, "the worker's update", 30_000);
  stop();
});

test("a migration runs batch by batch to its end, and once", async () => {
  await host.http().mutation(notes.addMany, { count: COUNT });
  const { output } = await host.cli("run", "migrations:run", '{"fn":"migrations:addLength"}');
  expect(output).toContain("migrations:addLength");
  const lengths = () => host.http().query(notes.lengths, {});
  await eventually(async () => !(await lengths()).includes(null), "all notes are migrated", 30_000);
  expect(await lengths()).toEqual([0, 0, 0, 0, ...Array.from({ length: COUNT }, (_, n) => n)]);
  // The batch that found nothing more to do has said so in the commit that gave the last note its length.
  expect(await migrationStatus()).toEqual([
    expect.objectContaining({ name: "migrations:addLength", state: "success", processed: COUNT + 4 }),
  ]);
});

test('a module with "use node" is pushed beside them, and runs on Node', async () => {
  expect(await host.http().action(digests.ofText, { text: "abc" })).toBe("ba7816bf");
});

test("functions of components are for the admin only", async () => {
  const body = JSON.stringify({ path: "lib:getStatus", args: {}, componentPath: "migrations" });
  expect(await (await host.post("/api/query", body)).json()).toMatchObject({
    status: "error",
    errorMessage: expect.stringContaining("Could not find public function"),
  });
});

test("a wrong definition is refused in a sentence; unmounting keeps what a component has stored", async () => {
  const source = readFileSync(configFile(), "utf8");
  const push = () => host.cli("deploy", "--codegen", "disable", "--typecheck", "disable");
  writeFileSync(configFile(), source.replace('{ name: "limits" }', '{ name: "migrations" }'));
  expect((await push()).output).toContain('Two components have the name "migrations".');
  rmSync(configFile());
  expect((await push()).output).toMatch(/component migrations/);
  await expect(host.http().query(notes.visitsLeft, {})).rejects.toThrow(/Child component "limits" not found/);
  writeFileSync(configFile(), source);
  await host.push();
  await expect(host.http().mutation(notes.add, { author: "ann", text: "" })).rejects.toMatchObject({
    data: { kind: "RateLimited" },
  });
});
