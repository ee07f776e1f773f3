/** What a quote promises, against the rules read out loud: every limit holds to the unit, and no money is lost on the way. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { payoutOf } from "../../src/domain/payout";
import { fairValue } from "../../src/domain/premium";
import { parseUnderlying, type QuoteMarket, type QuoteRequest, quote } from "../../src/domain/quotes";
import { DEFAULT_RULES, TIERS } from "../../src/domain/tiers";

const DAY = 86_400;
const NOW = 1_800_000_000;
const BTC = 100_000_000n;
const USD = 1_000_000n;

const MARKET: QuoteMarket = {
  rules: DEFAULT_RULES.Balanced.sBTC,
  priceUsdMicros: 50_000n * USD,
  volatility: 600_000,
  now: NOW,
  burst: 100n * BTC,
};
const REQUEST: QuoteRequest = {
  underlying: "BTC",
  tier: "Balanced",
  strikeUsdMicros: 50_000n * USD,
  quantity: BTC,
  expiresAt: NOW + 30 * DAY,
};
const codeOf = (request: Partial<QuoteRequest>, market: Partial<QuoteMarket> = {}) => {
  const answer = quote({ ...REQUEST, ...request }, { ...MARKET, ...market });
  return answer.ok ? "sold" : answer.refusal.code;
};

test("a month of cover for one BTC at 50,000: floor, coverage, lock and premium as the rules say", () => {
  const answer = quote(REQUEST, MARKET);
  if (!answer.ok) throw new Error(answer.refusal.message);
  const { fairValue: worth, premium, breakEvenUsdMicros, ...terms } = answer.value;
  expect(terms).toEqual({ token: "sBTC", lock: BTC / 2n, coverage: BTC, floorPriceUsdMicros: 25_000n * USD });
  // A month at the money at 60% is worth close to 0.4 x 0.6 x the root of a month in years.
  expect(Number(worth) / Number(BTC)).toBeCloseTo(0.0686, 3);
  expect(premium).toBe((worth * 125n + 99n) / 100n);
  expect(Number(breakEvenUsdMicros) / 1e6).toBeCloseTo(50_000 / (1 + Number(premium) / Number(BTC)), 2);
});

test("what is sold is within every limit, locked and covered to the unit, and returns its premium at break-even", () => {
  const asked = fc.record({
    strike: fc.bigInt(1n, 200_000n * USD),
    quantity: fc.bigInt(1n, 50n * BTC),
    days: fc.integer({ min: 0, max: 100 * DAY }),
    tier: fc.constantFrom(...TIERS),
    price: fc.bigInt(1_000n * USD, 100_000n * USD),
    volatility: fc.integer({ min: 100_000, max: 5_000_000 }),
    burst: fc.bigInt(0n, 60n * BTC),
  });
  fc.assert(
    fc.property(asked, ({ strike, quantity, days, tier, price, volatility, burst }) => {
      const rules = DEFAULT_RULES[tier].sBTC;
      const request = { underlying: "BTC" as const, tier, strikeUsdMicros: strike, quantity, expiresAt: NOW + days };
      const answer = quote(request, { rules, priceUsdMicros: price, volatility, now: NOW, burst });
      const million = 1_000_000n;
      const isInside =
        strike * million >= price * BigInt(rules.minStrike) &&
        strike * million <= price * BigInt(rules.maxStrike) &&
        days >= rules.minSeconds &&
        days <= rules.maxSeconds;
      if (!answer.ok) {
        const codes = ["SETTLEMENTS_CLOSED", "QUANTITY_OUT_OF_RANGE", "PREMIUM_ABOVE_COVERAGE"];
        expect(codes.includes(answer.refusal.code)).toBe(isInside);
        return;
      }
      expect(isInside).toBe(true);
      const { premium, lock, coverage, floorPriceUsdMicros, breakEvenUsdMicros } = answer.value;
      expect(lock <= coverage && coverage <= burst && lock >= rules.minimumBacking).toBe(true);
      const put = { strikeUsdMicros: strike, quantity, coverage };
      expect(payoutOf(put, floorPriceUsdMicros)).toBe(
        ((strike - floorPriceUsdMicros) * quantity) / floorPriceUsdMicros,
      );
      const worth = fairValue(put, { priceUsdMicros: price, volatility, seconds: days });
      expect(premium * million >= worth * BigInt(1_000_000 + rules.loading)).toBe(true);
      expect(premium === 1n || (premium - 1n) * million < worth * BigInt(1_000_000 + rules.loading)).toBe(true);
      // Whoever exercises at once, at the price of the quote, has paid for all of it.
      expect(payoutOf(put, price) <= premium && premium <= coverage).toBe(true);
      expect(payoutOf(put, breakEvenUsdMicros) >= premium).toBe(true);
      expect(payoutOf(put, breakEvenUsdMicros + 1n) < premium).toBe(true);
    }),
    { numRuns: 500 },
  );
});

describe("limits", () => {
  const ends = (code: string, request: (edge: never) => Partial<QuoteRequest>, market: Partial<QuoteMarket> = {}) => {
    const answer = quote({ ...REQUEST, ...request(0 as never) }, { ...MARKET, ...market });
    if (answer.ok) throw new Error("0 was accepted");
    expect(answer.refusal.code).toBe(code);
    return answer.refusal as unknown as { min: bigint; max: bigint };
  };

  test.each([50_000n * USD, 50_000n * USD + 1n, 99_999_999_999n])(
    "of the strike at a price of %s",
    (priceUsdMicros) => {
      const { min, max } = ends("STRIKE_OUT_OF_RANGE", () => ({ strikeUsdMicros: 0n }), { priceUsdMicros });
      const code = (strikeUsdMicros: bigint) => codeOf({ strikeUsdMicros }, { priceUsdMicros });
      expect([min - 1n, min, max, max + 1n].map(code)).toEqual([
        "STRIKE_OUT_OF_RANGE",
        "sold",
        "sold",
        "STRIKE_OUT_OF_RANGE",
      ]);
      expect([code(-1n), code(2n ** 63n - 1n)]).toEqual(["STRIKE_OUT_OF_RANGE", "STRIKE_OUT_OF_RANGE"]);
    },
  );

  test("of the expiry", () => {
    const { min, max } = ends("EXPIRY_OUT_OF_RANGE", () => ({ expiresAt: 0 }));
    expect([min, max]).toEqual([(NOW + DAY) * 1_000, (NOW + 60 * DAY) * 1_000]);
    const at = (seconds: number) => codeOf({ expiresAt: seconds });
    expect([NOW + DAY - 1, NOW + DAY, NOW + 60 * DAY, NOW + 60 * DAY + 1].map(at)).toEqual([
      "EXPIRY_OUT_OF_RANGE",
      "sold",
      "sold",
      "EXPIRY_OUT_OF_RANGE",
    ]);
    for (const wrong of [NOW + 2 * DAY + 0.5, Number.NaN, Number.POSITIVE_INFINITY, -1]) {
      expect([wrong, at(wrong)]).toEqual([wrong, "EXPIRY_OUT_OF_RANGE"]);
    }
  });

  test("of the quantity: the least backing below, one settlement above", () => {
    const burst = 3n * BTC + 7n;
    const { min, max } = ends("QUANTITY_OUT_OF_RANGE", () => ({ quantity: 0n }), { burst });
    // Half of the coverage is locked, and coverage is the quantity here.
    expect([min, max]).toEqual([19_999n, 3n * BTC + 7n]);
    const code = (quantity: bigint) => codeOf({ quantity }, { burst });
    expect([min - 1n, min, max, max + 1n].map(code)).toEqual([
      "QUANTITY_OUT_OF_RANGE",
      "sold",
      "sold",
      "QUANTITY_OUT_OF_RANGE",
    ]);
    expect([code(-1n), code(2n ** 63n - 1n)]).toEqual(["QUANTITY_OUT_OF_RANGE", "QUANTITY_OUT_OF_RANGE"]);
  });

  test("of the vault: where no policy fits through its cap, none is sold", () => {
    expect([
      codeOf({ quantity: 19_999n }, { burst: 19_999n }),
      codeOf({}, { burst: 19_998n }),
      codeOf({}, { burst: 0n }),
    ]).toEqual(["sold", "SETTLEMENTS_CLOSED", "SETTLEMENTS_CLOSED"]);
  });

  test("of sense: nobody is sold what costs more than it can pay", () => {
    const rules = { ...MARKET.rules, loading: 5_000_000 };
    const answer = quote(REQUEST, { ...MARKET, rules, volatility: 3_000_000 });
    expect(answer).toMatchObject({ ok: false, refusal: { code: "PREMIUM_ABOVE_COVERAGE", coverage: BTC } });
  });
});

test("there are policies on BTC and STX, and on nothing else", () => {
  expect([parseUnderlying("BTC"), parseUnderlying("STX")]).toEqual([
    { ok: true, value: "BTC" },
    { ok: true, value: "STX" },
  ]);
  for (const text of ["sBTC", "btc", "", "ETH"]) {
    expect(parseUnderlying(text)).toMatchObject({ ok: false, refusal: { code: "UNKNOWN_UNDERLYING" } });
  }
});
