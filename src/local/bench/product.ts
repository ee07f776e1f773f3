/**
 * The product's own functions on an engine in this process, as a push leaves them: what a call costs can be asked there.
 */
import { copyFile } from "node:fs/promises";
import path from "node:path";
import { convexToJson, jsonToConvex, type Value } from "convex/values";
import { localDeployment } from "../../stacks/deployment";
import { pushWithCli } from "../host/cliPush";
import type { Deployment } from "../host/componentTree";
import { Engine } from "../host/engine";
import type { Caller, FunctionCall, FunctionKind, Outcome } from "../host/functionCall";
import { startHost } from "../host/host";
import type { Usage } from "../host/limits";
import { type Durability, Store } from "../host/store";
import { marketEnvironment } from "../market/ofStack";
import { makeSecrets } from "../secrets";
import { environmentOf, PROJECT_ROOT, setEnvironment, signingKeysOf } from "../stack";
import { ADMIN_KEY } from "./databases";

export const DEPLOYER = "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM";
/** Nothing listens there: the bench shows the functions what they are to see of the chain. */
const NO_NODE = "http://127.0.0.1:1";

/** What is told costs a delivery too. */
const WEBHOOK = { NOTIFICATION_WEBHOOK_URL: NO_NODE, NOTIFICATION_WEBHOOK_SECRET: `whsec_${"b".repeat(32)}` };

/**
 * Pushes convex/ with the official CLI and returns the file of a database that holds nothing else. Its crons are left out:
 * they run whenever they like.
 */
export async function pushProduct(folder: string): Promise<string> {
  const secrets = await makeSecrets();
  const environment = {
    ...environmentOf(secrets, localDeployment(DEPLOYER), NO_NODE),
    ...marketEnvironment(NO_NODE),
    ...signingKeysOf(secrets),
    ...WEBHOOK,
  };
  const pushed = path.join(folder, "pushed.sqlite3");
  const host = await startHost({ databaseFile: pushed, port: 0, sitePort: 0, adminKey: ADMIN_KEY });
  try {
    await setEnvironment(host, environment);
    await pushWithCli({ url: host.url, adminKey: ADMIN_KEY, cwd: PROJECT_ROOT });
  } finally {
    await host.close();
  }
  const { modules, ...deployment } = deploymentIn(pushed);
  // A database of its own: in the other one the crons ran as soon as they were pushed.
  const databaseFile = path.join(folder, "product.sqlite3");
  const engine = quietEngine(databaseFile, "NORMAL");
  await engine.setEnvironment(Object.entries(environment).map(([name, value]) => ({ name, value })));
  await engine.deploy({ ...deployment, modules: modules.filter((module) => module.path !== "crons.js") });
  await engine.close();
  return databaseFile;
}

const pushes = new Map<string, Promise<string>>();
let copies = 0;

/** The file of a database of one's own with the product in it, which is pushed once for a folder. */
export async function productCopy(folder: string): Promise<string> {
  const pushed = pushes.get(folder) ?? pushProduct(folder);
  pushes.set(folder, pushed);
  copies += 1;
  const copy = path.join(folder, `product-${copies}.sqlite3`);
  await copyFile(await pushed, copy);
  return copy;
}

function deploymentIn(databaseFile: string): Deployment {
  const store = new Store(databaseFile, "NORMAL");
  const deployment: Deployment = JSON.parse(store.setting("deployment", "current") as string);
  store.close();
  return deployment;
}

/** Its scheduler never starts: what a function schedules stays undone, and nothing runs beside what is measured. */
function quietEngine(databaseFile: string, synchronous: Durability): Engine {
  const ignore = () => {};
  return new Engine(new Store(databaseFile, synchronous), Date.now, ignore, ignore);
}

/** What all transactions of one call have used together. */
export interface Used {
  documentsRead: number;
  documentsWritten: number;
  ranges: number;
  ms: number;
  /** Which functions had a transaction. */
  paths: string[];
}

/** Somebody signed in, or with null the deployment's operator. */
export type Who = string | null;

export class Product {
  private constructor(readonly engine: Engine) {}

  static async open(databaseFile: string, synchronous: Durability): Promise<Product> {
    const engine = quietEngine(databaseFile, synchronous);
    engine.installation = await engine.load(deploymentIn(databaseFile));
    return new Product(engine);
  }

  /** A failure is the bench's own. */
  async call(kind: FunctionKind, path: string, args: Record<string, Value>, who: Who = null): Promise<Value> {
    const call: FunctionCall = { path, args: convexToJson(args) };
    const outcome = await this.#run(kind, call, callerOf(who));
    if (outcome.ok) return jsonToConvex(JSON.parse(outcome.valueJson));
    throw new Error(`${path} failed: ${outcome.message}`);
  }

  /** Calls, and says what that cost. */
  async measured(work: () => Promise<unknown>): Promise<Used> {
    const used: Used = { documentsRead: 0, documentsWritten: 0, ranges: 0, ms: 0, paths: [] };
    this.engine.onUsage = (path, usage) => add(used, path, usage);
    const start = performance.now();
    try {
      await work();
    } finally {
      this.engine.onUsage = () => {};
    }
    return { ...used, ms: performance.now() - start };
  }

  close(): Promise<void> {
    return this.engine.close();
  }

  #run(kind: FunctionKind, call: FunctionCall, caller: Caller): Promise<Outcome> {
    if (kind === "query") return this.engine.runQuery(call, caller);
    return kind === "mutation" ? this.engine.runMutation(call, caller) : this.engine.runAction(call, caller);
  }
}

function add(used: Used, path: string, usage: Usage): void {
  used.paths.push(path);
  const metrics = usage.metrics();
  used.documentsRead += metrics.documentsRead?.used ?? 0;
  used.documentsWritten += metrics.documentsWritten?.used ?? 0;
  used.ranges += metrics.databaseQueries?.used ?? 0;
}

function callerOf(who: Who): Caller {
  if (who === null) return { identity: null, isAdmin: true };
  const issuer = "https://local.bithedge.invalid";
  return { identity: { issuer, subject: who, tokenIdentifier: `${issuer}|${who}` }, isAdmin: false };
}
