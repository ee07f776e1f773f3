/** The mark and the premium against models that share nothing with the formula: integrals, a tree, and counting. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Put } from "../../src/domain/policies";
import {
  breakEvenPrice,
  fairValue,
  type Market,
  premiumOf,
  volatilityOf,
  YEAR_SECONDS,
} from "../../src/domain/premium";

const DAY = 86_400;
const QUANTITY = 10n ** 9n;

/** Of one token, with the price at 1 dollar; strike and coverage as multiples of that. */
function position(strike: number, coverage: number): Put {
  return {
    strikeUsdMicros: BigInt(Math.round(strike * 1e6)),
    quantity: QUANTITY,
    coverage: BigInt(Math.round(coverage * Number(QUANTITY))),
  };
}
const market = (volatility: number, days: number): Market => ({
  priceUsdMicros: 1_000_000n,
  volatility: Math.round(volatility * 1e6),
  seconds: Math.round(days * DAY),
});
const worth = (strike: number, coverage: number, volatility: number, days: number) =>
  Number(fairValue(position(strike, coverage), market(volatility, days))) / Number(QUANTITY);

/** The mean of a payoff over the end prices of a market that starts at 1 dollar, by Simpson's rule over its logarithm. */
function mean(payoff: (price: number) => number, volatility: number, days: number): number {
  const deviation = volatility * Math.sqrt(days / 365);
  const at = (z: number) => Math.exp((-z * z) / 2) * payoff(Math.exp(deviation * z - (deviation * deviation) / 2));
  const [steps, width] = [8_000, 20 / 8_000];
  let sum = 0;
  for (let n = 0; n <= steps; n += 1) {
    const weight = n === 0 || n === steps ? 1 : n % 2 === 1 ? 4 : 2;
    sum += weight * at(-10 + n * width);
  }
  return (sum * width) / 3 / Math.sqrt(2 * Math.PI);
}

/**
 * What a put in its own token is worth that may be exercised at any step of a tree, paying at most its coverage. In that
 * token the reciprocal of the price has no drift: up and down are as likely as that takes. The price at which the
 * coverage is reached lies on one of the tree's own prices.
 */
function onTree(strike: number, coverage: number, volatility: number, days: number): number {
  const [deviation, barrier] = [volatility * Math.sqrt(days / 365), Math.log((1 + coverage) / strike)];
  const upsToBarrier = Math.max(1, Math.floor((25 * barrier) / deviation));
  const steps = Math.round(((deviation * upsToBarrier) / barrier) ** 2);
  const up = Math.exp(barrier / upsToBarrier);
  const chance = (1 - 1 / up) / (up - 1 / up);
  const pays = Float64Array.from({ length: 2 * steps + 1 }, (_, n) =>
    Math.min(Math.max(strike * up ** (n - steps) - 1, 0), coverage),
  );
  const at = (index: number) => pays[index] as number;
  const values = Float64Array.from({ length: steps + 1 }, (_, n) => at(2 * n));
  for (let step = steps - 1; step >= 0; step -= 1) {
    for (let n = 0; n <= step; n += 1) {
      const held = chance * (values[n + 1] as number) + (1 - chance) * (values[n] as number);
      values[n] = Math.max(held, at(2 * n - step + steps));
    }
  }
  return values[0] as number;
}

const strikes = fc.integer({ min: 50, max: 120 }).map((percent) => percent / 100);
const volatilities = fc.integer({ min: 20, max: 300 }).map((percent) => percent / 100);
const days = fc.integer({ min: 1, max: 365 });

test("where the cap is out of reach it is a plain put: the mean of its dollars, divided by the price", () => {
  fc.assert(
    fc.property(strikes, fc.integer({ min: 20, max: 100 }), days, (strike, percent, time) => {
      const volatility = percent / 100;
      const put = mean((price) => Math.max(strike - price, 0), volatility, time);
      const call = mean((price) => Math.max(price - strike, 0), volatility, time);
      const value = worth(strike, 1e6, volatility, time);
      expect(Math.abs(value - put)).toBeLessThan(2e-6);
      // Parity: a put less a call is the strike less the price.
      expect(Math.abs(value - call - (strike - 1))).toBeLessThan(2e-6);
    }),
    { numRuns: 60 },
  );
});

test("textbook figures: at the money, a year, 20%: 7.97% of the price; a month at 80%: 9.13%", () => {
  expect(worth(1, 1e6, 0.2, 365)).toBeCloseTo(0.079_656, 5);
  expect(worth(1, 1e6, 0.8, 30)).toBeCloseTo(0.091_3, 4);
});

test("with a cap in reach it is what a tree says whose holder may exercise at every step", () => {
  fc.assert(
    fc.property(strikes, fc.integer({ min: 20, max: 200 }), volatilities, days, (strike, cap, volatility, time) => {
      const coverage = cap / 100;
      fc.pre(1 + coverage > strike * 1.05);
      const value = worth(strike, coverage, volatility, time);
      expect(Math.abs(value - onTree(strike, coverage, volatility, time))).toBeLessThan(0.005 * coverage);
    }),
    {
      numRuns: 25,
      examples: [
        [1, 100, 0.8, 30],
        [1.1, 25, 3, 30],
        [0.6, 100, 2, 60],
        [1, 20, 0.2, 1],
      ],
    },
  );
});

