/** Need and trigger prices against a model that knows fractions only and tries every price; states against their words. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  boundsOf,
  collateralization,
  type Exposure,
  HEALTH_STATUSES,
  HIGHEST_PRICE,
  lockNeed,
  lockTrigger,
  NEVER,
  needOf,
  statusAt,
  triggerPrice,
  triggersOf,
} from "../../src/domain/health";
import { DEFAULT_RULES } from "../../src/domain/tiers";

/** As the design says it, in fractions of a million and one policy at a time. */
function naiveNeed(exposures: Exposure[], price: bigint, buffer: number, floorRate: number): bigint {
  let sum = 0n;
  for (const { strikeUsdMicros: strike, quantity, coverage, lock } of exposures) {
    const intrinsic = strike > price ? strike - price : 0n;
    const withBuffer = intrinsic * (1_000_000n + BigInt(buffer));
    const floor = BigInt(floorRate) * strike;
    const dividend = (withBuffer > floor ? withBuffer : floor) * quantity;
    let needed = 0n;
    // Counted no further than the coverage, as some would take forever.
    while (needed < coverage && needed * price * 1_000_000n < dividend) needed++;
    sum += needed > lock ? needed : lock;
  }
  return sum;
}

function naiveTrigger(exposures: Exposure[], capital: bigint, buffer: number, floorRate: number, most: bigint): bigint {
  let found = 0n;
  for (let price = 1n; price <= most; price++) {
    if (naiveNeed(exposures, price, buffer, floorRate) > capital) found = price;
  }
  return found;
}

const small = (max: number, min = 0) => fc.bigInt({ min: BigInt(min), max: BigInt(max) });
const rate = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 900_000 }));

const smallExposure: fc.Arbitrary<Exposure> = fc
  .record({
    strikeUsdMicros: small(60, 1),
    quantity: small(12, 1),
    coverage: small(20, 1),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ part, ...put }) => ({
    ...put,
    policyId: 1n,
    lock: BigInt(Math.floor(Number(put.coverage) * part)),
    expiresAt: 0,
  }));
const smallExposures = fc.array(smallExposure, { maxLength: 4 });

test("the need is the sum of each policy's, rounded up, never above its coverage nor below its lock", () => {
  fc.assert(
    fc.property(smallExposures, small(80, 1), rate, rate, (exposures, price, buffer, floorRate) => {
      expect(needOf(exposures, price, buffer, floorRate)).toBe(naiveNeed(exposures, price, buffer, floorRate));
    }),
  );
});

test("the trigger is the highest price at which the capital is too little, by trying all prices", () => {
  fc.assert(
    fc.property(smallExposures, small(60), rate, rate, (exposures, available, buffer, floorRate) => {
      const capital = exposures.reduce((sum, { lock }) => sum + lock, available);
      const found = triggerPrice(exposures, capital, buffer, floorRate);
      // Above 400 the small puts ask for one unit each at most, which does not change any more.
      const most = 400n;
      if (found > most) {
        expect(needOf(exposures, found, buffer, floorRate)).toBeGreaterThan(capital);
        expect(naiveNeed(exposures, most, buffer, floorRate)).toBeGreaterThan(capital);
      } else expect(found).toBe(naiveTrigger(exposures, capital, buffer, floorRate, most));
    }),
  );
});

const STEP = 1_000_000n;
const realExposure: fc.Arbitrary<Exposure> = fc
  .record({
    strike: fc.bigInt({ min: 1n, max: 200_000n }),
    quantity: fc.bigInt({ min: 1n, max: 10n ** 14n }),
    coverage: fc.bigInt({ min: 1n, max: 10n ** 14n }),
    part: fc.integer({ min: 0, max: 1_000 }),
  })
  .map(({ strike, quantity, coverage, part }) => ({
    strikeUsdMicros: strike * STEP,
    quantity,
    coverage,
    policyId: 1n,
    lock: (coverage * BigInt(part)) / 1_000n,
    expiresAt: 0,
  }));

test("at a trigger of any size the capital is too little, one micro-dollar above it is not; the need never rises with the price", () => {
  fc.assert(
    fc.property(
      fc.array(realExposure, { minLength: 1, maxLength: 12 }),
      fc.bigInt({ min: 0n, max: 10n ** 15n }),
      rate,
      rate,
      fc.bigInt({ min: 1n, max: 3n * 10n ** 11n }),
      fc.bigInt({ min: 0n, max: 10n ** 10n }),
      (exposures, available, buffer, floorRate, price, rise) => {
        const capital = exposures.reduce((sum, { lock }) => sum + lock, available);
        const need = (at: bigint) => needOf(exposures, at, buffer, floorRate);
        const found = triggerPrice(exposures, capital, buffer, floorRate);
        if (found !== NEVER) expect(need(found)).toBeGreaterThan(capital);
        if (found < HIGHEST_PRICE) expect(need(found + 1n)).toBeLessThanOrEqual(capital);
        expect(need(price + rise)).toBeLessThanOrEqual(need(price));
      },
    ),
  );
});

