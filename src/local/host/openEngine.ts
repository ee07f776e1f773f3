/**
 * Puts the engine together: one database file, the deployment in it, the functions that run on it, and their scheduler.
 */
import { analyzeModules } from "./analysis";
import { RequestState } from "./call";
import type { Caller, Deployment, Engine, FunctionCall, MutationOrigin, MutationOutcome, PushedModule } from "./engine";
import { FunctionRunner, type Target } from "./functionRunner";
import { Installation } from "./installation";
import { LoadedModules } from "./isolate";
import { ensureJobTable } from "./scheduledJobs";
import { Scheduler } from "./scheduler";
import { applySchema } from "./schemaChange";
import { type Durability, Store } from "./store";

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

  async runQuery(call: FunctionCall, caller: Caller, journal: string | null = null) {
    const request = new RequestState(caller, journal);
    return this.#logged(call, request, this.#runner.runQuery(targetOf(call, caller), request));
  }

  async runMutation(call: FunctionCall, caller: Caller, origin?: MutationOrigin): Promise<MutationOutcome> {
    const request = new RequestState(caller);
    const once =
      origin &&
      ({
        instead: () => this.#answerOf(origin),
        finish: (transaction, { valueJson, logLines }) => {
          const answer = JSON.stringify({ valueJson, logLines, ts: transaction.commitTs.toString() });
          transaction.accompany(() => this.#store.putAnswer(origin.sessionId, origin.requestId, answer));
        },
      } satisfies Parameters<FunctionRunner["runMutation"]>[2]);
    return this.#logged(call, request, this.#runner.runMutation(targetOf(call, caller), request, once));
  }

  async runAction(call: FunctionCall, caller: Caller) {
    const request = new RequestState(caller);
    return this.#logged(call, request, this.#runner.runAction(targetOf(call, caller), request));
  }

  async runAny(call: FunctionCall, caller: Caller) {
    const request = new RequestState(caller);
    return this.#logged(call, request, this.#runner.runAny(targetOf(call, caller), request));
  }

  async runHttpAction(http: Request, caller: Caller) {
    const request = new RequestState(caller);
    const { pathname } = new URL(http.url);
    return this.#logged({ path: `${http.method} ${pathname}` }, request, this.#runner.runHttpAction(http, request));
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

  #answerOf({ sessionId, requestId }: MutationOrigin): MutationOutcome | null {
    const stored = this.#store.answer(sessionId, requestId);
    if (stored === null) return null;
    const { valueJson, logLines, ts } = JSON.parse(stored);
    return { ok: true, valueJson, logLines, ts: BigInt(ts) };
  }

  async #logged<Outcome>(call: { path: string }, request: RequestState, running: Promise<Outcome>): Promise<Outcome> {
    const outcome = await running;
    for (const line of request.logLines) this.#onLog(`${call.path} ${line}`);
    return outcome;
  }
}

function targetOf({ component, path, args }: FunctionCall, { isAdmin }: Caller): Target {
  return { component, path, args, access: isAdmin ? "any" : "public" };
}
