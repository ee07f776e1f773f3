/** A killed process loses nothing that it acknowledged, and runs nothing twice that must run once. */
import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "@photostructure/sqlite";
import type { Value } from "convex/values";
import { describe, expect, onTestFinished, test } from "vitest";
import { anyone, callOf, engineWith } from "./engineUnderTest";

/** Each mutation counts up in one document and leaves a trace in another; both must always agree. */
const ledger = `
  export const start = mutation({ handler: (ctx) => ctx.db.insert("counter", { value: 0 }) });
  export const add = mutation({ handler: async (ctx, { trace }) => {
    const counter = await ctx.db.query("counter").unique();
    await ctx.db.patch(counter._id, { value: counter.value + 1 });
    await ctx.db.insert("traces", { trace });
    await ctx.scheduler.runAfter(0, anyApi.ledger.follow, { trace });
    return counter.value + 1;
  } });
  export const follow = internalMutation({ handler: (ctx, { trace }) => ctx.db.insert("followed", { trace }) });
  export const read = query({ handler: async (ctx) => ({
    counter: (await ctx.db.query("counter").unique()).value,
    traces: (await ctx.db.query("traces").collect()).map(({ trace }) => trace),
    followed: (await ctx.db.query("followed").collect()).map(({ trace }) => trace),
    pending: (await ctx.db.system.query("_scheduled_functions").collect()).filter(({ state }) => state.kind === "pending").length,
  }) });
`;

const CHILD = `
  import { openEngine } from "./src/local/host/engine";
  const [databaseFile, round] = process.argv.slice(1);
  const engine = await openEngine({ databaseFile, onLog: (line) => console.log(line.split("\\n")[0]) });
  const caller = { identity: null, isAdmin: false };
  const callOf = (path, args) => ({ path, args });
`;

/** Mutations without end, four at a time; prints each trace once its commit is acknowledged. */
const LOAD = `${CHILD}
  const work = async (lane) => {
    for (let i = 0; ; i++) {
      const trace = lane + ":" + i;
      const outcome = await engine.runMutation(callOf("ledger:add", { trace }), caller, engine.once(round + lane, i));
      if (!outcome.ok) throw new Error(outcome.message);
      console.log(trace);
    }
  };
  await Promise.all(["a", "b", "c", "d"].map(work));
`;

/** Lines that a process of its own prints. */
async function* linesOf(script: string, ...args: string[]): AsyncGenerator<{ line: string; kill: () => void }> {
  const options = [
    "--experimental-vm-modules",
    "--no-warnings",
    "--import",
    "tsx",
    "--input-type=module",
    "-e",
    script,
  ];
  const child = spawn(process.execPath, [...options, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const kill = () => {
    child.kill("SIGKILL");
  };
  onTestFinished(kill);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  for await (const line of createInterface(child.stdout)) yield { line, kill };
  await ended;
}

async function killedUnderLoad(databaseFile: string, round: number, killAfter: number): Promise<string[]> {
  const acknowledged: string[] = [];
  for await (const { line, kill } of linesOf(LOAD, databaseFile, `round ${round} `)) {
    acknowledged.push(line);
    if (acknowledged.length === killAfter) kill();
  }
  return acknowledged;
}

describe("kill -9 under load", () => {
  test("loses no acknowledged mutation, doubles none, and every follow-up runs exactly once", async () => {
    const { engine, mutation, databaseFile } = await engineWith(
      { ledger },
      { databaseFile: join(folder(), "data.sqlite3") },
    );
    await mutation("ledger:start");
    await engine.close();
    const acknowledged: string[] = [];
    for (const [round, killAfter] of [61, 187, 402].entries()) {
      acknowledged.push(...(await killedUnderLoad(databaseFile, round, killAfter)));
      const check = new DatabaseSync(databaseFile);
      expect(check.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
      check.close();
    }
    const after = await engineWith({}, { databaseFile });
    const pending = async () => ((await after.query("ledger:read")) as { pending: number }).pending;
    await expect.poll(pending, { timeout: 30_000 }).toBe(0);
    const { counter, traces, followed } = (await after.query("ledger:read")) as {
      counter: number;
      traces: string[];
      followed: string[];
    };
    expect(acknowledged.length).toBeGreaterThan(600);
    expect(counter).toBe(traces.length);
    expect(lostOf(traces, acknowledged)).toEqual([]);
    expect([...followed].sort()).toEqual([...traces].sort());
  });
});

/** What was acknowledged more often than it is found. */
function lostOf(found: string[], acknowledged: string[]): string[] {
  const left = new Map<string, number>();
  for (const trace of found) left.set(trace, (left.get(trace) ?? 0) + 1);
  return acknowledged.filter((trace) => {
    left.set(trace, (left.get(trace) ?? 0) - 1);
    return (left.get(trace) as number) < 0;
  });
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "durability-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

describe("concurrent calls", () => {
  test("are as if they came one after the other", async () => {
    const { engine, mutation, query } = await engineWith({ ledger });
    await mutation("ledger:start");
    const results = await Promise.all(
      Array.from({ length: 60 }, (_, i) => mutation("ledger:add", { trace: String(i) })),
    );
    expect(results).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    const reads = await Promise.all([
      mutation("ledger:add", { trace: "x" }),
      query("ledger:read"),
      mutation("ledger:add", { trace: "y" }),
    ]);
    const { counter, traces } = reads[1] as { counter: number; traces: Value[] };
    expect([counter, traces.length]).toEqual([61, 61]);
    const { ts } = await engine.runQuery(callOf("ledger:read"), anyone);
    expect(ts).toBeGreaterThan(0n);
  });
});

test("a host that was stopped has everything in its one file, which can be copied", async () => {
  const { engine, databaseFile, mutation } = await engineWith({ ledger });
  await mutation("ledger:start");
  await mutation("ledger:add", { trace: "kept" });
  await engine.close();
  const copy = join(folder(), "copy.sqlite3");
  copyFileSync(databaseFile, copy);
  const { query } = await engineWith({}, { databaseFile: copy });
  expect(await query("ledger:read")).toMatchObject({ counter: 1, traces: ["kept"] });
});

test("errors that a function leaves behind end up in the log, and the host goes on", async () => {
  const careless = `
    export const forget = mutation({ handler: (ctx) => { void ctx.db.get("nonsense"); } });
    export const act = action({ handler: () => {
      setTimeout(() => { throw new Error("in a timer"); }, 1);
      void fetch("nonsense:");
    } });`;
  const { engine, databaseFile } = await engineWith({ careless }, { databaseFile: join(folder(), "data.sqlite3") });
  await engine.close();
  const script = `${CHILD}
    await engine.runMutation(callOf("careless:forget", {}), caller);
    await engine.runAction(callOf("careless:act", {}), caller);
    await new Promise((resolve) => setTimeout(resolve, 200));
    console.log("still here");
    await engine.close();
  `;
  const lines: string[] = [];
  for await (const { line } of linesOf(script, databaseFile, "")) lines.push(line);
  expect(lines.sort()).toEqual([
    "careless.js:act [ERROR] 'Nobody handled:' Error: in a timer",
    "careless.js:act [ERROR] 'Nobody handled:' TypeError: fetch failed",
    expect.stringContaining("careless.js:forget [ERROR] 'Nobody handled:' Error: Invalid argument `id`"),
    "still here",
  ]);
});
