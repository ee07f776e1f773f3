/** Scheduled functions and crons on a fake clock: exactly once, at most once, cancelled, remembered, and in UTC. */
import type { Value } from "convex/values";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { firstCronTime, nextCronTime } from "../../../src/local/host/cronTimes";
import { anyone, callOf, type EngineUnderTest, engineWith } from "./engineUnderTest";

const START = Date.UTC(2026, 0, 1, 0, 0, 30);
const DAY_MS = 24 * 60 * 60 * 1000;

beforeEach(() => {
  vi.useFakeTimers({ now: START, toFake: ["setTimeout", "clearTimeout", "Date"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
});

const jobs = `
  export const mark = internalMutation({ handler: async (ctx, { text }) => {
    await ctx.db.insert("marks", { text, at: Date.now(), who: (await ctx.auth.getUserIdentity()) });
    if (text === "bad") throw new Error("bad mark");
  } });
  export const act = internalAction({ handler: async (ctx, { text }) => {
    if (text === "hang") await new Promise((resolve) => setTimeout(resolve, 1e6));
    if (text === "bad") throw new Error("bad act");
    await ctx.runMutation(anyApi.jobs.mark, { text });
  } });
  export const later = mutation({ handler: (ctx, { delay, name, text }) => ctx.scheduler.runAfter(delay, "jobs:" + name, { text }) });
  export const at = mutation({ handler: (ctx, { time, text }) => ctx.scheduler.runAt(new Date(time), anyApi.jobs.mark, { text }) });
  export const cancel = mutation({ handler: (ctx, { id }) => ctx.scheduler.cancel(id) });
  export const regret = mutation({ handler: async (ctx) => { await ctx.scheduler.runAfter(0, anyApi.jobs.mark, {}); throw new Error("no"); } });
  export const many = mutation({ handler: async (ctx) => { for (let i = 0; i <= 1000; i++) await ctx.scheduler.runAfter(0, anyApi.jobs.mark, {}); } });
  export const fromAction = action({ handler: async (ctx) => {
    const id = await ctx.scheduler.runAfter(10, anyApi.jobs.mark, { text: "cancelled" });
    await ctx.scheduler.runAfter(10, anyApi.jobs.mark, { text: "from action" });
    await ctx.scheduler.cancel(id);
  } });
  export const chain = internalMutation({ handler: async (ctx, { left }) => {
    await ctx.db.insert("marks", { text: "chain" });
    if (left > 0) await ctx.scheduler.runAfter(1000, anyApi.jobs.chain, { left: left - 1 });
  } });
  export const startChain = mutation({ handler: (ctx) => ctx.scheduler.runAfter(0, anyApi.jobs.chain, { left: 5 }) });
  export const marks = query({ handler: async (ctx) => (await ctx.db.query("marks").collect()).map(({ text }) => text) });
  export const all = query({ handler: (ctx) => ctx.db.system.query("_scheduled_functions").collect() });
  export const job = query({ handler: (ctx, { id }) => ctx.db.system.get(id) });
`;

const stateOf = async ({ query }: EngineUnderTest, id: Value) =>
  ((await query("jobs:job", { id })) as { state: Record<string, Value> }).state;

describe("a scheduled function", () => {
  test("runs once at its time, for nobody, and its job tells how it went", async () => {
    const under = await engineWith({ jobs });
    const id = await under.mutation("jobs:later", { delay: 5000, name: "mark", text: "one" });
    expect(await under.query("jobs:job", { id })).toMatchObject({
      name: "jobs.js:mark",
      args: [{ text: "one" }],
      scheduledTime: START + 5000,
      state: { kind: "pending" },
    });
    await vi.advanceTimersByTimeAsync(4999);
    expect(await under.query("jobs:marks")).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await under.query("jobs:marks")).toEqual(["one"]);
    expect(await under.query("jobs:job", { id })).toMatchObject({
      completedTime: START + 5000,
      state: { kind: "success" },
    });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await under.query("jobs:marks")).toEqual(["one"]);
  });

  test("that fails is not repeated, and leaves nothing but its error", async () => {
    const under = await engineWith({ jobs });
    const mutation = await under.mutation("jobs:later", { delay: 0, name: "mark", text: "bad" });
    const action = await under.mutation("jobs:later", { delay: 0, name: "act", text: "bad" });
    await vi.advanceTimersByTimeAsync(1000);
    expect(await stateOf(under, mutation)).toEqual({
      kind: "failed",
      error: expect.stringContaining("Uncaught Error: bad mark"),
    });
    expect(await stateOf(under, action)).toEqual({
      kind: "failed",
      error: expect.stringContaining("Uncaught Error: bad act"),
    });
    expect(await under.query("jobs:marks")).toEqual([]);
  });

  test("that is cancelled, or whose mutation fails, never runs", async () => {
    const under = await engineWith({ jobs });
    const id = await under.mutation("jobs:at", { time: START + 100, text: "cancelled" });
    await under.mutation("jobs:cancel", { id });
    await expect(under.mutation("jobs:regret")).rejects.toThrow("no");
    await under.action("jobs:fromAction");
    await vi.advanceTimersByTimeAsync(1000);
    expect(await under.query("jobs:marks")).toEqual(["from action"]);
    expect(await stateOf(under, id)).toEqual({ kind: "canceled" });
    expect((await under.query("jobs:all")) as Value[]).toHaveLength(3);
  });

  test("must exist, and there is a limit to how many one mutation schedules", async () => {
    const { failure } = await engineWith({ jobs });
    const missing = await failure("jobs:later", { delay: 0, name: "gone", text: "" });
    expect(missing.message).toContain("Attempted to schedule function at nonexistent path: jobs:gone");
    expect((await failure("jobs:many")).message).toContain(
      "Too many functions scheduled by this mutation (limit: 1000)",
    );
  });

  test("may schedule the next", async () => {
    const under = await engineWith({ jobs });
    await under.mutation("jobs:startChain");
    await vi.advanceTimersByTimeAsync(5500);
    expect(await under.query("jobs:marks")).toHaveLength(6);
  });

  test("waits for the host to come back; an action that was under way has failed", async () => {
    const under = await engineWith({ jobs });
    const waiting = await under.mutation("jobs:later", { delay: 5000, name: "mark", text: "late" });
    const hanging = await under.mutation("jobs:later", { delay: 0, name: "act", text: "hang" });
    await vi.advanceTimersByTimeAsync(10);
    expect(await stateOf(under, hanging)).toEqual({ kind: "inProgress" });
    // As after a crash: another engine opens the file while the first still thinks that it runs the action.
    vi.setSystemTime(START + DAY_MS);
    const again = await engineWith({}, { databaseFile: under.databaseFile });
    await vi.advanceTimersByTimeAsync(10);
    expect(await again.query("jobs:marks")).toEqual(["late"]);
    expect(await stateOf(again, waiting)).toEqual({ kind: "success" });
    expect(await stateOf(again, hanging)).toEqual({ kind: "failed", error: "Transient error while executing action" });
    await vi.advanceTimersByTimeAsync(1e6);
  });

  test("is forgotten when another ends a week after it", async () => {
    const under = await engineWith({ jobs });
    await under.mutation("jobs:later", { delay: 0, name: "mark", text: "old" });
    await under.mutation("jobs:later", { delay: 20 * DAY_MS, name: "mark", text: "far" });
    await vi.advanceTimersByTimeAsync(7 * DAY_MS - 1000);
    expect(await under.query("jobs:all")).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(2000);
    await under.mutation("jobs:later", { delay: 0, name: "mark", text: "new" });
    await vi.advanceTimersByTimeAsync(1);
    expect(await under.query("jobs:all")).toMatchObject([{ args: [{ text: "far" }] }, { args: [{ text: "new" }] }]);
  });
});

test("a function that waits for what never comes is given up, writes nothing more, and holds nobody up", async () => {
  const stuck = `
    let wake;
    export const wait = mutation({ handler: async (ctx) => { await new Promise((resolve) => { wake = resolve; }); await ctx.db.insert("late", {}); } });
    export const release = mutation({ handler: async (ctx) => { await ctx.db.insert("early", {}); wake(); } });
    export const found = query({ handler: async (ctx) => [await ctx.db.query("early").first() !== null, await ctx.db.query("late").first() !== null] });
  `;
  const { engine, mutation, query } = await engineWith({ stuck });
  const waiting = engine.runMutation(callOf("stuck:wait"), anyone);
  const next = mutation("stuck:release");
  await vi.advanceTimersByTimeAsync(15_000);
  expect(await waiting).toMatchObject({
    ok: false,
    message: expect.stringContaining("timed out (maximum duration: 15s)"),
  });
  await next;
  expect(await query("stuck:found")).toEqual([true, false]);
});

describe("a cron", () => {
  const crons = (interval: number) => `
    const crons = cronJobs();
    crons.interval("often", { seconds: ${interval} }, anyApi.jobs.mark, { text: "often" });
    crons.hourly("on the hour", { minuteUTC: 0 }, anyApi.jobs.act, { text: "hour" });
    export default crons;`;
  const counts = async ({ query }: EngineUnderTest) => {
    const marks = (await query("jobs:marks")) as string[];
    return ["often", "hour"].map((text) => marks.filter((mark) => mark === text).length);
  };

  test("runs by interval at once and by clock in time; a push leaves unchanged ones as they are", async () => {
    const under = await engineWith({ jobs, crons: crons(600) });
    await vi.advanceTimersByTimeAsync(100);
    expect(await counts(under)).toEqual([1, 0]);
    await vi.advanceTimersByTimeAsync(59 * 60_000);
    expect(await counts(under)).toEqual([6, 0]);
    await under.deploy({ jobs, crons: crons(600) });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await counts(under)).toEqual([7, 1]);
    await under.deploy({ jobs, crons: crons(60) });
    await vi.advanceTimersByTimeAsync(100);
    expect(await counts(under)).toEqual([8, 1]);
    await under.deploy({ jobs });
    await vi.advanceTimersByTimeAsync(DAY_MS);
    expect(await counts(under)).toEqual([8, 1]);
  });

  test("skips what it missed while the host was away", async () => {
    const under = await engineWith({ jobs, crons: crons(600) });
    await vi.advanceTimersByTimeAsync(100);
    await under.engine.close();
    vi.setSystemTime(START + DAY_MS);
    const again = await engineWith({}, { databaseFile: under.databaseFile });
    await vi.advanceTimersByTimeAsync(100);
    expect(await counts(again)).toEqual([2, 1]);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(await counts(again)).toEqual([3, 1]);
  });

  test("that fails goes on", async () => {
    const failing = `const crons = cronJobs(); crons.interval("bad", { seconds: 10 }, anyApi.jobs.mark, { text: "bad" }); export default crons;`;
    const lines: string[] = [];
    await engineWith({ jobs, crons: failing }, { onLog: (line) => lines.push(line) });
    await vi.advanceTimersByTimeAsync(25_000);
    expect(lines.filter((line) => line.startsWith('Cron "bad" failed: Uncaught Error: bad mark'))).toHaveLength(3);
  });

  test("finds its next time in UTC", () => {
    const at = (text: string) => Date.parse(`${text}Z`);
    const next = (cron: string, after: string) =>
      new Date(nextCronTime({ type: "cron", cron }, "x", 0, at(after))).toISOString();
    expect(next("*/15 * * * *", "2026-01-01T00:00:30")).toBe("2026-01-01T00:15:00.000Z");
    expect(next("0 0 * * *", "2026-01-01T00:00:00")).toBe("2026-01-02T00:00:00.000Z");
    expect(next("30 9-17/4 * * mon-fri", "2026-01-02T17:31:00")).toBe("2026-01-05T09:30:00.000Z");
    expect(next("0 0 29 2 *", "2026-01-01T00:00:00")).toBe("2028-02-29T00:00:00.000Z");
    expect(next("0 0 13 * 5", "2026-02-01T00:00:00")).toBe("2026-02-06T00:00:00.000Z");
    expect(next("0 12 * * 7", "2026-01-01T00:00:00")).toBe("2026-01-04T12:00:00.000Z");
    expect(next("5,10 1 1 jan,jul *", "2026-01-01T01:10:00")).toBe("2026-07-01T01:05:00.000Z");
    for (const bad of ["* * * *", "60 * * * *", "* * 0 * *", "a * * * *", "*/0 * * * *", "5-1 * * * *", "0 0 31 2 *"]) {
      expect(() => next(bad, "2026-01-01T00:00:00")).toThrow();
    }
    const weekly = { type: "weekly", dayOfWeek: "tuesday", hourUTC: 17, minuteUTC: 30 } as const;
    expect(firstCronTime(weekly, "x", at("2026-01-01T00:00:00"))).toBe(at("2026-01-06T17:30:00"));
    const monthly = { type: "monthly", day: 31, hourUTC: 1, minuteUTC: 2 } as const;
    expect(firstCronTime(monthly, "x", at("2026-02-01T00:00:00"))).toBe(at("2026-03-31T01:02:00"));
    const interval = { type: "interval", seconds: 0, minutes: 10, hours: 0 } as const;
    expect(nextCronTime(interval, "x", 1000, 1000)).toBe(601_000);
    expect(nextCronTime(interval, "x", 1000, 1_900_000)).toBe(2_401_000);
    const [a, b] = ["a", "b"].map((name) => firstCronTime({ type: "hourly" }, name, START));
    expect(a).not.toBe(b);
  });
});
