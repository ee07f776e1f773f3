/**
 * The engine of the host: one database file, the deployment in it, the functions that run on it, and their scheduler.
 * Nothing here knows HTTP, WebSocket or the product.
 */
import { jsonToConvex, type Value } from "convex/values";
import type { Component } from "./component";
import type { Deployment } from "./componentTree";
import type { Success } from "./functionCall";
import { type Around, FunctionRunner } from "./functionRunner";
import type { TellActivity } from "./hungCalls";
import { Installation } from "./installation";
import { LoadedModules, type PushedModule } from "./isolate";
import { ensureJobTable } from "./scheduledJobs";
import { Scheduler } from "./scheduler";
import { type Durability, Store } from "./store";
import { createSyscalls } from "./syscalls";
import { mismatchOf } from "./validators";

export interface EngineOptions {
  databaseFile: string;
  /** Milliseconds since the epoch; every timer of the engine follows it. */
  now?: () => number;
  onLog?: (line: string) => void;
  synchronous?: Durability;
  /** Told what runs before it runs, so that a watching thread can name what hangs. */
  onActivity?: TellActivity;
  /** What the host was at when it had to be ended, as `onActivity` was told. */
  hungAt?: string;
}

const DEPLOYMENT = "current";

/** Opens the database and runs what was deployed before the restart. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { databaseFile, now = Date.now, onLog = () => {}, synchronous = "FULL" } = options;
  const { onActivity = () => {}, hungAt = "" } = options;
  const engine = new Engine(new Store(databaseFile, synchronous), now, onLog, onActivity);
  await engine.resume(hungAt);
  return engine;
}

export class Engine extends FunctionRunner {
  readonly #scheduler: Scheduler;

  constructor(store: Store, now: () => number, onLog: (line: string) => void, onActivity: TellActivity) {
    super(store, now, onLog, onActivity, createSyscalls);
    this.#scheduler = new Scheduler(this);
  }

  async resume(hungAt: string): Promise<void> {
    await this.transact((transaction) =>
      transaction.change(() => {
        ensureJobTable(this.store, "");
        this.hungCalls.remember(hungAt);
      }),
    );
    const stored = this.store.setting("deployment", DEPLOYMENT);
    if (stored !== null) {
      // The environment may have changed since the push, so that a module no longer loads: the next push mends that.
      const loading = this.load(JSON.parse(stored)).then((installation) => this.#install(installation, () => {}));
      await loading.catch((error) => this.onLog(`The stored deployment does not run: ${error}`));
    }
    await this.#scheduler.start();
  }

  /** The timestamp of the last durable commit, nanoseconds. */
  get lastTs(): bigint {
    return this.store.lastTs;
  }

  /** The deployment that is installed, null before the first push. */
  get deployed(): Deployment | null {
    return this.installation?.deployment ?? null;
  }

  /** A client's mutation, answered once however often it is sent: the answer is stored in the mutation's own commit. */
  once(sessionId: string, requestId: number): Around {
    return {
      instead: () => {
        const stored = this.store.answer(sessionId, requestId);
        if (stored === null) return null;
        const { ts, ...success } = JSON.parse(stored) as Success & { ts: string };
        return { ...success, ts: BigInt(ts) };
      },
      finish: (transaction, success) => {
        const answer = JSON.stringify({ ...success, ts: transaction.commitTs.toString() });
        transaction.change(() => this.store.putAnswer(sessionId, requestId, answer));
      },
    };
  }

  /** Evaluates without installing: syntax, imports and definitions are checked. */
  load(deployment: Deployment): Promise<Installation> {
    return Installation.load(deployment, this);
  }

  /** Evaluates the `schema`, `auth.config` or `convex.config` module of a push. */
  async evaluateDefault(source: PushedModule, imported: PushedModule[] = []): Promise<unknown> {
    const modules = await LoadedModules.load([source, ...imported], this);
    return (await modules.exportsOf(source.path))?.default;
  }

  /** Refuses (throws with a readable message) a schema that stored documents violate; else installs durably and starts crons. */
  async deploy(deployment: Deployment): Promise<void> {
    const installation = await this.load(deployment);
    await this.#install(installation, () => {
      for (const component of installation.components.values()) this.#applySchema(component);
      this.hungCalls.forget();
      this.store.putSetting("deployment", DEPLOYMENT, JSON.stringify(deployment));
    });
  }

  async setEnvironment(changes: { name: string; value: string | null }[]): Promise<void> {
    await this.transact((transaction) => {
      for (const { name, value } of changes) {
        transaction.change(() => this.store.putSetting("environment", name, value));
      }
    });
    for (const { name, value } of changes) {
      if (value === null) this.environment.delete(name);
      else this.environment.set(name, value);
    }
  }

  async close(): Promise<void> {
    this.#scheduler.stop();
    await this.lock.idle();
    this.store.close();
  }

  /** Everything that can fail comes before the old deployment gives way; `persist` joins the same commit. */
  async #install(installation: Installation, persist: () => void): Promise<void> {
    const crons = Scheduler.parseCrons(installation, this.now());
    await this.transact((transaction) => {
      transaction.change(() => {
        persist();
        this.#scheduler.saveCrons(crons);
      });
      transaction.commit();
      this.installation = installation;
      this.#scheduler.useCrons(crons);
    });
  }

  /** Makes tables and indexes as the schema says. Tables that it no longer names keep their documents, but not their indexes. */
  #applySchema({ path: component, tables: schema }: Component): void {
    ensureJobTable(this.store, component);
    for (const name of schema.keys()) this.store.ensureTable(component, name);
    for (const table of this.store.tables()) {
      if (table.component !== component || table.name.startsWith("_")) continue;
      const { document: validator = null, indexes = [] } = schema.get(table.name) ?? {};
      this.store.setIndexes(table, indexes);
      if (validator === null) continue;
      for (const { id, json } of this.store.documentsOf(table)) {
        const { _id, _creationTime, ...fields } = jsonToConvex(JSON.parse(json)) as Record<string, Value>;
        const mismatch = mismatchOf(validator, fields, this.store.tableNamesIn(component));
        if (mismatch === null) continue;
        const place = component === "" ? "" : ` of component "${component}"`;
        const document = `Document with ID "${id}" in table "${table.name}"${place}`;
        throw new Error(`Schema validation failed.\n${document} does not match the schema: ${mismatch}`);
      }
    }
  }
}
