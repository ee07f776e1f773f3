/**
 * Reorganisations of the real node, up to 300 blocks deep: what its clients and the observer see afterwards is what a fresh node
 * shows that executes nothing but the chain that is left. A failure names its seed and the fewest rounds that fail.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { runsOf, tally, trialSeed } from "../../trials/trial";
import { anyRound, Forking } from "./forking";

/** Reorganisations of one node, before it is compared with a fresh one. */
const ROUNDS = 100;
/** Below that a run may happen to meet not everything. */
const MANY = 100;

test("whatever a fork keeps, moves or loses, all that is read is what the chain then makes it", async () => {
  const owed = runsOf("nodeForks");
  const met = { transactions: 0, refused: 0, waited: 0, fellOut: 0, deepest: 0, events: 0 };
  let done = 0;
  const property = fc.asyncProperty(
    fc.noBias(fc.array(anyRound, { minLength: 1, maxLength: ROUNDS, size: "max" })),
    async (rounds) => {
      const left = Math.max(1, owed - done);
      const forking = await Forking.start();
      try {
        for (const one of rounds.slice(0, left)) await forking.play(one);
        await forking.requireAsFresh();
      } finally {
        await forking.remove();
      }
      done += forking.met.forks;
      met.transactions += forking.met.sent;
      met.refused += forking.met.refused;
      met.waited += forking.met.waited;
      met.fellOut += forking.met.fellOut;
      met.events += forking.met.events;
      met.deepest = Math.max(met.deepest, forking.met.deepest);
    },
  );
  for (let portion = 0; done < owed; portion += 1) {
    await fc.assert(property, { seed: (trialSeed() + 7_919 * portion) | 0, numRuns: 1, endOnFailure: true });
  }
  if (owed >= MANY) {
    for (const [name, count] of Object.entries(met)) expect(count, name).toBeGreaterThan(0);
    expect(met.deepest).toBe(300);
  }
  tally("nodeForks", { done, also: met });
}, 1_800_000);