test("the cap costs a European put more than it costs ours, and neither is ever above the plain put", () => {
  fc.assert(
    fc.property(strikes, fc.integer({ min: 20, max: 200 }), volatilities, days, (strike, cap, volatility, time) => {
      const coverage = cap / 100;
      const european = mean((price) => price * Math.min(Math.max(strike / price - 1, 0), coverage), volatility, time);
      const value = worth(strike, coverage, volatility, time);
      expect(value).toBeGreaterThan(european - 5e-6);
      expect(value).toBeLessThan(mean((price) => Math.max(strike - price, 0), volatility, time) + 5e-6);
    }),
    { numRuns: 60 },
  );
});

describe("in whole units", () => {
  const puts = fc.record({
    strikeUsdMicros: fc.bigInt(1n, 10n ** 12n),
    quantity: fc.bigInt(1n, 10n ** 16n),
    coverage: fc.bigInt(1n, 10n ** 16n),
  });
  const markets = fc.record({
    priceUsdMicros: fc.bigInt(1n, 10n ** 12n),
    volatility: fc.integer({ min: 1, max: 10_000_000 }),
    seconds: fc.integer({ min: 0, max: YEAR_SECONDS }),
  });
  /** Floating point errs by this much at most; what is smaller may be out of order. */
  const noise = ({ quantity, coverage }: Put) => (quantity + coverage) / 10n ** 12n + 1n;
  const intrinsic = ({ strikeUsdMicros, quantity, coverage }: Put, price: bigint) => {
    const owed = strikeUsdMicros > price ? (strikeUsdMicros - price) * quantity : 0n;
    return owed >= coverage * price ? coverage : (owed - (owed % price)) / price + (owed % price === 0n ? 0n : 1n);
  };

  test("a value is at least what exercise pays, at most the coverage, and just that once no time is left", () => {
    fc.assert(
      fc.property(puts, markets, (put, now) => {
        const least = intrinsic(put, now.priceUsdMicros);
        const value = fairValue(put, now);
        expect(value >= least && value <= put.coverage).toBe(true);
        expect(fairValue(put, { ...now, seconds: 0 })).toBe(least);
      }),
      {
        examples: [
          [
            { strikeUsdMicros: 10n, quantity: 3n, coverage: 1n },
            { priceUsdMicros: 9n, volatility: 1, seconds: 1 },
          ],
        ],
      },
    );
  });

  test("it rises with strike, coverage, volatility and time, and falls with the price", () => {
    fc.assert(
      fc.property(puts, markets, fc.bigInt(1n, 10n ** 9n), (put, now, more) => {
        const value = fairValue(put, now);
        const millionths = Number(more);
        const raised: [Put, Market][] = [
          [{ ...put, strikeUsdMicros: put.strikeUsdMicros + more }, now],
          [{ ...put, coverage: put.coverage + more }, now],
          [put, { ...now, volatility: now.volatility + millionths }],
          [put, { ...now, seconds: now.seconds + millionths }],
        ];
        for (const [higher, later] of raised) {
          expect(fairValue(higher, later) + noise(higher) >= value).toBe(true);
        }
        expect(fairValue(put, { ...now, priceUsdMicros: now.priceUsdMicros + more }) <= value + noise(put)).toBe(true);
      }),
    );
  });

  test("twice the policy is worth twice as much, but for a unit of rounding", () => {
    fc.assert(
      fc.property(puts, markets, (put, now) => {
        const twice = fairValue({ ...put, quantity: put.quantity * 2n, coverage: put.coverage * 2n }, now);
        const once = fairValue(put, now);
        expect(twice <= once * 2n && twice >= once * 2n - 2n).toBe(true);
      }),
    );
  });

  test("a premium is the value and its loading, rounded up, and never nothing", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 18n), fc.integer({ min: 0, max: 5_000_000 }), (value, loading) => {
        const premium = premiumOf(value, { loading });
        const due = value * (1_000_000n + BigInt(loading));
        expect(premium * 1_000_000n >= due && premium > 0n).toBe(true);
        if (premium > 1n) expect((premium - 1n) * 1_000_000n < due).toBe(true);
      }),
      {
        examples: [
          [0n, 0],
          [100n, 150_000],
        ],
      },
    );
    expect(premiumOf(101n, { loading: 150_000 })).toBe(117n);
  });

  test("the break-even price is the highest at which the payout returns the premium", () => {
    fc.assert(
      fc.property(
        fc.bigInt(2n, 10_000n),
        fc.bigInt(1n, 500n),
        fc.bigInt(1n, 500n),
        (strikeUsdMicros, quantity, premium) => {
          const price = breakEvenPrice({ strikeUsdMicros, quantity, coverage: 10n ** 9n }, premium);
          const returns = (at: bigint) => (strikeUsdMicros - at) * quantity >= premium * at;
          expect(price === 0n || returns(price)).toBe(true);
          expect(returns(price + 1n)).toBe(false);
        },
      ),
    );
  });

  test.each([
    [{ priceUsdMicros: 0n }],
    [{ volatility: 0 }],
    [{ volatility: Number.NaN }],
    [{ volatility: Number.POSITIVE_INFINITY }],
    [{ seconds: -1 }],
    [{ seconds: Number.NaN }],
  ])("a market with %o has no price", (wrong) => {
    expect(() => fairValue(position(1, 1), { ...market(0.8, 30), ...wrong })).toThrow("Nothing to price");
  });
});

test("the volatility is the largest that is known", () => {
  expect(volatilityOf({ configured: 6, day: null, month: null })).toBe(6);
  expect(volatilityOf({ configured: 6, day: 7, month: null })).toBe(7);
  expect(volatilityOf({ configured: 6, day: 7, month: 8 })).toBe(8);
  expect(volatilityOf({ configured: 9, day: 7, month: 8 })).toBe(9);
});
