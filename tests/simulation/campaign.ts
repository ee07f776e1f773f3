/** Episodes by seed, and what is left of one that fails once everything that it does not need is taken out. */
import fc from "fast-check";
import { openBackend } from "../convex/backend";
import { type Act, anyAct } from "./acts";
import { playEpisode } from "./episode";
import { json, type Stage } from "./stage";

const ACTS = 100;
const SHRINKING_MS = 60_000;

export function actsOf(seed: number): Act[] {
  return fc.sample(fc.noBias(anyAct), { seed, numRuns: ACTS });
}

async function failureOf(acts: Act[]): Promise<Error | null> {
  try {
    await playEpisode(openBackend, acts);
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Takes out halves, quarters and so on down to single acts, as long as it still fails and there is time. */
async function shrink(acts: Act[], first: Error): Promise<{ acts: Act[]; failure: Error }> {
  const until = Date.now() + SHRINKING_MS;
  let least = { acts, failure: first };
  for (let size = Math.ceil(acts.length / 2); size >= 1 && Date.now() < until; size = Math.floor(size / 2)) {
    for (let at = least.acts.length - size; at > -size && Date.now() < until; at -= size) {
      const fewer = least.acts.filter((_, n) => n < at || n >= at + size);
      const failure = await failureOf(fewer);
      if (failure) least = { acts: fewer, failure };
    }
  }
  return least;
}

/** Plays the episode of a seed; a failure tells the seed, and the fewest acts that were found to fail. */
export async function play(seed: number): Promise<Stage> {
  const acts = actsOf(seed);
  try {
    return await playEpisode(openBackend, acts);
  } catch (error) {
    const { acts: fewest, failure } = await shrink(acts, error instanceof Error ? error : new Error(String(error)));
    failure.message = `Episode ${seed} fails, of its acts still these:\n${fewest.map(json).join("\n")}\n${failure.message}`;
    throw failure;
  }
}
