/**
 * Runs what is due: scheduled functions and crons. A mutation commits together with the news that it ran, so it runs
 * exactly once; an action is marked before it starts, so it runs at most once. One timer, set to the next due time.
 */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { RequestState } from "./call";
import { type CronSchedule, cronSchedule, firstCronTime, nextCronTime } from "./cronTimes";
import type { ActionOutcome } from "./engine";
import type { FunctionRunner, Target } from "./functionRunner";
import { dueIndex, type Job, jobsIn, readJob, removeOldJobs, setJobState } from "./scheduledJobs";
import { APP } from "./tables";
import type { Transaction } from "./transaction";

const MAX_RUNNING = 16;
const HOUSEKEEPING_MS = 60 * 60 * 1000;
/** setTimeout's own limit is 2^31 - 1. */
const MAX_SLEEP_MS = 2 ** 30;
const LOST_ACTION = "Transient error while executing action";

const cronSpec = z.object({ name: z.string(), args: z.tuple([z.unknown()]), schedule: cronSchedule });

interface Cron {
  name: string;
  target: Target;
  schedule: CronSchedule;
  /** Changes when the declaration does: then the cron starts anew. */
  signature: string;
  next: number;
}

export class Scheduler {
  readonly #runner: FunctionRunner;
  readonly #onLog: (line: string) => void;
  #crons: Cron[] = [];
  /** Ids of jobs and names of crons under way: work that is still due in the store, but must not start twice. */
  readonly #running = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #nextHousekeeping = 0;
  #started = false;

  constructor(runner: FunctionRunner, onLog: (line: string) => void) {
    this.#runner = runner;
    this.#onLog = onLog;
    const { id: jobs } = dueIndex(runner.store);
    runner.onCommit((_ts, writes) => {
      if (writes.some(({ indexId }) => indexId === jobs)) this.#arm();
    });
  }

