/**
 * The second engine: the local host's, in this process, with the code that a push left. Code and indexes are loaded once a
 * test file; each backend gets a database of its own. Time is the test's: fake `Date` and `setTimeout` where it has them.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import {
  actionGeneric,
  type FunctionReference,
  type GenericDataModel,
  getFunctionName,
  mutationGeneric,
  queryGeneric,
  type UserIdentity,
} from "convex/server";
import { ConvexError, convexToJson, jsonToConvex, type Value } from "convex/values";
import { onTestFinished } from "vitest";
import type { DeployedFunction } from "../../src/local/host/component";
import type { Deployment } from "../../src/local/host/componentTree";
import { Engine } from "../../src/local/host/engine";
import type { Caller, Failure, FunctionKind, Outcome } from "../../src/local/host/functionCall";
import type { Installation } from "../../src/local/host/installation";
import { jobsIn } from "../../src/local/host/scheduledJobs";
import { Store } from "../../src/local/host/store";
import "./convexGlobal";
import type { TestBackend } from "./testBackend";

const DATABASE = "data.sqlite3";
const INLINE = "inline.js:";
const ANYONE: Caller = { identity: null, isAdmin: false };
/** The test's own clock; not `Date.now` itself, which a fake one would not replace. */
const now = () => Date.now();
const nextTurn = (() => {
  const later = setImmediate;
  return () => new Promise((resolve) => later(resolve));
})();

type Handler = (ctx: unknown) => Promise<unknown>;

/** An engine that also runs functions which a test wrote inline. */
class EngineUnderTest extends Engine {
  readonly #inline = new Map<string, DeployedFunction>();

  static async open(folder: string): Promise<EngineUnderTest> {
    const ignore = () => {};
    const engine = new EngineUnderTest(new Store(path.join(folder, DATABASE), "OFF"), now, ignore, ignore);
    await engine.resume("");
    return engine;
  }

  override find(...[call, caller, kind]: Parameters<Engine["find"]>): DeployedFunction {
    return this.#inline.get(call.path) ?? super.find(call, caller, kind);
  }

  /** Registered by the official package, as a deployed function is, and known under the path that comes back. */
  add(kind: FunctionKind, handler: Handler): string {
    const register = { query: queryGeneric, mutation: mutationGeneric, action: actionGeneric }[kind];
    const registered = register({ handler }) as unknown as DeployedFunction["registered"];
    const path = `${INLINE}${this.#inline.size}`;
    this.#inline.set(path, {
      component: "",
      path,
      kind,
      isPublic: false,
      args: { type: "any" },
      returns: null,
      registered,
    });
    return path;
  }
}

/** The code that was in it would be copied with each backend. */
function dropFreePages(databaseFile: string): void {
  const database = new DatabaseSync(databaseFile);
  database.exec("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
}

/** A deployment, loaded: what all backends of a test file share. */
export class LoadedDeployment {
  private constructor(
    /** The files of an empty database with the deployment's tables and indexes, by name. */
    private readonly template: Map<string, Uint8Array>,
    private readonly installation: Installation,
    /** What functions find in `process.env`. */
    private readonly environment: Map<string, string>,
  ) {}

  /** No crons: convex-test runs none, and they would run whenever they like. */
  static async load(deployment: Deployment): Promise<LoadedDeployment> {
    const folder = mkdtempSync(path.join(tmpdir(), "engine-template-"));
    const engine = await EngineUnderTest.open(folder);
    await engine.deploy({ ...deployment, modules: deployment.modules.filter(({ path }) => path !== "crons.js") });
    // The next engine on this database is given the loaded code instead of loading it again.
    engine.store.putSetting("deployment", "current", null);
    await engine.close();
    dropFreePages(path.join(folder, DATABASE));
    const template = new Map(readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name))]));
    rmSync(folder, { recursive: true });
    return new LoadedDeployment(template, engine.installation as Installation, engine.environment);
  }

  /** A new, empty backend; it is gone when the test is over. */
  async open<DataModel extends GenericDataModel>(variables: Record<string, string>): Promise<TestBackend<DataModel>> {
    const folder = mkdtempSync(path.join(tmpdir(), "engine-"));
    for (const [name, bytes] of this.template) writeFileSync(path.join(folder, name), bytes);
    const engine = await EngineUnderTest.open(folder);
    engine.installation = this.installation;
    onTestFinished(async () => {
      await engine.close();
      rmSync(folder, { recursive: true, force: true });
    });
    this.environment.clear();
    const setEnvironment = (changes: Record<string, string>) => {
      // Tests run some of the backend's code themselves, and it should find the same.
      Object.assign(process.env, changes);
      for (const [name, value] of Object.entries(changes)) this.environment.set(name, value);
    };
    setEnvironment(variables);
    return backendOf(engine, ANYONE, setEnvironment);
  }
}

