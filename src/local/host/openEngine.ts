/**
 * Puts the engine together: one database file, the deployment in it, the functions that run on it, and their scheduler.
 */
import { analyzeModules } from "./analysis";
import { RequestState } from "./call";
import type { Caller, Deployment, Engine, FunctionCall, MutationOrigin, PushedModule, Success } from "./engine";
import { type Around, FunctionRunner, type Target } from "./functionRunner";
import { Installation } from "./installation";
import { LoadedModules } from "./isolate";
import { ensureJobTable } from "./scheduledJobs";
import { Scheduler } from "./scheduler";
import { applySchema } from "./schemaChange";
import { type Durability, Store } from "./store";
import { APP } from "./tables";

export interface EngineOptions {
  databaseFile: string;
  /** Milliseconds since the epoch; every timer of the engine follows it. */
  now?: () => number;
  onLog?: (line: string) => void;
  /** What a commit waits for: FULL survives a power cut, NORMAL a crash of the process. */
  synchronous?: Durability;
}

const DEPLOYMENT = "current";

export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { databaseFile, now = Date.now, onLog = () => {}, synchronous = "FULL" } = options;
  const store = new Store(databaseFile, synchronous);
  ensureJobTable(store);
  const engine = new LocalEngine(store, now, onLog);
  await engine.resume();
  return engine;
}

class LocalEngine implements Engine {
  readonly #store: Store;
  readonly #runner: FunctionRunner;
  readonly #scheduler: Scheduler;
  readonly #environment: Map<string, string>;
  readonly #onLog: (line: string) => void;

  constructor(store: Store, now: () => number, onLog: (line: string) => void) {
    this.#store = store;
    this.#onLog = onLog;
    this.#environment = store.settings("environment");
    this.#runner = new FunctionRunner(store, now, this.#environment);
    this.#scheduler = new Scheduler(this.#runner, onLog);
  }

  /** Runs what was deployed before the restart. */
  async resume(): Promise<void> {
    const stored = this.#store.setting("deployment", DEPLOYMENT);
    if (stored !== null) await this.#install(JSON.parse(stored), () => {});
    await this.#scheduler.start();
  }

  get lastTs(): bigint {
    return this.#store.lastTs;
  }

  runQuery(call: FunctionCall, caller: Caller, journal: string | null = null) {
    return this.#request(call, caller, (target, request) => this.#runner.runQuery(target, request), journal);
  }

  runMutation(call: FunctionCall, caller: Caller, origin?: MutationOrigin) {
    const around = origin === undefined ? {} : this.#once(origin);
    return this.#request(call, caller, (target, request) => this.#runner.runMutation(target, request, around));
  }

  runAction(call: FunctionCall, caller: Caller) {
    return this.#request(call, caller, (target, request) => this.#runner.runAction(target, request));
  }

  runAny(call: FunctionCall, caller: Caller) {
    return this.#request(call, caller, (target, request) => this.#runner.runAny(target, request));
  }

  runHttpAction(http: Request, caller: Caller) {
    const call = { component: APP, path: `${http.method} ${new URL(http.url).pathname}`, args: {} };
    return this.#request(call, caller, (_target, request) => this.#runner.runHttpAction(http, request));
  }

  onCommit(listener: Parameters<Engine["onCommit"]>[0]): void {
    this.#runner.onCommit(listener);
  }

  async analyze(modules: PushedModule[]) {
    return analyzeModules(await LoadedModules.load(modules, this.#runner));
  }

  async evaluateDefault(source: PushedModule): Promise<unknown> {
    const modules = await LoadedModules.load([source], this.#runner);
    return (await modules.exportsOf(source.path))?.default;
  }

  async deploy(deployment: Deployment): Promise<void> {
    await this.#install(deployment, (installation) => {
      applySchema(this.#store, installation.tables);
      this.#store.putSetting("deployment", DEPLOYMENT, JSON.stringify(deployment));
    });
  }

  deployed(): Deployment | null {
    return this.#runner.installation?.deployment ?? null;
  }

  environment(): ReadonlyMap<string, string> {
    return this.#environment;
  }

  setEnvironment(changes: { name: string; value: string | null }[]): void {
    this.#store.atomically(() => {
      for (const { name, value } of changes) this.#store.putSetting("environment", name, value);
    });
    for (const { name, value } of changes) {
      if (value === null) this.#environment.delete(name);
      else this.#environment.set(name, value);
    }
  }

  async close(): Promise<void> {
    this.#scheduler.stop();
    await this.#runner.lock.idle();
    this.#store.close();
  }

  /** Everything that can fail comes before the old deployment gives way; `persist` joins the same commit. */
  async #install(deployment: Deployment, persist: (installation: Installation) => void): Promise<void> {
    const installation = await Installation.load(deployment, this.#runner);
    const crons = Scheduler.parseCrons(await installation.crons(), this.#runner.now());
    for (const { target } of crons) await installation.function(target.path);
    await this.#runner.lock.run(() => {
      this.#store.atomically(() => {
        persist(installation);
        this.#scheduler.installCrons(crons);
      });
      this.#runner.installation = installation;
      this.#scheduler.useCrons(crons);
    });
  }

  /** The answer is stored in the mutation's own commit, and given again to whoever sends the same request. */
  #once({ sessionId, requestId }: MutationOrigin): Around {
    return {
      instead: () => {
        const stored = this.#store.answer(sessionId, requestId);
        if (stored === null) return null;
        const { ts, ...success } = JSON.parse(stored) as Success & { ts: string };
        return { ...success, ts: BigInt(ts) };
      },
      finish: (transaction, success) => {
        const answer = JSON.stringify({ ...success, ts: transaction.commitTs.toString() });
        transaction.accompany(() => this.#store.putAnswer(sessionId, requestId, answer));
      },
    };
  }

  #request<Outcome>(
    { component, path, args }: FunctionCall,
    caller: Caller,
    run: (target: Target, request: RequestState) => Promise<Outcome>,
    journal: string | null = null,
  ): Promise<Outcome> {
    const request = new RequestState(caller, this.#onLog, journal);
    return run({ component, path, args, access: caller.isAdmin ? "any" : "public" }, request);
  }
}
