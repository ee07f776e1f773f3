/**
 * Runs what is due: scheduled functions and crons. A mutation commits together with the news that it ran, so it runs
 * exactly once; an action is marked before it starts, so it runs at most once. One timer, set to the next due time.
 */
import { z } from "zod";
import { type CronSchedule, cronSchedule, firstCronTime, nextCronTime } from "./cronTimes";
import { type Caller, type Failure, type FunctionCall, functionNotFound, type Outcome } from "./functionCall";
import type { FunctionRunner } from "./functionRunner";
import type { Installation } from "./installation";
import { callOf, dueIndexes, type Job, type JobState, jobsIn, readJob, setJobState } from "./scheduledJobs";
import type { Transaction } from "./transaction";

const MAX_RUNNING = 16;
/** How long a job waits for a disk that is full. */
const RETRY_AFTER_MS = 1_000;
/** setTimeout's own limit is 2^31 - 1. */
const MAX_SLEEP_MS = 2 ** 30;
const LOST_ACTION = "Transient error while executing action";
/** Nobody is signed in where the host itself calls. */
const NOBODY: Caller = { identity: null, isAdmin: false };

const cronSpec = z.object({ name: z.string(), args: z.tuple([z.unknown()]), schedule: cronSchedule });

interface Cron {
  name: string;
  /** The name with its component's path before it, so that components may use the same names. */
  key: string;
  call: FunctionCall;
  schedule: CronSchedule;
  /** Changes when the declaration does: then the cron starts anew. */
  signature: string;
  next: number;
}

export class Scheduler {
  #crons: Cron[] = [];
  /** Ids of jobs and names of crons under way: work that is still due in the store, but must not start twice. */
  readonly #running = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #started = false;

  constructor(private readonly runner: FunctionRunner) {}

  /** An action that was under way when the process ended may have had its effect: it is not repeated. */
  async start(): Promise<void> {
    await this.runner.transact((transaction) => {
      for (const { _id } of jobsIn(transaction.store, "inProgress", Number.MAX_SAFE_INTEGER)) {
        setJobState(transaction, _id, { kind: "failed", error: LOST_ACTION });
      }
    });
    this.runner.onCommit((_ts, writes) => {
      const due = new Set(dueIndexes(this.runner.store).map(({ id }) => id));
      if (writes.some(({ indexId }) => due.has(indexId))) this.#arm();
    });
    this.#started = true;
    this.#arm();
  }

  /** What is under way ends as it would in a crash: mutations whole or not at all, actions at most once. */
  stop(): void {
    this.#started = false;
    clearTimeout(this.#timer);
  }

  /** Checks the crons of a deployment; nothing changes yet. */
  static parseCrons(installation: Installation, now: number): Cron[] {
    const cronOf = (component: string, name: string, declared: unknown): Cron => {
      const { name: path, args, schedule } = cronSpec.parse(declared);
      if (installation.function(component, path) === null) throw functionNotFound(path, { isAdmin: true });
      const call: FunctionCall = { component, path, args: args[0], fromInside: true };
      const signature = JSON.stringify([path, args, schedule]);
      return { name, key: `${component}:${name}`, call, schedule, signature, next: firstCronTime(schedule, name, now) };
    };
    return [...installation.components.values()].flatMap(({ path, crons }) =>
      Object.entries(crons).map(([name, declared]) => cronOf(path, name, declared)),
    );
  }

  /** Replaces the stored crons; those that are unchanged keep their next time. Call within a transaction. */
  saveCrons(crons: Cron[]): void {
    const { store } = this.runner;
    const stored = store.settings("cron");
    for (const name of stored.keys()) store.putSetting("cron", name, null);
    for (const cron of crons) {
      const known = JSON.parse(stored.get(cron.key) ?? "null") as Pick<Cron, "signature" | "next"> | null;
      if (known?.signature === cron.signature) cron.next = known.next;
      this.#saveCron(cron);
    }
  }

  /** A cron that is unchanged stays the same object, because it may be under way. */
  useCrons(crons: Cron[]): void {
    const isSame = (a: Cron, b: Cron) => a.key === b.key && a.signature === b.signature;
    this.#crons = crons.map((cron) => this.#crons.find((known) => isSame(known, cron)) ?? cron);
    this.#arm();
  }

  /**
   * Under the lock, because a transaction under way may take back the jobs that it has written. By a timer even where
   * something is due at once, so that whoever holds the clock decides when anything starts.
   */
  #arm(): void {
    this.#sleep(0);
  }