type AnyFunction = FunctionReference<FunctionKind, "public" | "internal"> | Handler;

function backendOf<DataModel extends GenericDataModel>(
  engine: EngineUnderTest,
  caller: Caller,
  setEnvironment: (variables: Record<string, string>) => void,
): TestBackend<DataModel> {
  const calling =
    (kind: FunctionKind) =>
    async (called: AnyFunction, args: Record<string, Value> = {}) =>
      typeof called === "function"
        ? callInline(engine, caller, kind, called)
        : callPath(engine, caller, kind, getFunctionName(called), args);
  const mutation = calling("mutation");
  return {
    query: calling("query"),
    mutation,
    action: calling("action"),
    run: mutation,
    fetch: (path: string, init?: RequestInit) =>
      fetchRoute(engine, new Request(new URL(path, "http://host.test"), init), caller),
    withIdentity: (identity: Partial<UserIdentity>) =>
      backendOf(engine, { identity: completed(identity), isAdmin: false }, setEnvironment),
    setEnvironment,
    finishScheduled: (advance: () => void) => finishScheduled(engine, advance),
  } as unknown as TestBackend<DataModel>;
}

async function fetchRoute(engine: Engine, request: Request, caller: Caller): Promise<Response> {
  return (await engine.runHttpAction(request, caller)) ?? new Response(null, { status: 404 });
}

async function callPath(
  engine: Engine,
  caller: Caller,
  kind: FunctionKind,
  path: string,
  args: Record<string, Value>,
): Promise<Value> {
  const call = { path, args: convexToJson(args), fromInside: true };
  const outcome: Outcome = await (kind === "query"
    ? engine.runQuery(call, caller)
    : kind === "mutation"
      ? engine.runMutation(call, caller)
      : engine.runAction(call, caller));
  if (outcome.ok) return jsonToConvex(JSON.parse(outcome.valueJson));
  throw errorOf(outcome);
}

/** What a handler in the test throws comes back as it is, so that a failed expectation is shown as one. */
async function callInline(
  engine: EngineUnderTest,
  caller: Caller,
  kind: FunctionKind,
  handler: Handler,
): Promise<Value> {
  let thrown: unknown = null;
  const path = engine.add(kind, (ctx) =>
    handler(ctx).catch((error) => {
      thrown = error;
      throw error;
    }),
  );
  return callPath(engine, caller, kind, path, {}).catch((error) => {
    throw thrown === null || error instanceof ConvexError ? error : thrown;
  });
}

function errorOf({ message, errorData }: Failure): Error {
  return errorData === undefined ? new Error(message) : new ConvexError(jsonToConvex(errorData as never));
}

/** What the caller left out is as convex-test has it. */
function completed({ issuer = "https://convex.test", subject = "test", ...claims }: Partial<UserIdentity>) {
  return { tokenIdentifier: `${issuer}|${subject}`, ...claims, issuer, subject };
}

const MAX_TURNS = 10_000;

async function finishScheduled(engine: Engine, advance: () => void): Promise<void> {
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    advance();
    await nextTurn();
    await engine.lock.idle();
    if (jobsIn(engine.store, "pending", 1).length + jobsIn(engine.store, "inProgress", 1).length === 0) return;
  }
  throw new Error("Scheduled functions go on for ever.");
}