  /** An action that was under way when the process ended may have had its effect: it is not repeated. */
  async start(): Promise<void> {
    await this.#runner.transact((transaction) => {
      for (const { _id } of jobsIn(transaction.store, "inProgress", Number.MAX_SAFE_INTEGER)) {
        setJobState(transaction, _id, { kind: "failed", error: LOST_ACTION });
      }
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
  static parseCrons(declared: Record<string, unknown>, now: number): Cron[] {
    return Object.entries(declared).map(([name, value]) => {
      const { name: path, args, schedule } = cronSpec.parse(value);
      const target: Target = { component: APP, path, args: args[0], access: "any" };
      const signature = JSON.stringify([path, args, schedule]);
      return { name, target, schedule, signature, next: firstCronTime(schedule, name, now) };
    });
  }

  /** Replaces the crons; those that are unchanged keep their next time. Call within `store.atomically`. */
  installCrons(crons: Cron[]): void {
    const { store } = this.#runner;
    const stored = store.settings("cron");
    for (const name of stored.keys()) store.putSetting("cron", name, null);
    for (const cron of crons) {
      const known = JSON.parse(stored.get(cron.name) ?? "null") as Pick<Cron, "signature" | "next"> | null;
      if (known?.signature === cron.signature) cron.next = known.next;
      this.#saveCron(cron);
    }
  }

  /** A cron that is unchanged stays the same object, because it may be under way. */
  useCrons(crons: Cron[]): void {
    const isSame = (a: Cron, b: Cron) => a.name === b.name && a.signature === b.signature;
    this.#crons = crons.map((cron) => this.#crons.find((known) => isSame(known, cron)) ?? cron);
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (!this.#started) return;
    const now = this.#runner.now();
    const times = [this.#nextHousekeeping];
    for (const cron of this.#crons) if (!this.#running.has(cronKey(cron))) times.push(cron.next);
    if (this.#running.size < MAX_RUNNING) times.push(...this.#waitingJobs().map(({ scheduledTime }) => scheduledTime));
    const delay = Math.min(Math.max(Math.min(...times) - now, 0), MAX_SLEEP_MS);
    this.#timer = setTimeout(() => this.#runDue(), Math.ceil(delay));
    this.#timer.unref?.();
  }

  #waitingJobs(): Job[] {
    const jobs = jobsIn(this.#runner.store, "pending", MAX_RUNNING + this.#running.size);
    return jobs.filter(({ _id }) => !this.#running.has(_id));
  }

  #runDue(): void {
    const now = this.#runner.now();
    for (const cron of this.#crons) {
      if (cron.next <= now) this.#track(cronKey(cron), () => this.#runCron(cron));
    }
    for (const job of this.#waitingJobs()) {
      if (job.scheduledTime <= now && this.#running.size < MAX_RUNNING) this.#track(job._id, () => this.#runJob(job));
    }
    if (this.#nextHousekeeping <= now) {
      this.#nextHousekeeping = now + HOUSEKEEPING_MS;
      this.#track("housekeeping", () => this.#keepHouse());
    }
    this.#arm();
  }

  #track(key: string, work: () => Promise<void>): void {
    if (this.#running.has(key)) return;
    this.#running.add(key);
    work()
      .catch((error) => {
        if (this.#started) this.#onLog(`Scheduler: ${error instanceof Error ? error.stack : error}`);
      })
      .finally(() => {
        this.#running.delete(key);
        this.#arm();
      });
  }

  async #runJob({ _id: id, name: path, args }: Job): Promise<void> {
    const target: Target = { component: APP, path, args: args[0], access: "any" };
    if (await this.#isMutation(target)) {
      const outcome = await this.#runner.runMutation(target, this.#request(id), {
        instead: (transaction) => (isPending(transaction, id) ? null : notDue),
        finish: (transaction) => {
          if (isPending(transaction, id)) setJobState(transaction, id, { kind: "success" });
        },
      });
      if (!outcome.ok) await this.#moveJob(id, "pending", outcome);
      return;
    }
    const begun = await this.#runner.transact((transaction) => {
      const due = isPending(transaction, id);
      if (due) setJobState(transaction, id, { kind: "inProgress" });
      return due;
    });
    if (begun) await this.#moveJob(id, "inProgress", await this.#runner.runAction(target, this.#request(id)));
  }

  /** A job that was cancelled meanwhile stays cancelled. */
  async #moveJob(id: string, from: "pending" | "inProgress", outcome: ActionOutcome): Promise<void> {
    if (!outcome.ok && outcome !== notDue) this.#onLog(`Scheduled function failed: ${outcome.message}`);
    await this.#runner.transact((transaction) => {
      if (readJob(transaction, id)?.state.kind !== from) return;
      setJobState(transaction, id, outcome.ok ? { kind: "success" } : { kind: "failed", error: outcome.message });
    });
  }

  async #runCron(cron: Cron): Promise<void> {
    const advance = (transaction: Transaction) => {
      cron.next = nextCronTime(cron.schedule, cron.name, cron.next, this.#runner.now());
      // A push may have removed the cron meanwhile.
      if (this.#crons.includes(cron)) transaction.accompany(() => this.#saveCron(cron));
    };
    let outcome: ActionOutcome;
    if (await this.#isMutation(cron.target)) {
      const due = cron.next;
      outcome = await this.#runner.runMutation(cron.target, this.#request(), { finish: advance });
      if (cron.next === due) await this.#runner.transact(advance);
    } else {
      await this.#runner.transact(advance);
      outcome = await this.#runner.runAction(cron.target, this.#request());
    }
    if (!outcome.ok) this.#onLog(`Cron "${cron.name}" failed: ${outcome.message}`);
  }

  /** A function that no longer exists fails as an action would. */
  async #isMutation(target: Target): Promise<boolean> {
    const found = await this.#runner.find(target).catch(() => null);
    return found?.kind === "mutation";
  }

  async #keepHouse(): Promise<void> {
    while (await this.#runner.transact(removeOldJobs));
  }

  /** Nobody is signed in where the host itself calls. */
  #request(scheduledFunctionId: string | null = null): RequestState {
    const caller = { identity: null, requestId: randomBytes(8).toString("hex"), isAdmin: false };
    return new RequestState(caller, this.#onLog, null, scheduledFunctionId);
  }

  #saveCron({ name, signature, next }: Cron): void {
    this.#runner.store.putSetting("cron", name, JSON.stringify({ signature, next }));
  }
}

const notDue = { ok: false as const, message: "The scheduled function is no longer due.", logLines: [] };

function cronKey({ name }: Cron): string {
  return `cron:${name}`;
}

function isPending(transaction: Transaction, id: string): boolean {
  return readJob(transaction, id)?.state.kind === "pending";
}
