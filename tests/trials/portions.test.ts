/** A soak's portions: each with the next seed, no more than asked for, and none behind one that failed. */
import { expect, test } from "vitest";
import { TRIALS } from "./catalogue";
import { type Portion, playPortions } from "./portions";

const most = TRIALS.lockstep.inCi;
const wish = { seed: 7, until: Number.POSITIVE_INFINITY, report: null };

function playing(failing?: number) {
  const played: Portion[] = [];
  const play = async (_: string, portion: Portion) => {
    played.push(portion);
    return portion.seed === failing ? "the violation" : null;
  };
  return { played, play };
}

test("what is asked for is played in portions of the usual size, each with the next seed", async () => {
  const { played, play } = playing();
  const outcome = await playPortions("lockstep", { ...wish, runs: 2 * most + 1 }, play);
  expect(outcome).toEqual({ kind: "held", done: 2 * most + 1 });
  expect(played).toEqual([
    { seed: 7, runs: most },
    { seed: 8, runs: most },
    { seed: 9, runs: 1 },
  ]);
});

test("a portion that fails is the last, and is told with all that plays it again", async () => {
  const { played, play } = playing(8);
  const outcome = await playPortions("lockstep", { ...wish, runs: 10 * most }, play);
  expect(outcome).toEqual({ kind: "broken", portion: { seed: 8, runs: most }, printed: "the violation" });
  expect(played).toHaveLength(2);
});

test("no portion begins when the time is over", async () => {
  const { played, play } = playing();
  expect(await playPortions("lockstep", { ...wish, runs: most, until: 0 }, play)).toEqual({ kind: "held", done: 0 });
  expect(played).toEqual([]);
});
