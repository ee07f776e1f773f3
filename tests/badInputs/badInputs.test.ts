/**
 * Malformed inputs by the hundred thousand: every public function, every route, every frame. Each is answered or refused in
 * a way that the guide for developers tells, and whatever is refused has changed nothing. Replay: TRIAL_SEED and TRIAL_RUNS.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { convexToJson, type JSONValue, type Value } from "convex/values";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CALLER } from "../../src/local/bench/population";
import { runsOf, tally, trialSeed } from "../trials/trial";
import type { Words } from "./arguments";
import { type Counts, publicFunctions, shareOf, tryFunction } from "./calls";
import { FOUND } from "./corpus";
import { ANSWERED, MALFORMED, verdictOf } from "./judgement";
import { callerOf, openProduct, type Product } from "./product";
import { tryRoutes } from "./routes";
import { tryWires } from "./wires";
import { wordsOf } from "./words";

const RUNS = runsOf("inputs");
const SEED = trialSeed();
/** Of a hundred inputs so many go over wires, and so many to the routes of the read API and the push. */
const [OVER_WIRES, TO_ROUTES] = [3, 4];
const HOURS = 48 * 3_600_000;

const folder = mkdtempSync(path.join(tmpdir(), "bad-inputs-"));
const strayErrors: unknown[] = [];
const stray = (error: unknown) => void strayErrors.push(error);
let product: Product;
let words: Words;
const done: Record<string, number> = {};

beforeAll(async () => {
  process.on("unhandledRejection", stray);
  product = await openProduct(folder);
  words = await wordsOf(product);
  product.store.rewind();
});
afterAll(async () => {
  process.off("unhandledRejection", stray);
  rmSync(folder, { recursive: true, force: true });
});

/** Of a query by a provider; a failure in its own words. */
async function verdictOn(call: { path: string; args: JSONValue }): Promise<string> {
  return product.engine.runQuery(call, callerOf(CALLER)).then(verdictOf).catch(String);
}

test.each(FOUND)("$path refuses $args: $code", async ({ path: called, args, code }) => {
  const call = { path: called, args: convexToJson(args as Value) };
  expect(await verdictOn(call)).toBe(code);
});

test("what only says how a page is cut short or told apart is not passed on", async () => {
  const more = { id: 1, maximumRowsRead: Number.NaN, maximumBytesRead: -1, numItems: 1e308 };
  const args = convexToJson({ paginationOpts: { cursor: null, ...more } });
  expect(await verdictOn({ path: "policies:listSold", args })).toBe(ANSWERED);
});

const sumOf = (counts: Iterable<number>) => [...counts].reduce((sum, count) => sum + count, 0);

test("functions", { timeout: HOURS }, async () => {
  const functions = publicFunctions(product);
  expect(functions.length).toBeGreaterThan(60);
  const wanted = Math.ceil((RUNS * (100 - OVER_WIRES - TO_ROUTES)) / 100);
  const unit = wanted / sumOf(functions.map(shareOf));
  const all: Counts = new Map();
  for (const called of functions) {
    const counts = await tryFunction(product, called, words, {
      runs: Math.max(100, Math.ceil(unit * shareOf(called))),
      seed: SEED,
    });
    for (const [verdict, count] of counts) all.set(verdict, (all.get(verdict) ?? 0) + count);
    const malformed = counts.get(MALFORMED) ?? 0;
    const past = sumOf(counts.values()) - malformed;
    // Both: its validator is met, and what lies behind it.
    expect({ path: called.path, isMet: malformed >= 5 && past >= 5 }).toEqual({ path: called.path, isMet: true });
    expect(strayErrors).toEqual([]);
  }
  done.functions = sumOf(all.values());
  done.answered = all.get(ANSWERED) ?? 0;
  done.codes = all.size - 2;
  console.log(JSON.stringify(Object.fromEntries([...all].sort(([, one], [, other]) => other - one))));
  expect(done.codes).toBeGreaterThan(35);
});

test("routes", { timeout: HOURS }, async () => {
  const counts = await tryRoutes(product, words, { runs: Math.ceil((RUNS * TO_ROUTES) / 100), seed: SEED });
  console.log(JSON.stringify(Object.fromEntries(counts)));
  for (const met of ["200", "204", "400", "401", "404", "405"]) expect([...counts.keys()]).toContain(met);
  expect(strayErrors).toEqual([]);
  done.routes = sumOf(counts.values());
});

test("HTTP and WebSocket", { timeout: HOURS }, async () => {
  const runs = Math.ceil((RUNS * OVER_WIRES) / 100);
  const { requests, sessions, answers } = await tryWires(product, words, { runs, seed: SEED });
  expect(strayErrors).toEqual([]);
  expect(answers).toBeGreaterThan(5);
  done.wires = requests + sessions;
});

test("as many as this run owes", () => {
  const { functions = 0, routes = 0, wires = 0, ...also } = done;
  tally("inputs", { done: functions + routes + wires, also: { functions, routes, wires, ...also } });
});
