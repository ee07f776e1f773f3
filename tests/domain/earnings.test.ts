/** Earning a premium: many calls against one, and against exact fractions. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Earning, type EarningShares, earnedAt, splitEarning } from "../../src/domain/earnings";
import { WHOLE } from "../../src/domain/policies";

const START = 1_800_000_000;
const premiums = fc.oneof(fc.bigInt({ min: 0n, max: 40n }), fc.bigInt({ min: 0n, max: 10n ** 15n }));

const shareRules = fc
  .tuple(fc.integer({ min: 0, max: WHOLE }), fc.integer({ min: 0, max: WHOLE }))
  .map(([one, other]) => ({ insuranceShare: Math.min(one, other), feeShare: Math.abs(one - other) }))
  .filter(({ insuranceShare, feeShare }) => insuranceShare + feeShare <= WHOLE);

const backings = fc
  .array(fc.bigInt({ min: 1n, max: 10n ** 12n }), { minLength: 1, maxLength: 6 })
  .map((weights) => weights.map((weight, n) => ({ id: `p${n}`, weight })));

const sharesOf = fc.record({ rules: shareRules, backings }).map(({ rules, backings }) => ({ ...rules, backings }));

/** What several earnings come to together. */
class Total {
  insurance = 0n;
  fees = 0n;
  readonly backings = new Map<string, bigint>();

  add({ insurance, fees, backings }: Earning) {
    const parts = [insurance, fees, ...backings.values()];
    expect(parts.every((part) => part >= 0n)).toBe(true);
    this.insurance += insurance;
    this.fees += fees;
    for (const [id, amount] of backings) this.backings.set(id, (this.backings.get(id) ?? 0n) + amount);
    return this;
  }

  get sum() {
    return [this.insurance, this.fees, ...this.backings.values()].reduce((sum, part) => sum + part, 0n);
  }
}

describe("earned at a time", () => {
  test("is the linear part of the premium, rounded down, and all of it from the expiry on", () => {
    fc.assert(
      fc.property(
        premiums,
        fc.integer({ min: 1, max: 9_000 }),
        fc.integer({ min: -50, max: 9_050 }),
        (premium, seconds, after) => {
          const earned = earnedAt(premium, { startedAt: START, expiresAt: START + seconds, at: START + after });
          const passed = BigInt(Math.max(0, Math.min(after, seconds)));
          expect(earned * BigInt(seconds) <= premium * passed).toBe(true);
          expect((earned + 1n) * BigInt(seconds) > premium * passed).toBe(true);
        },
      ),
    );
  });

  test.each([
    [-1, 0n],
    [0, 0n],
    [1, 33n],
    [2, 66n],
    [3, 100n],
    [4, 100n],
  ])("of 100 over 3 seconds, after %i: %i", (after, earned) => {
    expect(earnedAt(100n, { startedAt: START, expiresAt: START + 3, at: START + after })).toBe(earned);
  });

  test("a premium that was final only at the expiry is earned at once", () => {
    expect(earnedAt(100n, { startedAt: START, expiresAt: START, at: START })).toBe(100n);
  });
});

/** One call for the whole way, and one for each step of it. */
function inSteps(stops: bigint[], shares: EarningShares): Total {
  const total = new Total();
  stops.forEach((to, n) => {
    total.add(splitEarning({ from: stops[n - 1] ?? 0n, to }, shares));
  });
  return total;
}

const histories = fc
  .record({
    premium: premiums,
    wishes: fc.array(fc.bigInt({ min: 0n, max: 10n ** 15n }), { maxLength: 12 }),
    shares: sharesOf,
  })
  .map(({ premium, wishes, shares }) => {
    const stops = wishes.map((wish) => wish % (premium + 1n)).sort((one, other) => Number(one - other));
    return { stops: [...stops, premium], shares };
  });

