/** Sharing and invalidation of live results, and what a client is sent of them, against an engine that only counts, so that every interleaving can be arranged. */
import { beforeEach, describe, expect, test } from "vitest";
import type { Engine } from "../../../src/local/host/engine";
import { LiveQueries } from "../../../src/local/host/liveQueries";
import { QuerySet } from "../../../src/local/host/querySet";
import { ANONYMOUS, viewerOf } from "../../../src/local/host/viewer";
import { CountingEngine } from "./countingEngine";

const viewer = (subject: string) =>
  viewerOf({ tokenIdentifier: `i|${subject}`, issuer: "i", subject }, false, Date.now() + 60_000);

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

describe("a client's query set", () => {
  const call = (key: string) => ({ component: "", path: "f", args: { key } });
  let queries: QuerySet;

  beforeEach(() => {
    queries = new QuerySet(live, () => stale.push("set"));
    queries.add(0, call("a"), null);
    queries.add(1, call("b"), null);
  });

  test("agrees on the newest timestamp, and sends each result once", async () => {
    expect(queries.commonTimestamp(ANONYMOUS, 0n, 100n)).toBeNull();
    await queries.refresh(ANONYMOUS);
    engine.commit("z");
    expect(queries.commonTimestamp(ANONYMOUS, 0n, engine.lastTs)).toBe(110n);
    expect(queries.takeModifications()).toHaveLength(2);
    expect(queries.takeModifications()).toEqual([]);
    queries.remove(0);
    expect(queries.takeModifications()).toEqual(['{"type":"QueryRemoved","queryId":0}']);
  });

  test("reports the state just before a commit that overtook it, instead of waiting for calm", async () => {
    engine.duringNextRun = () => engine.commit("a1");
    await queries.refresh(ANONYMOUS);
    expect(queries.hasStale(ANONYMOUS)).toBe(true);
    expect(queries.commonTimestamp(ANONYMOUS, 0n, engine.lastTs)).toBe(109n);
    await queries.refresh(ANONYMOUS);
    expect(queries.hasStale(ANONYMOUS)).toBe(false);
    expect(queries.commonTimestamp(ANONYMOUS, 109n, engine.lastTs)).toBe(110n);
  });

  test("never mixes results that were not true together, or of two identities", async () => {
    await queries.refresh(ANONYMOUS);
    engine.commit("a1");
    queries.add(2, call("c"), null);
    const refreshed = queries.refresh(ANONYMOUS);
    engine.commit("b1");
    await refreshed;
    expect(queries.commonTimestamp(ANONYMOUS, 0n, engine.lastTs)).toBe(119n);
    expect(queries.commonTimestamp(viewer("someone"), 0n, engine.lastTs)).toBeNull();
    engine.commit("c1");
    expect(queries.commonTimestamp(ANONYMOUS, 120n, engine.lastTs)).toBeNull();
  });
});
