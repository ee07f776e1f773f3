/** Ids that the backend draws are drawn from the episode's seed, so that it plays the same again. */
import { vi } from "vitest";

function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

export function drawFrom(seed: number) {
  const next = generator(seed);
  vi.spyOn(Math, "random").mockImplementation(() => next() / 2 ** 32);
  vi.spyOn(crypto, "getRandomValues").mockImplementation((array) => {
    if (array) {
      const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
      for (let n = 0; n < bytes.length; n += 1) bytes[n] = next();
    }
    return array;
  });
}

/** The seeds of a run's episodes: the first is the run's own, so that each can be played alone. */
export function episodeSeeds(seed: number, count: number): number[] {
  const next = generator(seed);
  return Array.from({ length: count }, (_, n) => (n === 0 ? seed : next() >>> 2));
}
