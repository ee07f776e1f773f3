/**
 * What the engine goes through while it is killed: a first deployment, a mutation that schedules, a cancellation, and some
 * seconds in which jobs and crons come due. Every step is safe to repeat, so a new process tells the story again from
 * its beginning, at the time at which the last one ended.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { jsonToConvex, type Value } from "convex/values";
import type { Deployment } from "../../../../src/local/host/componentTree";
import type { Engine } from "../../../../src/local/host/engine";
import { openEngine } from "../../../../src/local/host/engine";
import type { FunctionCall } from "../../../../src/local/host/functionCall";
import { SteppedClock } from "./clock";

export const START = Date.UTC(2026, 0, 1, 0, 0, 58, 500);
export const END = START + 1_900;

export const sources = {
  schema: `export default defineSchema({ marks: defineTable(v.any()) });`,
  crons: `
    const crons = cronJobs();
    crons.interval("each second", { seconds: 1 }, anyApi.jobs.mark, { name: "second" });
    crons.cron("each minute", "* * * * *", anyApi.jobs.mark, { name: "minute" });
    crons.cron("pay each minute", "* * * * *", anyApi.jobs.pay, { name: "paid minute" });
    export default crons;`,
  jobs: `
    export const begin = mutation({ handler: async (ctx) => {
      await ctx.db.insert("marks", { name: "begun" });
      await ctx.scheduler.runAfter(0, anyApi.jobs.mark, { name: "soon", then: "chained" });
      await ctx.scheduler.runAfter(700, anyApi.jobs.mark, { name: "later" });
      await ctx.scheduler.runAfter(0, anyApi.jobs.pay, { name: "paid" });
      return ctx.scheduler.runAfter(1000, anyApi.jobs.mark, { name: "cancelled" });
    } });
    export const cancel = mutation({ handler: (ctx, { id }) => ctx.scheduler.cancel(id) });
    export const mark = internalMutation({ handler: async (ctx, { name, then }) => {
      await ctx.db.insert("marks", { name, at: Date.now() });
      if (then) await ctx.scheduler.runAfter(100, anyApi.jobs.mark, { name: then });
    } });
    export const pay = internalAction({ handler: async (ctx, { name }) => {
      await fetch("effect:" + name + " " + Date.now());
      await ctx.runMutation(anyApi.jobs.mark, { name });
    } });
    export const all = query({ handler: async (ctx) => ({
      marks: (await ctx.db.query("marks").collect()).map(({ name, at }) => at === undefined ? name : name + " " + at),
      jobs: (await ctx.db.system.query("_scheduled_functions").collect()).map(({ args, state }) => args[0].name + " " + state.kind),
    }) });`,
};

export interface Told {
  /** What was acknowledged, and when the process that did so knew it to be. */
  acknowledged: string[];
  marks: string[];
  jobs: string[];
}

const caller = { identity: null, isAdmin: false };

export class Story {
  readonly #clock: SteppedClock;
  readonly #log: string;

  /** `folder` outlives the process. */
  constructor(
    readonly folder: string,
    readonly deployment: Deployment,
  ) {
    this.#log = `${folder}/log`;
    const times = this.#lines().flatMap((line) => (line.startsWith("time ") ? [Number(line.slice(5))] : []));
    this.#clock = new SteppedClock(times.at(-1) ?? START);
  }

  /** What the database holds when the process starts, and when the story is at its end. */
  async tell(): Promise<{ found: Told | null; left: Told }> {
    const databaseFile = `${this.folder}/data.sqlite3`;
    const engine = await openEngine({ databaseFile, now: () => this.#clock.now, synchronous: "NORMAL" });
    const found = engine.deployed === null ? null : await this.#read(engine);
    if (engine.deployed === null) await engine.deploy(this.deployment);
    const id = await this.#acknowledged("begin", engine.once("client", 1), engine, { path: "jobs:begin", args: {} });
    await this.#acknowledged("cancel", engine.once("client", 2), engine, { path: "jobs:cancel", args: { id } });
    for (let time = this.#clock.now; time <= END; time += 100) {
      appendFileSync(this.#log, `time ${time}\n`);
      await this.#clock.advanceTo(time, () => rest(engine));
    }
    const left = await this.#read(engine);
    await engine.close();
    return { found, left };
  }

  async #acknowledged(name: string, once: ReturnType<Engine["once"]>, engine: Engine, call: FunctionCall) {
    const outcome = await engine.runMutation(call, caller, once);
    if (!outcome.ok) throw new Error(outcome.message);
    appendFileSync(this.#log, `${name}\n`);
    return JSON.parse(outcome.valueJson);
  }

  async #read(engine: Engine): Promise<Told> {
    const outcome = await engine.runQuery({ path: "jobs:all", args: {} }, caller);
    if (!outcome.ok) throw new Error(outcome.message);
    const acknowledged = this.#lines().filter((line) => !line.startsWith("time "));
    return {
      acknowledged,
      ...(jsonToConvex(JSON.parse(outcome.valueJson)) as Record<"marks" | "jobs", Value[]>),
    } as Told;
  }

  #lines(): string[] {
    return existsSync(this.#log) ? readFileSync(this.#log, "utf8").split("\n").slice(0, -1) : [];
  }
}

/** Nothing waits for the lock any more, and no answer of the outside is on its way. */
async function rest(engine: Engine): Promise<void> {
  for (let quiet = 0; quiet < 5; quiet += 1) {
    if (engine.lock.busy) quiet = 0;
    await engine.lock.idle();
    await new Promise(setImmediate);
  }
}
