/** Random episodes of a market on the whole backend: policies from their quotes to their ends, in step with a simulated vault. */
import fc from "fast-check";
import { beforeEach, expect, test, vi } from "vitest";
import { openBackend } from "../../convex/backend";
import { playSmallest } from "../campaign";
import { anyAct, type MarketAct } from "./acts";
import { playMarket } from "./episode";
import { STORIES } from "./stories";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "Date"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
});

const EPISODES = Number(process.env.MARKET_EPISODES ?? 0);
const FIRST = Number(process.env.MARKET_SEED ?? Math.floor(Math.random() * 2 ** 30));
const KNOWN = [1];
const ACTS = 50;
/** A failure is first made small. */
const TIMEOUT_MS = 300_000;
const SEEDS = EPISODES > 0 ? Array.from({ length: EPISODES }, (_, n) => FIRST + n) : [...KNOWN, FIRST];

const actsOf = (seed: number): MarketAct[] => fc.sample(fc.noBias(anyAct), { seed, numRuns: ACTS });

test.each(SEEDS)(
  "market %i: all money is explained, and every policy ends as it must",
  async (seed) => {
    const stage = await playSmallest(seed, actsOf(seed), (acts) => playMarket(openBackend, acts));
    expect(stage.story.length).toBeGreaterThan(ACTS / 2);
  },
  TIMEOUT_MS,
);

test.each(Object.entries(STORIES))("%s", async (_, { acts, meets }) => {
  const { met: all } = await playMarket(openBackend, acts);
  expect(meets.filter((one) => !all.has(one))).toEqual([]);
});
