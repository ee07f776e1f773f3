/** What a position adds to its locks: never more than it has, never above a coverage, and enough where it can. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Exposure, lockNeed } from "../../src/domain/health";
import { topUps } from "../../src/domain/topUps";

const RULES = { marginCallBuffer: 150_000, floorRate: 20_000 };
const USD = 1_000_000n;

/** 1 BTC with a strike of $10,000, full cover down to $5,000. */
function put(policyId: bigint, lock: bigint, changes: Partial<Exposure> = {}): Exposure {
  const terms = { strikeUsdMicros: 10_000n * USD, quantity: 100_000_000n, coverage: 100_000_000n, expiresAt: 0 };
  return { policyId, ...terms, lock, ...changes };
}

test("a lock is raised to what it needs at a price three per cent lower, and to no more than the coverage", () => {
  // (10,000 - 8,000 x 0.97) x 1.15 / (8,000 x 0.97) of 1 BTC, rounded up.
  expect([...topUps([put(1n, 25_000_000n)], 10n ** 9n, 8_000n * USD, RULES)]).toEqual([[1n, 33_195_877n]]);
  expect([...topUps([put(1n, 25_000_000n)], 10n ** 9n, 4_000n * USD, RULES)]).toEqual([[1n, 100_000_000n]]);
  expect([...topUps([put(1n, 100_000_000n)], 10n ** 9n, 4_000n * USD, RULES)]).toEqual([]);
});

test("a lock that is enough at this price is left alone, though it would not be a little lower", () => {
  const enough = lockNeed(put(1n, 0n), 8_000n * USD, RULES.marginCallBuffer, RULES.floorRate);
  expect([...topUps([put(1n, enough)], 10n ** 9n, 8_000n * USD, RULES)]).toEqual([]);
  expect(topUps([put(1n, enough - 1n)], 10n ** 9n, 8_000n * USD, RULES).size).toBe(1);
});

test("what fell short first is raised first, each to what it needs now before any is raised ahead", () => {
  const need = lockNeed(put(1n, 0n), 8_000n * USD, RULES.marginCallBuffer, RULES.floorRate);
  const exposures = [put(1n, need - 1_000_000n), put(2n, need - 5_000_000n)];
  expect([...topUps(exposures, 5_500_000n, 8_000n * USD, RULES)]).toEqual([
    [2n, need],
    [1n, need - 500_000n],
  ]);
});

test("a little that would not do is kept", () => {
  expect([...topUps([put(1n, 0n)], 99_999n, 4_000n * USD, RULES)]).toEqual([]);
  expect([...topUps([put(1n, 0n)], 100_000n, 4_000n * USD, RULES)]).toEqual([[1n, 100_000n]]);
  // All that is missing is never too little.
  expect([...topUps([put(1n, 99_999_999n)], 1n, 4_000n * USD, RULES)]).toEqual([[1n, 100_000_000n]]);
});

const exposure = fc
  .record({
    strike: fc.bigInt({ min: 1n, max: 20_000n }),
    quantity: fc.bigInt({ min: 1n, max: 10n ** 10n }),
    coverage: fc.bigInt({ min: 1n, max: 10n ** 10n }),
    part: fc.integer({ min: 0, max: 100 }),
  })
  .map(({ strike, quantity, coverage, part }) => ({
    strikeUsdMicros: strike * USD,
    quantity,
    coverage,
    lock: (coverage * BigInt(part)) / 100n,
    expiresAt: 0,
  }));
const exposures = fc
  .array(exposure, { maxLength: 8 })
  .map((all): Exposure[] => all.map((one, n) => ({ ...one, policyId: BigInt(n) })));

test("whatever the policies: within what is free, and where that is plenty no lock is short afterwards", () => {
  const price = fc.bigInt({ min: 1n, max: 20_000n }).map((usd) => usd * USD);
  const available = fc.oneof(fc.bigInt({ min: 0n, max: 10n ** 10n }), fc.constant(10n ** 12n));
  fc.assert(
    fc.property(exposures, available, price, (all, free, at) => {
      const locks = topUps(all, free, at, RULES);
      const raised = all.map((one) => ({ ...one, lock: locks.get(one.policyId) ?? one.lock }));
      let added = 0n;
      for (const [n, { lock, coverage }] of raised.entries()) {
        const before = all[n]?.lock ?? 0n;
        expect(lock).toBeGreaterThanOrEqual(before);
        expect(lock).toBeLessThanOrEqual(coverage > before ? coverage : before);
        added += lock - before;
      }
      expect(added).toBeLessThanOrEqual(free);
      const isShort = (one: Exposure) => one.lock < lockNeed(one, at, RULES.marginCallBuffer, RULES.floorRate);
      if (free === 10n ** 12n) expect(raised.filter(isShort)).toEqual([]);
      for (const policyId of locks.keys())
        expect(all.filter((one) => one.policyId === policyId).some(isShort)).toBe(true);
      // What was raised is not raised again at the same price, unless something was left to do it with.
      if (free === 10n ** 12n) expect([...topUps(raised, free - added, at, RULES)]).toEqual([]);
    }),
  );
});
