/** A transfer at mark: nothing is lost, nobody gains by it but insurance, and nobody takes over a loss. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { payoutOf } from "../../src/domain/payout";
import type { Put } from "../../src/domain/policies";
import { fairValue } from "../../src/domain/premium";
import { splitByShare } from "../../src/domain/shares";
import { type Taker, transferAtMark, transferEntry } from "../../src/domain/transfer";

const USD = 1_000_000n;
const DAY = 86_400;
const PUT: Put = { strikeUsdMicros: 10_000n * USD, quantity: 100_000_000n, coverage: 100_000_000n };
const market = (usd: bigint, seconds = 10 * DAY) => ({ priceUsdMicros: usd * USD, volatility: 900_000, seconds });
const whole = (lock: bigint): Taker[] => [{ id: "bob", put: PUT, lock }];

function settled(
  leaver: { lock: bigint; available: bigint },
  takers: Taker[],
  terms: Parameters<typeof transferAtMark>[2],
) {
  const outcome = transferAtMark(leaver, takers, terms);
  if (!outcome.ok) throw new Error(outcome.refusal.message);
  return outcome.value;
}

test("the taker is paid what the policy is worth, and the rest is the leaver's less the penalty", () => {
  const at = market(9_000n);
  const mark = fairValue(PUT, at);
  const lock = 40_000_000n;
  const { takers, penalty, returned } = settled({ lock, available: 0n }, whole(lock), {
    market: at,
    penaltyRate: 50_000,
  });
  expect(takers).toEqual([{ id: "bob", lock, paid: mark }]);
  expect(mark).toBeGreaterThan(payoutOf(PUT, at.priceUsdMicros));
  expect(penalty).toBe((lock - mark + 19n) / 20n);
  expect(returned).toBe(lock - mark - penalty);
});

test("what it is worth beyond the lock is not paid, but what an exercise costs now is, out of what is free too", () => {
  const at = market(8_000n);
  const lock = 25_200_000n;
  const terms = { market: at, penaltyRate: 50_000 };
  expect(fairValue(PUT, at)).toBeGreaterThan(lock);
  expect(settled({ lock, available: 9n ** 9n }, whole(lock), terms)).toEqual({
    takers: [{ id: "bob", lock, paid: lock }],
    penalty: 0n,
    returned: 0n,
  });
  const short = 20_000_000n;
  expect(settled({ lock: short, available: 5_000_000n }, whole(short), terms)).toEqual({
    takers: [{ id: "bob", lock: short, paid: 25_000_000n }],
    penalty: 0n,
    returned: -5_000_000n,
  });
  expect(transferAtMark({ lock: short, available: 4_999_999n }, whole(short), terms)).toEqual({
    ok: false,
    refusal: expect.objectContaining({ code: "UNDERWATER", missing: 1n }),
  });
});

const amount = (max: bigint, min = 0n) => fc.bigInt({ min, max });

test("the books stay even, the lock stays as it is, and nobody can win", () => {
  const scene = fc.record({
    strike: amount(20_000n, 1n),
    price: amount(20_000n, 1n),
    quantity: amount(10n ** 9n, 1n),
    coverage: amount(10n ** 9n, 1n),
    part: fc.integer({ min: 0, max: 100 }),
    available: amount(10n ** 9n),
    weights: fc.array(amount(50n), { minLength: 1, maxLength: 6 }).filter((all) => all.some((weight) => weight > 0n)),
    penaltyRate: fc.integer({ min: 0, max: 500_000 }),
    seconds: fc.integer({ min: 0, max: 60 * DAY }),
  });
  fc.assert(
    fc.property(scene, ({ strike, price, quantity, coverage, part, available, weights, penaltyRate, seconds }) => {
      const lock = (coverage * BigInt(part)) / 100n || 1n;
      const shares = weights.map((weight, n) => ({ id: `${n}`, weight }));
      const [quantities, coverages, locks] = [quantity, coverage, lock].map((total) => splitByShare(total, shares));
      const takers = shares.map(({ id }) => ({
        id,
        put: { strikeUsdMicros: strike * USD, quantity: quantities?.get(id) ?? 0n, coverage: coverages?.get(id) ?? 0n },
        lock: locks?.get(id) ?? 0n,
      }));
      const at = market(price, seconds);
      const outcome = transferAtMark({ lock, available }, takers, { market: at, penaltyRate });
      const owedNow = takers.reduce((sum, { put }) => sum + payoutOf(put, at.priceUsdMicros), 0n);
      if (!outcome.ok) {
        // Refused only where the parts' intrinsic values, each rounded up, are more than there is.
        expect(owedNow + BigInt(takers.length)).toBeGreaterThan(lock + available);
        return;
      }
      const { takers: paid, penalty, returned } = outcome.value;
      expect(owedNow).toBeLessThanOrEqual(lock + available);
      for (const [n, one] of paid.entries()) {
        const put = takers[n]?.put as Put;
        expect(one.paid).toBeGreaterThanOrEqual(payoutOf(put, at.priceUsdMicros));
        expect(one.paid <= one.lock || one.paid <= payoutOf(put, at.priceUsdMicros) + 1n).toBe(true);
      }
      const spent = paid.reduce((sum, one) => sum + one.paid, 0n);
      expect(spent + penalty + returned).toBe(lock);
      expect(penalty).toBeGreaterThanOrEqual(0n);
      expect(returned).toBeLessThanOrEqual(lock);
      expect(available + returned).toBeGreaterThanOrEqual(0n);
      const entry = transferEntry({ token: "sBTC", cause: "x", positionId: "leaver", lock }, outcome.value);
      const locked = entry.postings.filter(({ account }) => account.kind === "position" && account.pocket === "locked");
      expect(locked.reduce((sum, posting) => sum + posting.amount, 0n)).toBe(0n);
    }),
  );
});
