/** Dividing units, against models that deal out one unit at a time. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Share, splitByShare, splitGrowing } from "../../src/domain/shares";

const sharesWith = (weight: fc.Arbitrary<bigint>) =>
  fc
    .uniqueArray(fc.record({ id: fc.string({ minLength: 1, maxLength: 3 }), weight }), {
      minLength: 1,
      maxLength: 8,
      selector: ({ id }) => id,
    })
    .filter((shares: Share[]) => shares.some(({ weight }) => weight > 0n));

const fewUnits = fc.bigInt({ min: 0n, max: 60n });
const small = sharesWith(fc.bigInt({ min: 0n, max: 12n }));
const anyUnits = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const any = sharesWith(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }));

const sumOf = (parts: Map<string, bigint>) => [...parts.values()].reduce((sum, part) => sum + part, 0n);
const sorted = (parts: Map<string, bigint>) => [...parts].sort(([one], [other]) => (one < other ? -1 : 1));

/** Whole parts by counting up, then a unit each to whoever is furthest behind. */
function dealtByRemainder(total: bigint, shares: Share[]): Map<string, bigint> {
  const whole = shares.reduce((sum, { weight }) => sum + weight, 0n);
  const behind = ({ id, weight }: Share, parts: Map<string, bigint>) =>
    total * weight - (parts.get(id) as bigint) * whole;
  const parts = new Map(shares.map(({ id }) => [id, 0n]));
  for (const share of shares)
    while (behind(share, parts) >= whole) parts.set(share.id, (parts.get(share.id) as bigint) + 1n);
  const raised = new Set<string>();
  while (sumOf(parts) < total) {
    const waiting = shares.filter(({ id }) => !raised.has(id));
    const most = waiting.map((share) => behind(share, parts)).reduce((max, lag) => (lag > max ? lag : max), -1n);
    const [id = ""] = waiting
      .filter((share) => behind(share, parts) === most)
      .map((share) => share.id)
      .sort();
    raised.add(id);
    parts.set(id, (parts.get(id) as bigint) + 1n);
  }
  return parts;
}

/** Every unit by itself, to whoever then has least for its weight. */
function dealtOneByOne(total: bigint, shares: Share[]): Map<string, bigint> {
  const parts = new Map(shares.map(({ id }) => [id, 0n]));
  const claims = ({ id, weight }: Share) => ({ id, weight, units: (parts.get(id) as bigint) + 1n });
  for (let unit = 0n; unit < total; unit += 1n) {
    const [first] = shares
      .filter(({ weight }) => weight > 0n)
      .map(claims)
      .sort((a, b) => Number(a.units * b.weight - b.units * a.weight) || (a.id < b.id ? -1 : 1));
    if (first) parts.set(first.id, first.units);
  }
  return parts;
}

describe("by largest remainder", () => {
  test("it deals out what the model does, to the unit", () => {
    fc.assert(
      fc.property(fewUnits, small, (total, shares) => {
        expect(sorted(splitByShare(total, shares))).toEqual(sorted(dealtByRemainder(total, shares)));
      }),
    );
  });

  test("whatever the amounts: nothing is lost or made, and no part is a whole unit away from its exact value", () => {
    fc.assert(
      fc.property(anyUnits, any, (total, shares) => {
        const parts = splitByShare(total, shares);
        expect(sumOf(parts)).toBe(total);
        const whole = shares.reduce((sum, { weight }) => sum + weight, 0n);
        for (const { id, weight } of shares) {
          const off = (parts.get(id) as bigint) * whole - total * weight;
          expect(off < whole && -off < whole).toBe(true);
        }
      }),
    );
  });

  test("ties go to the lower id, in whatever order the shares come", () => {
    const shares = ["c", "a", "b"].map((id) => ({ id, weight: 5n }));
    expect(sorted(splitByShare(5n, shares))).toEqual([
      ["a", 2n],
      ["b", 2n],
      ["c", 1n],
    ]);
  });
});

describe("of a sum that grows", () => {
  test("it deals out what the model does, to the unit", () => {
    fc.assert(
      fc.property(fewUnits, small, (total, shares) => {
        expect(sorted(splitGrowing(total, shares))).toEqual(sorted(dealtOneByOne(total, shares)));
      }),
    );
  });

  test("whatever the amounts: exact, never below the exact value rounded down, and no part shrinks as the sum grows", () => {
    fc.assert(
      fc.property(anyUnits, fc.bigInt({ min: 0n, max: 9n }), any, (total, more, shares) => {
        const before = splitGrowing(total, shares);
        const after = splitGrowing(total + more, shares);
        expect([sumOf(before), sumOf(after)]).toEqual([total, total + more]);
        const whole = shares.reduce((sum, { weight }) => sum + weight, 0n);
        for (const { id, weight } of shares) {
          const part = before.get(id) as bigint;
          expect((after.get(id) as bigint) >= part && (part + 1n) * whole > total * weight).toBe(true);
        }
      }),
    );
  });

  test("where largest remainder takes a unit back, this does not", () => {
    const shares = [
      { id: "a", weight: 6n },
      { id: "b", weight: 6n },
      { id: "c", weight: 2n },
    ];
    expect([10n, 11n].map((total) => splitByShare(total, shares).get("c"))).toEqual([2n, 1n]);
    expect([10n, 11n].map((total) => splitGrowing(total, shares).get("c"))).toEqual([1n, 1n]);
  });
});

test.each([
  ["no share", 1n, []],
  ["no weight", 1n, [{ id: "a", weight: 0n }]],
  [
    "a weight below 0",
    1n,
    [
      { id: "a", weight: -1n },
      { id: "b", weight: 2n },
    ],
  ],
  ["less than nothing", -1n, [{ id: "a", weight: 1n }]],
])("%s is a bug, and nothing is split", (_what, total, shares) => {
  expect(() => splitByShare(total, shares)).toThrow();
  expect(() => splitGrowing(total, shares)).toThrow();
});
