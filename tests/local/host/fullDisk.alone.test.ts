/**
 * A disk that takes no more: the limit on this process's files is set to nothing, so that SQLite's own writes fail. What
 * can't be kept is refused in a sentence and leaves nothing; everything else goes on, and so does the rest when there is room.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { DatabaseSyncInstance } from "@photostructure/sqlite";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { engineWith } from "./engineUnderTest";
import { eventually, HostUnderTest, notes } from "./hostUnderTest";

const opened: DatabaseSyncInstance[] = [];
vi.mock("@photostructure/sqlite", async (original) => {
  const real = await original<typeof import("@photostructure/sqlite")>();
  const DatabaseSync = new Proxy(real.DatabaseSync, {
    construct(target, args) {
      const database = Reflect.construct(target, args);
      opened.push(database);
      return database;
    },
  });
  return { ...real, DatabaseSync };
});

/** How many bytes a file may have that this process writes. */
function limitFiles(bytes: number | "unlimited"): void {
  execFileSync("prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:`]);
}

const canLimit = existsSync("/usr/bin/prlimit");
beforeAll(() => {
  // Node would end at the signal that comes with a refused write.
  process.on("SIGXFSZ", () => {});
});
afterEach(() => limitFiles("unlimited"));

const jobs = `
  export const put = mutation({ handler: (ctx, { text }) => ctx.db.insert("notes", { text }) });
  export const mark = internalMutation({ handler: (ctx, { text }) => ctx.db.insert("notes", { text }) });
  export const act = internalAction({ handler: async (ctx, { text }) => {
    await fetch("data:,");
    console.log("acted " + text);
    await new Promise((resolve) => setTimeout(resolve, 500));
  } });
  export const plan = mutation({ handler: async (ctx) => {
    await ctx.scheduler.runAfter(1000, anyApi.jobs.mark, { text: "planned" });
    await ctx.scheduler.runAfter(0, anyApi.jobs.act, { text: "under way" });
    await ctx.scheduler.runAfter(1000, anyApi.jobs.act, { text: "later" });
  } });
  export const careless = mutation({ handler: async (ctx) => {
    await ctx.db.insert("notes", { text: "before" });
    for (let i = 0; i < 40; i++) await ctx.db.insert("notes", { text: "big".repeat(100_000) }).catch(() => {});
    return "as if nothing had happened";
  } });
  export const texts = query({ handler: async (ctx) => (await ctx.db.query("notes").collect()).map(({ text }) => text.slice(0, 9)) });
  export const states = query({ handler: async (ctx) =>
    (await ctx.db.system.query("_scheduled_functions").collect()).map(({ args, state }) => args[0].text + " " + state.kind).sort() });
`;
const crons = `
  const crons = cronJobs();
  crons.cron("tick", "* * * * *", anyApi.jobs.mark, { text: "tick" });
  export default crons;`;

const REFUSED = /could not be written: .+\. Nothing of this call was kept\. Make room on the disk/;

describe.runIf(canLimit)("the engine", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.UTC(2026, 0, 1, 0, 0, 58), toFake: ["setTimeout", "clearTimeout", "Date"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("refuses mutations, answers queries, and runs each job and cron once when there is room again", async () => {
    const logs: string[] = [];
    const { engine, mutation, query } = await engineWith({ jobs, crons }, { onLog: (line) => logs.push(line) });
    const acted = () => logs.filter((line) => line.includes("acted"));
    const failures = () => logs.filter((line) => line.startsWith("Scheduler:"));
    await mutation("jobs:put", { text: "kept" });
    await mutation("jobs:plan");
    await vi.advanceTimersByTimeAsync(100);
    expect(acted()).toHaveLength(1);

    limitFiles(0);
    await expect(mutation("jobs:put", { text: "lost" })).rejects.toThrow(REFUSED);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await query("jobs:texts")).toEqual(["kept"]);
    expect(await query("jobs:states")).toEqual(["later pending", "planned pending", "under way inProgress"]);
    expect(acted()).toHaveLength(1);
    // Four things are tried once a second, not in a loop.
    expect(failures().length).toBeGreaterThan(3);
    expect(failures().length).toBeLessThan(30);

    limitFiles("unlimited");
    await mutation("jobs:put", { text: "room" });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await query("jobs:texts")).toSatisfy((texts: string[]) => {
      expect([...texts].sort()).toEqual(["kept", "planned", "room", "tick"]);
      return true;
    });
    expect(await query("jobs:states")).toEqual(["later success", "planned success", "under way success"]);
    expect(acted()).toHaveLength(2);
    limitFiles(0);
    await engine.close();
  });

  test("keeps nothing of a mutation that goes on after a write that failed", async () => {
    const { mutation, query } = await engineWith({ jobs });
    await mutation("jobs:put", { text: "kept" });
    const database = opened.at(-1) as DatabaseSyncInstance;
    const { page_count: pages } = database.prepare("PRAGMA page_count").get() as { page_count: number };
    database.exec(`PRAGMA max_page_count = ${pages + 200}`);
    await expect(mutation("jobs:careless")).rejects.toThrow(REFUSED);
    expect(await query("jobs:texts")).toEqual(["kept"]);
    database.exec("PRAGMA max_page_count = 1000000");
    expect(await mutation("jobs:careless")).toBe("as if nothing had happened");
    expect(await query("jobs:texts")).toHaveLength(42);
  });
});

describe.runIf(canLimit)("the host", () => {
  test("refuses over HTTP and WebSocket, while live queries go on, and recovers without a restart", async () => {
    const host = await HostUnderTest.deployed();
    const client = host.client();
    const seen: unknown[] = [];
    client.onUpdate(notes.count, { list: "full" }, (value) => seen.push(value));
    await client.mutation(notes.add, { list: "full", text: "kept" });
    await eventually(() => seen.at(-1) === 1, "the first note");

    limitFiles(0);
    await expect(host.http().mutation(notes.add, { list: "full", text: "lost" })).rejects.toThrow(REFUSED);
    const plain = JSON.stringify({ path: "notes:add", args: { list: "full", text: "lost" } });
    const refusal = await host.post("/api/mutation", plain);
    expect([refusal.status, (await refusal.json()).code]).toEqual([503, "StorageFailure"]);
    await expect(client.mutation(notes.add, { list: "full", text: "lost" })).rejects.toThrow(REFUSED);
    const others: unknown[] = [];
    host.client().onUpdate(notes.list, { list: "full" }, (value) => others.push(value));
    await eventually(() => others.length === 1, "a new live query");
    expect([others[0], seen]).toEqual([[{ text: "kept", weight: 0n }], expect.not.arrayContaining([2])]);
    expect(client.connectionState()).toMatchObject({ isWebSocketConnected: true, connectionCount: 1 });

    limitFiles("unlimited");
    expect(await client.mutation(notes.add, { list: "full", text: "room" })).toBe(4);
    await eventually(() => others.length === 2 && seen.at(-1) === 2, "the update");
    expect(await host.http().query(notes.count, { list: "full" })).toBe(2);
    await host.stop();
  });
});
