/** Sharing and invalidation of live results against an engine that only counts, so that every interleaving can be arranged. */
import { beforeEach, describe, expect, test } from "vitest";
import type { Caller, Engine, FunctionCall, IndexWrite, QueryOutcome } from "../../../src/local/host/engine";
import { LiveQueries } from "../../../src/local/host/liveQueries";
import { ANONYMOUS, viewerOf } from "../../../src/local/host/viewer";

const bytes = (text: string) => Buffer.from(text);
const viewer = (subject: string) =>
  viewerOf({ tokenIdentifier: `i|${subject}`, issuer: "i", subject }, false, Date.now() + 60_000);

/** Each function reads the range named by its argument, in index 1; `me` reads the identity instead. */
class CountingEngine {
  lastTs = 100n;
  runs: string[] = [];
  /** Runs inside the next query, after it has read. */
  duringNextRun: () => void = () => {};
  #listeners: ((ts: bigint, writes: IndexWrite[]) => void)[] = [];

  onCommit(listener: (ts: bigint, writes: IndexWrite[]) => void): void {
    this.#listeners.push(listener);
  }

  commit(key: string): void {
    this.lastTs += 10n;
    for (const listener of this.#listeners) listener(this.lastTs, [{ indexId: 1, key: bytes(key) }]);
  }

  async runQuery(call: FunctionCall, { identity }: Caller): Promise<QueryOutcome> {
    const { key } = call.args as { key: string };
    const ts = this.lastTs;
    this.runs.push(`${call.path} ${key}`);
    await Promise.resolve();
    const during = this.duringNextRun;
    this.duringNextRun = () => {};
    during();
    const readIdentity = call.path === "me";
    const valueJson = JSON.stringify(readIdentity ? (identity?.subject ?? null) : this.runs.length);
    const readSet = [{ indexId: 1, low: bytes(key), high: bytes(`${key}~`) }];
    return { ok: true, valueJson, logLines: [], ts, readSet, readIdentity, journal: null };
  }
}

let engine: CountingEngine;
let live: LiveQueries;
let stale: string[];

beforeEach(() => {
  engine = new CountingEngine();
  live = new LiveQueries(engine as unknown as Engine);
  stale = [];
});

const ask = (path: string, key: string, who = ANONYMOUS, name = "listener") =>
  live.subscribe({ component: "", path, args: { key } }, who, null, () => stale.push(name));

describe("sharing", () => {
  test("equal queries run once, together or after each other", async () => {
    const [a, b] = await Promise.all([ask("f", "k"), ask("f", "k", viewer("someone"))]);
    const c = await ask("f", "k", viewer("other"));
    expect([a === b, b === c, engine.runs]).toEqual([true, true, ["f k"]]);
    await ask("f", "other");
    expect(engine.runs).toHaveLength(2);
  });

  test("what reads the identity is kept apart by identity, also when asked at once", async () => {
    const results = await Promise.all([ask("me", "k"), ask("me", "k", viewer("a")), ask("me", "k", viewer("b"))]);
    const values = results.map(({ outcome }) => outcome.ok && outcome.valueJson);
    expect(values).toEqual(["null", '"a"', '"b"']);
    await ask("me", "k", viewer("a"));
    expect(engine.runs).toHaveLength(3);
  });

  test("an admin's result, who sees internal functions, is not shared with others", async () => {
    await ask("f", "k", viewerOf(null, true, null));
    await ask("f", "k");
    expect(engine.runs).toHaveLength(2);
  });

  test("a result without listeners is forgotten", async () => {
    const onStale = () => stale.push("never");
    const call = { component: "", path: "f", args: { key: "k" } };
    live.unsubscribe(await live.subscribe(call, ANONYMOUS, null, onStale), onStale);
    await ask("f", "k");
    expect(engine.runs).toHaveLength(2);
    engine.commit("k1");
    expect(stale).toEqual(["listener"]);
  });
});

describe("invalidation", () => {
  test("a write into what was read makes stale, any other does not; listeners hear it once", async () => {
    const result = await ask("f", "k");
    engine.commit("a");
    engine.commit("l");
    expect(result.invalidTs).toBeNull();
    engine.commit("k5");
    engine.commit("k6");
    expect([result.invalidTs, stale]).toEqual([130n, ["listener"]]);
    await ask("f", "k");
    expect(engine.runs).toHaveLength(2);
  });

  test("a commit while the query runs is not missed", async () => {
    engine.duringNextRun = () => engine.commit("k5");
    const result = await ask("f", "k");
    expect([result.outcome.ts, result.invalidTs]).toEqual([100n, 110n]);
    expect((await ask("f", "k")).invalidTs).toBeNull();
  });

  test("new code makes everything stale, also what is being computed with the old", async () => {
    const before = await ask("f", "k");
    engine.duringNextRun = () => live.invalidateAll();
    const during = await ask("f", "other");
    expect([before.invalidTs !== null, during.invalidTs !== null]).toEqual([true, true]);
  });

  test("an outcome was true at an earlier time unless something it read was written between", async () => {
    engine.commit("k1");
    engine.commit("z");
    const { outcome } = await ask("f", "k");
    expect([90n, 105n, 110n, 120n, 130n].map((ts) => live.wasTrueAt(outcome, ts))).toEqual([
      false,
      false,
      true,
      true,
      false,
    ]);
  });
});