test("a policy asks for more than its lock exactly up to its own trigger", () => {
  fc.assert(
    fc.property(fc.oneof(smallExposure, realExposure), rate, rate, (exposure, buffer, floorRate) => {
      const found = lockTrigger(exposure, buffer, floorRate);
      if (found !== NEVER) expect(lockNeed(exposure, found, buffer, floorRate)).toBeGreaterThan(exposure.lock);
      if (found < HIGHEST_PRICE) {
        expect(lockNeed(exposure, found + 1n, buffer, floorRate)).toBeLessThanOrEqual(exposure.lock);
      }
    }),
  );
});

test("a fully covered position is Healthy at every price, and one without policies needs nothing", () => {
  const rules = DEFAULT_RULES.Aggressive.sBTC;
  fc.assert(
    fc.property(
      fc.array(realExposure, { maxLength: 5 }),
      fc.bigInt({ min: 1n, max: 10n ** 12n }),
      (exposures, price) => {
        const missing = exposures.reduce((sum, { coverage, lock }) => sum + coverage - lock, 0n);
        const triggers = triggersOf(exposures, missing, rules);
        expect(triggers).toEqual({ warning: NEVER, marginCall: NEVER, liquidation: NEVER });
        expect(statusAt("Healthy", triggers, price)).toBe("Healthy");
      },
    ),
  );
  expect(collateralization([], 5n, 1n, rules)).toBe(null);
});

/** 1 BTC, strike $10,000, full cover down to $5,000, a quarter of it locked. */
const PUT: Exposure = {
  strikeUsdMicros: 10_000_000_000n,
  quantity: 100_000_000n,
  coverage: 100_000_000n,
  policyId: 1n,
  lock: 25_000_000n,
  expiresAt: 0,
};

test("one put by hand: (10,000 - S) x 1.15 / S of 0.5 BTC gives S = 11,500 / 1.65", () => {
  const trigger = triggerPrice([PUT], 50_000_000n, 150_000, 20_000);
  expect(trigger).toBe(6_969_696_969n);
  expect(needOf([PUT], 20_000_000_000n, 150_000, 20_000)).toBe(25_000_000n);
  expect(lockNeed(PUT, 20_000_000_000n, 150_000, 20_000)).toBe(1_000_000n);
});

test("states follow the price down, and come back only a little above where they began", () => {
  const rules = DEFAULT_RULES.Aggressive.sBTC;
  const triggers = triggersOf([PUT], 25_000_000n, rules);
  const { warning, marginCall, liquidation } = triggers;
  expect(warning > marginCall && marginCall > liquidation && liquidation > 0n).toBe(true);
  const at = (current: (typeof HEALTH_STATUSES)[number], price: bigint) => statusAt(current, triggers, price);
  expect([at("Healthy", warning + 1n), at("Healthy", warning)]).toEqual(["Healthy", "Warning"]);
  expect([at("Healthy", marginCall + 1n), at("Healthy", marginCall)]).toEqual(["Warning", "MarginCall"]);
  expect([at("Healthy", liquidation + 1n), at("Healthy", liquidation)]).toEqual(["MarginCall", "Liquidating"]);
  const later = (price: bigint) => (price * 102n) / 100n;
  expect([at("Warning", later(warning)), at("Warning", later(warning) + 1n)]).toEqual(["Warning", "Healthy"]);
  expect([at("MarginCall", later(marginCall)), at("MarginCall", later(marginCall) + 1n)]).toEqual([
    "MarginCall",
    "Warning",
  ]);
  // Who is being liquidated would have to pay up to what would not even be a margin call.
  expect([at("Liquidating", later(liquidation) + 1n), at("Liquidating", later(marginCall) + 1n)]).toEqual([
    "Liquidating",
    "Warning",
  ]);
});

test("between its bounds a state does not change, and at each of them it does", () => {
  const order = (status: (typeof HEALTH_STATUSES)[number]) => HEALTH_STATUSES.indexOf(status);
  const price = fc.bigInt({ min: 1n, max: 2n * 10n ** 11n });
  fc.assert(
    fc.property(
      fc.array(realExposure, { minLength: 1, maxLength: 4 }),
      fc.bigInt({ min: 0n, max: 10n ** 14n }),
      fc.constantFrom(...HEALTH_STATUSES),
      price,
      (exposures, available, status, anywhere) => {
        const triggers = triggersOf(exposures, available, DEFAULT_RULES.Balanced.sBTC);
        const { worseAt, betterAt } = boundsOf(status, triggers);
        const at = (one: bigint) => order(statusAt(status, triggers, one)) - order(status);
        // At the highest price of all nothing can be better any more.
        if (betterAt !== null && betterAt < HIGHEST_PRICE) expect(at(betterAt)).toBeLessThan(0);
        if (worseAt !== NEVER && (betterAt === null || worseAt < betterAt)) expect(at(worseAt)).toBeGreaterThan(0);
        if (anywhere > worseAt && (betterAt === null || anywhere < betterAt)) expect(at(anywhere)).toBe(0);
        if (anywhere <= worseAt) expect(at(anywhere)).toBeGreaterThan(0);
      },
    ),
  );
});

test("the ratio is 100% where the margin call is, rounded down", () => {
  const rules = DEFAULT_RULES.Aggressive.sBTC;
  const { marginCall } = triggersOf([PUT], 25_000_000n, rules);
  expect(collateralization([PUT], 25_000_000n, marginCall, rules)).toBe(999_999);
  expect(collateralization([PUT], 25_000_000n, marginCall + 1n, rules)).toBe(1_000_000);
});
