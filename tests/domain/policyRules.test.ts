/** Rules that are accepted keep what they promise, whatever else is in them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { coverageOf, floorPrice, initialLock } from "../../src/domain/coverage";
import type { PolicyRules } from "../../src/domain/policies";
import { checkRules } from "../../src/domain/policyRules";
import { DEFAULT_RULES, TIERS } from "../../src/domain/tiers";
import { MAX_AMOUNT, TOKENS } from "../../src/domain/tokens";

const BALANCED = DEFAULT_RULES.Balanced.sBTC;
const refusalOf = (rules: PolicyRules) => {
  const checked = checkRules(rules);
  return checked.ok ? null : checked.refusal;
};

test("the default rules are rules; a riskier tier locks less, is free to lock less, and asks for more", () => {
  for (const token of TOKENS) {
    const rules = TIERS.map((tier) => DEFAULT_RULES[tier][token]);
    for (const rule of rules) expect(refusalOf(rule)).toBeNull();
    for (const falling of ["initialMargin", "maxUtilization", "maxSeconds"] as const) {
      const values = rules.map((rule) => rule[falling]);
      expect([falling, values]).toEqual([falling, [...new Set(values)].sort((a, b) => b - a)]);
    }
    for (const rising of ["loading", "maxStrike", "warningBuffer", "liquidationBuffer"] as const) {
      const values = rules.map((rule) => rule[rising]);
      expect([rising, values]).toEqual([rising, [...new Set(values)].sort((a, b) => a - b)]);
    }
  }
  expect(DEFAULT_RULES.Conservative.sBTC.initialMargin).toBe(1_000_000);
});

/** What a backing needs by dollars, in fractions: compared with the lock without a division. */
function needs(
  rules: PolicyRules,
  put: { strikeUsdMicros: bigint; quantity: bigint; coverage: bigint },
  price: bigint,
) {
  const million = 1_000_000n;
  const intrinsic = put.strikeUsdMicros > price ? put.strikeUsdMicros - price : 0n;
  const buffered = intrinsic * (million + BigInt(rules.warningBuffer));
  const least = BigInt(rules.floorRate) * put.strikeUsdMicros;
  return (lock: bigint) =>
    lock >= put.coverage || lock * price * million >= (buffered > least ? buffered : least) * put.quantity;
}

test("under accepted rules whoever just sold is Healthy by the lock alone, at every strike of the tier", () => {
  const rate = (max: number) => fc.integer({ min: 0, max });
  const drawn = fc.record({
    initialMargin: fc.integer({ min: 10_000, max: 1_000_000 }),
    maxStrike: fc.integer({ min: 650_000, max: 2_000_000 }),
    floor: fc.integer({ min: 50_000, max: 950_000 }),
    warningBuffer: fc.integer({ min: 150_000, max: 2_000_000 }),
    floorRate: rate(500_000),
  });
  fc.assert(
    fc.property(
      drawn,
      fc.bigInt(1_000_000n, 10n ** 12n),
      fc.bigInt(1n, 10n ** 12n),
      rate(1_000_000),
      (some, price, quantity, part) => {
        const rules = { ...BALANCED, ...some };
        fc.pre(checkRules(rules).ok);
        const highest = (price * BigInt(rules.maxStrike)) / 1_000_000n;
        const lowest = (price * BigInt(rules.minStrike)) / 1_000_000n + 1n;
        const strikeUsdMicros = lowest + ((highest - lowest) * BigInt(part)) / 1_000_000n;
        const floorPriceUsdMicros = floorPrice(strikeUsdMicros, rules);
        expect(floorPriceUsdMicros < price).toBe(true);
        const coverage = coverageOf({ strikeUsdMicros, floorPriceUsdMicros, quantity });
        const isEnough = needs(rules, { strikeUsdMicros, quantity, coverage }, price);
        expect(isEnough(initialLock(coverage, rules))).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

test("a margin one millionth below what a sale needs is refused, what it needs is not", () => {
  // At 110% of the price with a buffer of 40% and a floor at half: 14% of the quantity, of a coverage of all of it.
  const rules = { ...DEFAULT_RULES.Aggressive.sBTC, initialMargin: 140_000 };
  expect(refusalOf(rules)).toBeNull();
  const short = { code: "RULES_CONTRADICT", field: "initialMargin", other: "warningBuffer" };
  expect(refusalOf({ ...rules, initialMargin: 139_999 })).toMatchObject(short);
  // Where nothing is owed yet the floor rate counts: 20% of a strike at the price.
  const floored = { ...rules, maxStrike: 1_000_000, floorRate: 200_000 };
  expect(refusalOf({ ...floored, initialMargin: 200_000 })).toBeNull();
  expect(refusalOf({ ...floored, initialMargin: 199_999 })).toMatchObject(short);
  // All of the coverage is always enough.
  expect(refusalOf({ ...floored, initialMargin: 1_000_000, floorRate: 500_000, maxStrike: 1_900_000 })).toBeNull();
});

describe("refused", () => {
  const RANGES: [keyof PolicyRules, number | bigint, number | bigint][] = [
    ["minimumBacking", 1n, MAX_AMOUNT],
    ["maxUtilization", 0, 1_000_000],
    ["initialMargin", 10_000, 1_000_000],
    ["minStrike", 100_000, 2_000_000],
    ["maxStrike", 100_000, 2_000_000],
    ["floor", 50_000, 950_000],
    ["minSeconds", 3_600, 31_536_000],
    ["maxSeconds", 3_600, 31_536_000],
    ["volatility", 100_000, 5_000_000],
    ["loading", 0, 5_000_000],
    ["insuranceShare", 0, 500_000],
    ["feeShare", 0, 500_000],
    ["warningBuffer", 0, 2_000_000],
    ["marginCallBuffer", 0, 2_000_000],
    ["liquidationBuffer", 0, 2_000_000],
    ["floorRate", 0, 500_000],
    ["penalty", 0, 500_000],
  ];

  test.each(RANGES)("%s outside of %s to %s, and what is no whole number", (field, min, max) => {
    const isBigint = typeof min === "bigint";
    const one = isBigint ? 1n : 1;
    const beyond = isBigint ? [] : [0.5, Number.NaN, Number.POSITIVE_INFINITY];
    for (const value of [(min as number) - (one as number), (max as number) + (one as number), ...beyond]) {
      const refusal = refusalOf({ ...BALANCED, [field]: value });
      expect(refusal).toMatchObject({ code: "RULES_OUT_OF_RANGE", field, min, max });
    }
    // The ends are in range; other rules may be against them.
    for (const value of [min, max])
      expect(refusalOf({ ...BALANCED, [field]: value })?.code).not.toBe("RULES_OUT_OF_RANGE");
  });

  test.each<[keyof PolicyRules, keyof PolicyRules, Partial<PolicyRules>]>([
    ["minStrike", "maxStrike", { minStrike: 1_050_001 }],
    ["minSeconds", "maxSeconds", { minSeconds: 60 * 86_400 + 1 }],
    ["liquidationBuffer", "marginCallBuffer", { liquidationBuffer: 150_001 }],
    ["marginCallBuffer", "warningBuffer", { marginCallBuffer: 300_001 }],
    ["floor", "maxStrike", { floor: 800_000, maxStrike: 1_250_000, initialMargin: 1_000_000 }],
  ])("%s against %s", (field, other, change) => {
    expect(refusalOf({ ...BALANCED, ...change })).toMatchObject({ code: "RULES_CONTRADICT", field, other });
  });
});
