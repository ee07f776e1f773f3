/**
 * An engine with functions of its own: sources are bundled as the official CLI bundles them, so that the real
 * `convex/server` runs inside the engine's isolate.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convexToJson, jsonToConvex, type Value } from "convex/values";
import esbuild from "esbuild";
import { onTestFinished } from "vitest";
import { type Engine, type EngineOptions, openEngine } from "../../../src/local/host/engine";
import type { Caller, Failure, FunctionCall } from "../../../src/local/host/functionCall";
import type { PushedModule } from "../../../src/local/host/isolate";

export const anyone: Caller = { identity: null, isAdmin: false };
export const admin: Caller = { ...anyone, isAdmin: true };

/** Modules as a push holds them; the keys are paths such as `messages` or `folder/jobs`. */
export async function bundle(
  sources: Record<string, string>,
  platform: "browser" | "node" = "browser",
): Promise<PushedModule[]> {
  const paths = Object.keys(sources);
  const { outputFiles } = await esbuild.build({
    entryPoints: paths,
    plugins: [virtualFiles(sources)],
    bundle: true,
    format: "esm",
    splitting: true,
    chunkNames: platform === "node" ? "_deps/node/[hash]" : "_deps/[hash]",
    platform,
    target: "esnext",
    conditions: ["convex", "module"],
    outdir: "/out",
    external: ["external:*"],
    write: false,
  });
  return outputFiles.map(({ path, text }) => ({
    path: path.slice("/out/".length),
    source: text,
    environment: platform === "node" ? "node" : "isolate",
  }));
}

function virtualFiles(sources: Record<string, string>): esbuild.Plugin {
  return {
    name: "virtual files",
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path, kind }) =>
        kind === "entry-point" ? { path, namespace: "virtual" } : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: "virtual" }, ({ path }) => ({
        contents: sources[path] ?? "",
        loader: "ts",
        resolveDir: process.cwd(),
      }));
    },
  };
}

export interface EngineUnderTest {
  engine: Engine;
  databaseFile: string;
  query(path: string, args?: Record<string, Value>): Promise<Value>;
  mutation(path: string, args?: Record<string, Value>): Promise<Value>;
  action(path: string, args?: Record<string, Value>): Promise<Value>;
  /** The failure of a function of any kind. */
  failure(path: string, args?: Record<string, Value>): Promise<Failure>;
  deploy(sources: Record<string, string>): Promise<void>;
}

export const PRELUDE = `
  import { queryGeneric as query, mutationGeneric as mutation, actionGeneric as action, internalQueryGeneric as internalQuery,
    internalMutationGeneric as internalMutation, internalActionGeneric as internalAction, httpActionGeneric as httpAction,
    defineSchema, defineTable, cronJobs, httpRouter, anyApi, paginationOptsValidator,
    componentsGeneric, createFunctionHandle } from "convex/server";
  import { v, ConvexError } from "convex/values";
`;

export function callOf(path: string, args: Record<string, Value> = {}): FunctionCall {
  return { path, args: convexToJson(args) };
}

/** Sources as code of the app or of a component; one called `schema` becomes the schema. */
export async function codeOf(engine: Engine, sources: Record<string, string>) {
  const complete = Object.fromEntries(Object.entries(sources).map(([path, text]) => [path, PRELUDE + text]));
  const { schema: schemaSource, ...functions } = complete;
  const modules = await bundle(functions);
  let schema: unknown = null;
  if (schemaSource !== undefined) {
    const [module] = await bundle({ schema: schemaSource });
    schema = JSON.parse(((await engine.evaluateDefault(module as PushedModule)) as { export(): string }).export());
  }
  return { modules, schema };
}

export async function deployTo(engine: Engine, sources: Record<string, string>): Promise<void> {
  await engine.deploy({ ...(await codeOf(engine, sources)), authProviders: [] });
}

export async function engineWith(
  sources: Record<string, string>,
  options: Partial<EngineOptions> = {},
): Promise<EngineUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), "engine-"));
  const databaseFile = options.databaseFile ?? join(folder, "data.sqlite3");
  const engine = await openEngine({ synchronous: "NORMAL", ...options, databaseFile });
  let open = true;
  const close = engine.close.bind(engine);
  engine.close = async () => {
    if (open) await close();
    open = false;
  };
  onTestFinished(async () => {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const unwrapped = (outcome: { ok: true; valueJson: string } | Failure): Value => {
    if (outcome.ok) return jsonToConvex(JSON.parse(outcome.valueJson));
    throw new Error(outcome.message);
  };
  if (Object.keys(sources).length > 0) await deployTo(engine, sources);
  return {
    engine,
    databaseFile,
    query: async (path, args) => unwrapped(await engine.runQuery(callOf(path, args), anyone)),
    mutation: async (path, args) => unwrapped(await engine.runMutation(callOf(path, args), anyone)),
    action: async (path, args) => unwrapped(await engine.runAction(callOf(path, args), anyone)),
    deploy: (next) => deployTo(engine, next),
    async failure(path, args) {
      const outcome = await engine.runAny(callOf(path, args), anyone);
      if (outcome.ok) throw new Error(`${path} succeeded with ${outcome.valueJson}`);
      return outcome;
    },
  };
}
