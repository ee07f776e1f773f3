/** Episodes by seed, and what is left of one that fails once everything that it does not need is taken out. */
import fc from "fast-check";
import { type Act, anyAct } from "./acts";
import { json } from "./json";

const SHRINKING_MS = 60_000;

/** The first acts of a seed. */
export function actsOf(seed: number, most: number): Act[] {
  return fc.sample(fc.noBias(anyAct), { seed, numRuns: most });
}

type Play<One, Played> = (acts: One[]) => Promise<Played>;

async function failureOf<One>(acts: One[], play: Play<One, unknown>): Promise<Error | null> {
  try {
    await play(acts);
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Takes out halves, quarters and so on down to single acts, as long as it still fails and there is time. */
async function shrink<One>(
  acts: One[],
  first: Error,
  play: Play<One, unknown>,
): Promise<{ acts: One[]; failure: Error }> {
  const until = performance.now() + SHRINKING_MS;
  const hasTime = () => performance.now() < until;
  let least = { acts, failure: first };
  for (let size = Math.ceil(acts.length / 2); size >= 1 && hasTime(); size = Math.floor(size / 2)) {
    for (let at = least.acts.length - size; at > -size && hasTime(); at -= size) {
      const fewer = least.acts.filter((_, n) => n < at || n >= at + size);
      const failure = await failureOf(fewer, play);
      if (failure) least = { acts: fewer, failure };
    }
  }
  return least;
}

/** Plays the acts of a seed; a failure tells the seed, and the fewest acts that were found to fail. */
export async function playSmallest<One, Played>(seed: number, acts: One[], play: Play<One, Played>): Promise<Played> {
  try {
    return await play(acts);
  } catch (error) {
    const first = error instanceof Error ? error : new Error(String(error));
    const { acts: fewest, failure } = await shrink(acts, first, play);
    const replay = `npm run simulate -- --seed ${seed} --steps ${acts.length}`;
    const left = fewest.map(json).join("\n");
    failure.message = `Episode ${seed} fails (${replay}), of its acts still these:\n${left}\n${failure.message}`;
    throw failure;
  }
}
