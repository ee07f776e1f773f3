/**
 * Everything that can go wrong between backend, node and prices goes wrong while a story is played: at every look the books
 * claim no more than is so; and once all is well again, they end as if nothing had happened.
 */
import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runsOf, tally, trialSeed } from "../trials/trial";
import { Campaign, preparedBase } from "./campaign";
import { DISTURBANCES, TOO_DEEP } from "./disturbances";
import { KINDS } from "./kinds";
import { amountsOf } from "./script";

const MINUTES = 60_000;
const ALL_KINDS = [...KINDS, ...DISTURBANCES, TOO_DEEP];

let base: string;
beforeAll(async () => {
  base = await preparedBase();
}, 10 * MINUTES);
afterAll(() => rmSync(base, { recursive: true, force: true }));

test("faults of every kind end in the undisturbed state", { timeout: 600 * MINUTES }, async () => {
  const [seed, owed] = [trialSeed(), runsOf("faults")];
  const total = { done: 0, also: { stories: 0, looks: 0, states: 0, refusals: 0, orphans: 0 } };
  for (; total.done < owed; total.also.stories += 1) {
    const story = seed + total.also.stories;
    const campaign = new Campaign(story, amountsOf(story));
    await campaign.play(base).catch((error) => {
      throw new Error(`TRIAL_SEED=${story} TRIAL_RUNS=1: ${error.message}`, { cause: error });
    });
    expect(ALL_KINDS.filter((kind) => !campaign.met.has(kind))).toEqual([]);
    expect(campaign.counts.orphans).toBeGreaterThan(0);
    for (const times of campaign.met.values()) total.done += times;
    for (const name of ["looks", "states", "refusals", "orphans"] as const) total.also[name] += campaign.counts[name];
  }
  tally("faults", { ...total, also: { ...total.also, kinds: ALL_KINDS.length } });
});
