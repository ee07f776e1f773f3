/** Sharing and invalidation of live results, and what a client is sent of them, against an engine that only counts, so that every interleaving can be arranged. */
import { beforeEach, describe, expect, test } from "vitest";
import { ANONYMOUS, type Viewer, viewerOf } from "../../../src/local/host/auth";
import type { Engine } from "../../../src/local/host/engine";
import type { FunctionCall } from "../../../src/local/host/functionCall";
import { LiveQueries, type LiveResult } from "../../../src/local/host/liveQueries";
import { QuerySet } from "../../../src/local/host/querySet";
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
  subscribed({ path, args: { key } }, who, () => stale.push(name));

async function subscribed(call: FunctionCall, who: Viewer, onStale: () => void): Promise<LiveResult> {
  let result: LiveResult | undefined;
  await live.inOneState(async () => {
    result = await live.subscribe(call, who, null, onStale);
  });
  return result as LiveResult;
}

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
    const call = { path: "f", args: { key: "k" } };
    live.unsubscribe(await subscribed(call, ANONYMOUS, onStale), onStale);
    await ask("f", "k");
    expect(engine.runs).toHaveLength(2);
    await engine.commit("k1");
    expect(stale).toEqual(["listener"]);
  });
});

describe("invalidation", () => {
  test("a write into what was read makes stale, any other does not; listeners hear it once", async () => {
    const result = await ask("f", "k");
    await engine.commit("a");
    await engine.commit("l");
    expect(result.isStale).toBe(false);
    await engine.commit("k5");
    await engine.commit("k6");
    expect([result.isStale, stale]).toEqual([true, ["listener"]]);
    await ask("f", "k");
    expect(engine.runs).toHaveLength(2);
  });

  test("new code makes everything stale", async () => {
    const before = await ask("f", "k");
    live.invalidateAll();
    expect([before.isStale, stale]).toEqual([true, ["listener"]]);
  });
});

describe("a client's query set", () => {
  const call = (key: string) => ({ path: "f", args: { key } });
  let queries: QuerySet;

  beforeEach(() => {
    queries = new QuerySet(live, () => stale.push("set"));
    queries.add(0, call("a"), null);
    queries.add(1, call("b"), null);
  });

  test("is true at one timestamp, and sends each result once", async () => {
    expect(await queries.refresh(ANONYMOUS)).toBe(100n);
    await engine.commit("z");
    expect(await queries.refresh(ANONYMOUS)).toBe(110n);
    expect(engine.runs).toHaveLength(2);
    expect(queries.takeModifications()).toHaveLength(2);
    expect(queries.takeModifications()).toEqual([]);
    queries.remove(0);
    expect(queries.takeModifications()).toEqual(['{"type":"QueryRemoved","queryId":0}']);
  });

  test("a commit waits until all its queries have run, and is not missed", async () => {
    const [ts] = await Promise.all([queries.refresh(ANONYMOUS), engine.commit("a1"), engine.commit("b1")]);
    expect([ts, engine.runs, stale]).toEqual([100n, ["f a", "f b"], ["set", "set"]]);
    expect(await queries.refresh(ANONYMOUS)).toBe(120n);
    expect(engine.runs).toEqual(["f a", "f b", "f a", "f b"]);
  });

  test("another identity asks again, and a query removed meanwhile is forgotten", async () => {
    await queries.refresh(ANONYMOUS);
    const refreshed = queries.refresh(viewerOf(null, true, null));
    queries.remove(1);
    await refreshed;
    expect(engine.runs).toEqual(["f a", "f b", "f a"]);
  });
});
