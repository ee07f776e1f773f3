/** Assertions for what is asked a million times: nothing but a comparison, and a sentence when it fails. */

export function same(what: string, told: bigint | number | boolean | string, expected: typeof told) {
  if (told !== expected) throw new Error(`${what}: ${told} where it should be ${expected}`);
}

export function atMost(what: string, told: bigint, limit: bigint) {
  if (told > limit) throw new Error(`${what}: ${told} is above ${limit}`);
}

export function must(what: string, holds: boolean) {
  if (!holds) throw new Error(what);
}