describe("what is earned is split", () => {
  test("to the same units however often and whenever it is done; nothing is lost, made or taken back", () => {
    fc.assert(
      fc.property(histories, ({ stops, shares }) => {
        const premium = stops.at(-1) as bigint;
        const often = inSteps(stops, shares);
        expect(often.sum).toBe(premium);
        expect(often).toEqual(inSteps([premium], shares));
      }),
      { numRuns: 2_000 },
    );
  });

  test("as exact fractions say: backings together, and fees and insurance, are a unit or two from them at most", () => {
    fc.assert(
      fc.property(histories, ({ stops, shares }) => {
        const premium = stops.at(-1) as bigint;
        const { insurance, fees, backings } = inSteps(stops, shares);
        const yields = [...backings.values()].reduce((sum, part) => sum + part, 0n);
        const exact = (rate: number) => premium * BigInt(rate);
        const unit = BigInt(WHOLE);
        const rest = WHOLE - shares.insuranceShare - shares.feeShare;
        expect(yields * unit <= exact(rest) && (yields + 1n) * unit > exact(rest)).toBe(true);
        expect(fees * unit - exact(shares.feeShare) < unit && exact(shares.feeShare) - fees * unit < unit).toBe(true);
        const off = insurance * unit - exact(shares.insuranceShare);
        expect(off > -unit && off < 2n * unit).toBe(true);
      }),
    );
  });

  test("each backing by its weight: never less than its exact part of what backings get, rounded down", () => {
    fc.assert(
      fc.property(histories, ({ stops, shares }) => {
        const { backings } = inSteps(stops, shares);
        const yields = [...backings.values()].reduce((sum, part) => sum + part, 0n);
        const whole = shares.backings.reduce((sum, { weight }) => sum + weight, 0n);
        for (const { id, weight } of shares.backings)
          expect((backings.get(id) as bigint) >= (yields * weight) / whole).toBe(true);
      }),
    );
  });

  test("who leaves keeps what it had, who comes gets of what is earned later, and the whole stays exact", () => {
    fc.assert(
      fc.property(histories, sharesOf, ({ stops, shares }, later) => {
        const premium = stops.at(-1) as bigint;
        const middle = premium / 3n;
        const before = splitEarning({ from: 0n, to: middle }, shares);
        const renamed = { ...later, backings: later.backings.map(({ id, weight }) => ({ id: `new ${id}`, weight })) };
        const total = new Total().add(before).add(splitEarning({ from: middle, to: premium }, renamed));
        expect(total.sum).toBe(premium);
        for (const { id } of shares.backings) expect(total.backings.get(id)).toBe(before.backings.get(id));
      }),
    );
  });

  test("by the rules of the tiers: 85% to backings, 10% to insurance, 5% to fees", () => {
    const shares = {
      insuranceShare: 100_000,
      feeShare: 50_000,
      backings: [
        { id: "a", weight: 3n },
        { id: "b", weight: 1n },
      ],
    };
    expect(splitEarning({ from: 0n, to: 1_000n }, shares)).toEqual({
      insurance: 100n,
      fees: 50n,
      backings: new Map([
        ["a", 638n],
        ["b", 212n],
      ]),
    });
  });

  test("without anything behind the policy it is all insurance's and fees'", () => {
    const shares = { insuranceShare: 100_000, feeShare: 50_000, backings: [] };
    expect(splitEarning({ from: 0n, to: 30n }, shares)).toEqual({ insurance: 20n, fees: 10n, backings: new Map() });
  });

  test.each([
    ["what was earned can't be unearned", { from: 2n, to: 1n }, { insuranceShare: 0, feeShare: 0 }],
    ["nor be less than nothing", { from: -1n, to: 1n }, { insuranceShare: 0, feeShare: 0 }],
    ["shares above the whole are a bug", { from: 0n, to: 1n }, { insuranceShare: 600_000, feeShare: 400_001 }],
  ])("%s", (_what, change, rates) => {
    expect(() => splitEarning(change, { ...rates, backings: [{ id: "a", weight: 1n }] })).toThrow();
  });
});
