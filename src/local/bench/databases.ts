/** Databases of a host with the bench's project deployed and so many notes, made once each and copied for every use. */
import { copyFile, cp, symlink } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { convexToJson, type Value } from "convex/values";
import { pushWithCli } from "../host/cliPush";
import { type Engine, openEngine } from "../host/engine";
import type { Caller, FunctionCall } from "../host/functionCall";
import { startHost } from "../host/host";
import { PROJECT_ROOT } from "../stack";

export const ADMIN_KEY = "bench|key";
export const NOTES_A_LIST = 10;
/** Well below what Convex lets one mutation write. */
const LISTS_A_MUTATION = 200;
const PROJECT = fileURLToPath(new URL("./project", import.meta.url));
const ANYONE: Caller = { identity: null, isAdmin: false };

export function callOf(name: string, args: Record<string, Value>): FunctionCall {
  return { path: `notes:${name}`, args: convexToJson(args) };
}

/** The arguments of the mutations that add so many notes. */
export function fillings(documents: number): { firstList: number; lists: number }[] {
  const all = Math.ceil(documents / NOTES_A_LIST);
  return Array.from({ length: Math.ceil(all / LISTS_A_MUTATION) }, (_, n) => {
    const firstList = n * LISTS_A_MUTATION;
    return { firstList, lists: Math.min(LISTS_A_MUTATION, all - firstList) };
  });
}

/** What a function gives, as JSON text. A failure is the bench's own. */
export async function run(engine: Engine, kind: "query" | "mutation", call: FunctionCall): Promise<string> {
  const outcome = await (kind === "query" ? engine.runQuery(call, ANYONE) : engine.runMutation(call, ANYONE));
  if (outcome.ok) return outcome.valueJson;
  throw new Error(`${call.path} failed: ${outcome.message}`);
}

export class Databases {
  readonly #made = new Map<number, Promise<string>>();
  #copies = 0;

  constructor(readonly folder: string) {}

  /** A file of its own for whoever asks. */
  async copy(documents: number): Promise<string> {
    const made = this.#made.get(documents) ?? (documents === 0 ? this.#deploy() : this.#fill(documents));
    this.#made.set(documents, made);
    const copy = path.join(this.folder, `copy-${++this.#copies}.sqlite3`);
    await copyFile(await made, copy);
    return copy;
  }

  /** The official CLI pushes into a host that lives only for that. */
  async #deploy(): Promise<string> {
    const project = path.join(this.folder, "project");
    await cp(PROJECT, project, { recursive: true });
    await symlink(path.join(PROJECT_ROOT, "node_modules"), path.join(project, "node_modules"));
    const databaseFile = path.join(this.folder, "empty.sqlite3");
    const host = await startHost({ databaseFile, port: 0, sitePort: 0, adminKey: ADMIN_KEY });
    try {
      await pushWithCli({ url: host.url, adminKey: ADMIN_KEY, cwd: project });
    } finally {
      await host.close();
    }
    return databaseFile;
  }

  async #fill(documents: number): Promise<string> {
    const databaseFile = await this.copy(0);
    const engine = await openEngine({ databaseFile, synchronous: "NORMAL" });
    for (const args of fillings(documents)) await run(engine, "mutation", callOf("fill", args));
    await engine.close();
    return databaseFile;
  }
}
