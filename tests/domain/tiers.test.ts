import fc from "fast-check";
import { expect, test } from "vitest";
import {
  addTierChanges,
  checkTerms,
  DEFAULT_TERMS,
  TIERS,
  type TierChange,
  tierChange,
  tierRoom,
  utilization,
} from "../../src/domain/tiers";
import { MAX_AMOUNT, TOKENS } from "../../src/domain/tokens";

test("the default terms are terms, and a riskier tier takes less and holds no shorter", () => {
  for (const token of TOKENS) {
    const terms = TIERS.map((tier) => DEFAULT_TERMS[tier][token]);
    for (const term of terms) {
      expect(checkTerms(term).ok).toBe(true);
      expect((term.capacityLimit as bigint) > term.minimumPosition).toBe(true);
    }
    const limits = terms.map(({ capacityLimit }) => Number(capacityLimit));
    expect(limits).toEqual([...limits].sort((a, b) => b - a));
    const holds = terms.map(({ minimumHoldSeconds }) => minimumHoldSeconds);
    expect(holds).toEqual([...holds].sort((a, b) => a - b));
  }
});

test("room is what is left, never negative; without a limit it ends where an int64 does", () => {
  expect(tierRoom(10n, { capital: 4n, held: 6n })).toBe(0n);
  expect(tierRoom(10n, { capital: 4n, held: 5n })).toBe(1n);
  expect(tierRoom(10n, { capital: 14n, held: 5n })).toBe(0n);
  expect(tierRoom(null, { capital: 14n, held: 5n })).toBe(MAX_AMOUNT - 19n);
});

test("utilisation is the smallest number of millionths that covers what is locked", () => {
  expect([utilization(0n, 0n), utilization(0n, 5n), utilization(5n, 5n)]).toEqual([0, 0, 1_000_000]);
  expect(utilization(1n, 10n ** 18n)).toBe(1);
  fc.assert(
    fc.property(fc.bigInt(1n, 2n ** 63n - 1n), fc.bigInt(1n, 2n ** 63n - 1n), (a, b) => {
      const [locked, capital] = a < b ? [a, b] : [b, a];
      const millionths = BigInt(utilization(locked, capital));
      expect(millionths * capital >= locked * 1_000_000n).toBe(true);
      expect((millionths - 1n) * capital < locked * 1_000_000n).toBe(true);
      expect(millionths <= 1_000_000n).toBe(true);
    }),
  );
});

test("changes one by one come to the tier's figures counted afresh", () => {
  const pocket = fc.bigInt(0n, 3n);
  const balances = fc.record({ available: pocket, reserved: pocket, locked: pocket });
  // Which of three positions becomes what, and the yield credited with it.
  const steps = fc.array(fc.tuple(fc.nat(2), balances, fc.bigInt(0n, 3n)));
  fc.assert(
    fc.property(steps, (history) => {
      const none = { available: 0n, reserved: 0n, locked: 0n };
      const positions = [none, none, none];
      let folded: TierChange | undefined;
      let credited = 0n;
      for (const [n, after, earned] of history) {
        folded = addTierChanges(folded, tierChange(positions[n] ?? none, after, earned));
        positions[n] = after;
        credited += earned;
      }
      const totals = positions.map(({ available, reserved, locked }) => available + reserved + locked);
      expect(folded ?? { capital: 0n, locked: 0n, providers: 0, yieldAccrued: 0n }).toEqual({
        capital: totals.reduce((sum, total) => sum + total, 0n),
        locked: positions.reduce((sum, { locked }) => sum + locked, 0n),
        providers: totals.filter((total) => total > 0n).length,
        yieldAccrued: credited,
      });
    }),
  );
});
