/** What the page says that a policy is worth is what the vault would be told to pay, by the domain's own rules. */
import { ConvexError } from "convex/values";
import { expect, test } from "vitest";
import { fairValue } from "../../../src/domain/premium";
import { intentOf, openQuoteOf } from "../../../src/web/policies/usePurchase";
import { limitOf, markOf, payoffPoints, payoutAt, tellingPrices } from "../../../src/web/policies/value";
import { nearestUsd, readablePrice, readableSpan } from "../../../src/web/policies/words";
import { readableAge, standingOf } from "../../../src/web/prices/standing";
import { DAY, NOW, policy } from "./policy";

test("the guide's example: 1,000 STX at a strike of 1.50", () => {
  expect(payoutAt(policy, 1_200_000n)).toMatchObject({ payout: 250_000_000n, togetherUsdMicros: 1_500_000_000n });
  expect(payoutAt(policy, 750_000n)).toMatchObject({ payout: 1_000_000_000n, togetherUsdMicros: 1_500_000_000n });
  expect(payoutAt(policy, 500_000n)).toMatchObject({ payout: 1_000_000_000n, togetherUsdMicros: 1_000_000_000n });
  expect(payoutAt(policy, 1_500_000n)).toMatchObject({ payout: 0n, aloneUsdMicros: 1_500_000_000n });
  expect(tellingPrices(policy).map(({ priceUsdMicros }) => priceUsdMicros)).toEqual([
    1_500_000n,
    1_350_000n,
    1_125_000n,
    750_000n,
    375_000n,
  ]);
});

test("the mark is the fair value over what is left, and what exercise pays once nothing is", () => {
  const market = { priceUsdMicros: 1_200_000n, volatility: 900_000 };
  expect(markOf(policy, { ...market, now: NOW })).toBe(fairValue(policy, { ...market, seconds: (6 * DAY) / 1_000 }));
  expect(markOf(policy, { ...market, now: policy.expiresAt + DAY })).toBe(250_000_000n);
});

test("the chart passes the strike, the floor and what the premium costs", () => {
  const points = payoffPoints(policy);
  expect(points.find(({ price }) => price === 1.5)).toEqual({ price: 1.5, netUsd: -45, netToken: -30 });
  expect(points.find(({ price }) => price === 0.75)).toEqual({ price: 0.75, netUsd: 727.5, netToken: 970 });
  expect(points.map(({ price }) => price)).toEqual(points.map(({ price }) => price).toSorted((a, b) => a - b));
});

test("the limit of a premium is rounded up, and only what was shown is paid", () => {
  expect(limitOf(101n, 10_000n)).toBe(103n);
  expect(limitOf(101n, 0n)).toBe(101n);
  const sold = { policyId: 1n, premium: 101n, lock: 5n, coverage: 9n, floorPriceUsdMicros: 1n, termsExpireAt: 0 };
  const shown = { coverage: 9n, mostPremium: 101n };
  expect(intentOf(sold, policy, shown)).toEqual({
    ...{ action: "premium", token: "STX", amount: 101n, policyId: 1n, lock: 5n, coverage: 9n },
  });
  expect(() => intentOf({ ...sold, premium: 102n }, policy, shown)).toThrow("TERMS_NOT_AS_SHOWN");
  expect(() => intentOf({ ...sold, coverage: 8n }, policy, shown)).toThrow("TERMS_NOT_AS_SHOWN");
});

test("a quote that stands in the way is named", () => {
  expect(openQuoteOf(new ConvexError({ code: "QUOTE_OPEN", message: "", policyId: 7n }))).toBe(7n);
  expect(openQuoteOf(new ConvexError({ code: "STOPPED", message: "", policyId: 7n }))).toBeNull();
  expect(openQuoteOf(new Error("QUOTE_OPEN"))).toBeNull();
});

test("prices, dollars and times as people read them", () => {
  expect([54_000_000_000n, 1_215_000n, 337_500n, 63_123_456_789n].map(readablePrice)).toEqual([
    "$54,000.00",
    "$1.215",
    "$0.3375",
    "$63,123.45",
  ]);
  expect([249_999_999n, 999_999n].map(nearestUsd)).toEqual(["$250.00", "$0.999999"]);
  expect([2 * DAY + 3_700_000, 3_700_000, 65_000, -1].map(readableSpan)).toEqual([
    "2 d 1 h",
    "1 h 1 min",
    "1 min 05 s",
    "0 min 00 s",
  ]);
  expect([500, 59_000, 300_000, 9_000_000].map(readableAge)).toEqual(["just now", "59 s ago", "5 min ago", "2 h ago"]);
});

test("a price decides for five minutes, if the last look brought it", () => {
  const row = { underlying: "STX" as const, priceUsdMicros: 5n, publishedAt: NOW, isGood: true, trouble: null };
  expect(standingOf(row, NOW + 300_000)).toEqual({ kind: "good", priceUsdMicros: 5n, ageMs: 300_000 });
  expect(standingOf(row, NOW + 300_001)).toMatchObject({ kind: "stale", priceUsdMicros: 5n });
  expect(standingOf({ ...row, isGood: false, trouble: "Two differ." }, NOW)).toMatchObject({
    ...{ kind: "stale", trouble: "Two differ." },
  });
  expect(standingOf(undefined, NOW)).toEqual({ kind: "none", trouble: null });
});
