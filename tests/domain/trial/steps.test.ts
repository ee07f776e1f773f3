/**
 * The trial of pure models under faults of delivery, in episodes that end with everything healed. A failure names its seed and
 * the fewest acts that fail.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { runsOf, tally, trialSeed } from "../../trials/trial";
import { anyAct } from "./delivery/acts";
import { World } from "./delivery/world";
import { Count, playEpisodes } from "./episodes";

/** Below that a run may happen to meet not everything. */
const MANY = 20_000;

test("whatever happens to what is delivered, the books end as if nothing had", async () => {
  const owed = runsOf("model");
  const met = new Count();
  let done = 0;
  await playEpisodes({
    stories: fc.array(anyAct, { minLength: 1, maxLength: 200, size: "max" }),
    seed: trialSeed(),
    isEnough: () => done >= owed,
    play: async (acts) => {
      const world = new World();
      await world.begin();
      for (const act of acts) await world.perform(act);
      await world.heal();
      done += acts.length;
      met.add(world.told());
    },
  });
  if (owed >= MANY) for (const [name, count] of Object.entries(met.sums)) expect(count, name).toBeGreaterThan(0);
  tally("model", { done, also: met.sums });
}, 1_800_000);