  #sleep(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.runner.lock.run(() => this.#look()), Math.ceil(ms));
    this.#timer.unref?.();
  }

  /** Starts what is due, and sleeps until the next time. */
  #look(): void {
    clearTimeout(this.#timer);
    if (!this.#started) return;
    const now = this.runner.now();
    const crons = this.#crons.filter(({ key }) => !this.#running.has(`cron:${key}`));
    for (const cron of crons) if (cron.next <= now) this.#track(`cron:${cron.key}`, () => this.#runCron(cron));
    const pending = jobsIn(this.runner.store, "pending", MAX_RUNNING + this.#running.size);
    const jobs = pending.filter(({ _id }) => !this.#running.has(_id));
    for (const job of jobs) {
      if (job.scheduledTime <= now && this.#running.size < MAX_RUNNING) this.#track(job._id, () => this.#runJob(job));
    }
    const times = [...crons.map(({ next }) => next), ...jobs.map(({ scheduledTime }) => scheduledTime)];
    // What is due already runs now, or waits for one of those that run.
    const delay = Math.min(MAX_SLEEP_MS, ...times.filter((time) => time > now).map((time) => time - now));
    this.#sleep(delay);
  }

  #track(key: string, work: () => Promise<void>): void {
    this.#running.add(key);
    void this.#insist(work).finally(() => {
      this.#running.delete(key);
      if (this.#started) this.#arm();
    });
  }

  /** What fails by the host's own fault, as on a full disk, is still due. */
  async #insist(work: () => Promise<void>): Promise<void> {
    while (this.#started) {
      try {
        return await work();
      } catch (error) {
        if (this.#started) this.runner.onLog(`Scheduler: ${error instanceof Error ? error.stack : error}`);
      }
      await new Promise<void>((resolve) => {
        setTimeout(resolve, RETRY_AFTER_MS).unref?.();
      });
    }
  }

  async #runJob(job: Job): Promise<void> {
    const { _id: id } = job;
    const caller = { ...NOBODY, origin: { scheduledFunctionId: id } };
    const call = callOf(this.runner.store, job);
    if (this.#isMutation(call)) {
      const outcome = await this.runner.runMutation(call, caller, {
        instead: (transaction) => {
          if (stateOf(transaction, id) !== "pending") return notDue;
          // Seen by the mutation alone, and gone with it when it fails.
          setJobState(transaction, id, { kind: "inProgress" });
          return null;
        },
        finish: (transaction) => {
          if (stateOf(transaction, id) === "inProgress") setJobState(transaction, id, { kind: "success" });
        },
      });
      if (!outcome.ok) await this.#endJob(id, "pending", outcome);
      return;
    }
    const begun = await this.runner.transact((transaction) => {
      const isDue = stateOf(transaction, id) === "pending";
      if (isDue) setJobState(transaction, id, { kind: "inProgress" });
      return isDue;
    });
    if (!begun) return;
    const outcome = await this.runner.runAction(call, caller);
    // It must not run again, so only the note of how it went is tried again.
    await this.#insist(() => this.#endJob(id, "inProgress", outcome));
  }

  /** A job that was cancelled meanwhile stays cancelled. */
  async #endJob(id: string, from: JobState["kind"], outcome: Outcome): Promise<void> {
    if (!outcome.ok && outcome !== notDue) this.runner.onLog(`Scheduled function failed: ${outcome.message}`);
    await this.runner.transact((transaction) => {
      if (stateOf(transaction, id) !== from) return;
      setJobState(transaction, id, outcome.ok ? { kind: "success" } : { kind: "failed", error: outcome.message });
    });
  }

  async #runCron(cron: Cron): Promise<void> {
    let { next } = cron;
    const advance = (transaction: Transaction) => {
      next = nextCronTime(cron.schedule, cron.name, cron.next, this.runner.now());
      // A push may have removed the cron meanwhile.
      if (this.#crons.includes(cron)) transaction.change(() => this.#saveCron({ ...cron, next }));
    };
    // What is not durable has not happened: a commit that fails leaves the cron due.
    const advanced = () => {
      cron.next = next;
    };
    let outcome: Outcome;
    if (this.#isMutation(cron.call)) {
      outcome = await this.runner.runMutation(cron.call, NOBODY, { finish: advance });
      if (!outcome.ok) await this.runner.transact(advance);
      advanced();
    } else {
      await this.runner.transact(advance);
      advanced();
      outcome = await this.runner.runAction(cron.call, NOBODY);
    }
    if (!outcome.ok) this.runner.onLog(`Cron "${cron.name}" failed: ${outcome.message}`);
  }

  /** A function that no longer exists fails as an action would. */
  #isMutation({ component = "", path }: FunctionCall): boolean {
    return this.runner.installation?.function(component, path)?.kind === "mutation";
  }

  #saveCron({ key, signature, next }: Cron): void {
    this.runner.store.putSetting("cron", key, JSON.stringify({ signature, next }));
  }
}

const notDue: Failure = { ok: false, message: "The scheduled function is no longer due.", requestId: "", logLines: [] };

function stateOf(transaction: Transaction, id: string): JobState["kind"] | undefined {
  return readJob(transaction, id)?.state.kind;
}
