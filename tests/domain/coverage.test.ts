import fc from "fast-check";
import { expect, test } from "vitest";
import {
  coverageOf,
  coverageWithin,
  floorPrice,
  initialLock,
  quantityFor,
  quantityWithin,
} from "../../src/domain/coverage";

const rate = fc.integer({ min: 1, max: 1_000_000 });
const small = fc
  .tuple(fc.bigInt(2n, 60n), fc.bigInt(1n, 59n))
  .filter(([strike, floor]) => floor < strike)
  .map(([strikeUsdMicros, floorPriceUsdMicros]) => ({ strikeUsdMicros, floorPriceUsdMicros }));

test("a BTC put at 60,000 with its floor at half of that covers as much as it protects", () => {
  const put = { strikeUsdMicros: 60_000_000_000n, quantity: 100_000_000n };
  expect(floorPrice(put.strikeUsdMicros, { floor: 500_000 })).toBe(30_000_000_000n);
  expect(coverageOf({ ...put, floorPriceUsdMicros: 30_000_000_000n })).toBe(100_000_000n);
  expect(initialLock(100_000_000n, { initialMargin: 250_000 })).toBe(25_000_000n);
  expect(initialLock(3n, { initialMargin: 250_000 })).toBe(1n);
  expect(initialLock(5n, { initialMargin: 250_000 })).toBe(2n);
});

test("coverage is the smallest amount that pays in full at the floor price, and at any price above it", () => {
  fc.assert(
    fc.property(small, fc.bigInt(1n, 500n), (put, quantity) => {
      const { strikeUsdMicros: strike, floorPriceUsdMicros: floor } = put;
      const coverage = coverageOf({ ...put, quantity });
      // Amounts times prices: dollars owed are compared without dividing.
      expect(coverage * floor >= (strike - floor) * quantity).toBe(true);
      expect((coverage - 1n) * floor >= (strike - floor) * quantity).toBe(false);
      for (let price = floor; price < strike; price += 1n) {
        expect(coverage * price >= (strike - price) * quantity).toBe(true);
      }
    }),
  );
});

test("floor and lock are rounded for the buyer, by less than one unit", () => {
  fc.assert(
    fc.property(fc.bigInt(1n, 10n ** 15n), rate, (amount, millionths) => {
      const floor = floorPrice(amount, { floor: millionths });
      expect(floor * 1_000_000n <= amount * BigInt(millionths)).toBe(true);
      expect((floor + 1n) * 1_000_000n > amount * BigInt(millionths)).toBe(true);
      const lock = initialLock(amount, { initialMargin: millionths });
      expect(lock * 1_000_000n >= amount * BigInt(millionths)).toBe(true);
      expect((lock - 1n) * 1_000_000n < amount * BigInt(millionths)).toBe(true);
      expect(lock <= amount).toBe(true);
    }),
  );
});

test("the inverses are exact: what is within is, one more is not; what is enough is, one less is not", () => {
  fc.assert(
    fc.property(small, fc.bigInt(0n, 3_000n), rate, (put, amount, initialMargin) => {
      const coverage = (quantity: bigint) => coverageOf({ ...put, quantity });
      const lock = (quantity: bigint) => initialLock(coverage(quantity), { initialMargin });
      const quantity = quantityWithin(amount, put);
      expect(coverage(quantity) <= amount && coverage(quantity + 1n) > amount).toBe(true);
      const most = coverageWithin(amount, { initialMargin });
      expect(initialLock(most, { initialMargin }) <= amount).toBe(true);
      expect(initialLock(most + 1n, { initialMargin }) > amount).toBe(true);
      const enough = quantityFor(amount, put, { initialMargin });
      expect(lock(enough) >= amount).toBe(true);
      if (amount > 0n) expect(lock(enough - 1n) < amount).toBe(true);
    }),
  );
});

test.each([
  [0n, 10n],
  [10n, 10n],
  [11n, 10n],
])("a floor price of %s under a strike of %s is a bug", (floorPriceUsdMicros, strikeUsdMicros) => {
  expect(() => coverageOf({ floorPriceUsdMicros, strikeUsdMicros, quantity: 1n })).toThrow("No floor price");
});
