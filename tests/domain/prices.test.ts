import fc from "fast-check";
import { expect, test } from "vitest";
import { aggregate, isFresh, median, PRICE_RULES, type PriceQuote } from "../../src/domain/prices";

const NOW = 1_800_000_000_000;
const rules = PRICE_RULES.BTC;
const USD = 1_000_000n;

const quote = (source: string, usd: bigint, more: Partial<PriceQuote> = {}): PriceQuote => ({
  source,
  priceUsdMicros: usd * USD,
  publishedAtMs: NOW,
  confidenceUsdMicros: null,
  ...more,
});

const told = (quotes: PriceQuote[]) => aggregate(quotes, { now: NOW, rules });
const codeOf = (quotes: PriceQuote[]) => {
  const outcome = told(quotes);
  return outcome.ok ? outcome.value.priceUsdMicros / USD : outcome.refusal.code;
};

test("two sources that agree make a price; one, twice the same, or none do not", () => {
  expect(codeOf([quote("a", 60_000n), quote("b", 60_100n)])).toBe(60_050n);
  expect(codeOf([quote("a", 60_000n), quote("a", 60_100n)])).toBe("TOO_FEW_SOURCES");
  expect(codeOf([quote("a", 60_000n)])).toBe("TOO_FEW_SOURCES");
  expect(codeOf([])).toBe("TOO_FEW_SOURCES");
});

test("one source that lies among three is outvoted; where most lie apart nothing is believed", () => {
  expect(codeOf([quote("a", 60_000n), quote("b", 60_100n), quote("c", 40_000n)])).toBe(60_050n);
  expect(codeOf([quote("a", 60_000n), quote("b", 40_000n)])).toBe("SOURCES_DISAGREE");
  expect(codeOf([quote("a", 60_000n), quote("b", 50_000n), quote("c", 40_000n)])).toBe("SOURCES_DISAGREE");
  // Two agree by chance, and two others say something else each.
  const four = [quote("a", 60_000n), quote("b", 60_001n), quote("c", 70_000n), quote("d", 80_000n)];
  expect(codeOf(four)).toBe("SOURCES_DISAGREE");
});

test("each bound, and one beyond it", () => {
  const beside = (other: Partial<PriceQuote>) => codeOf([quote("a", 60_000n), quote("b", 60_000n, other)]);
  expect(beside({ publishedAtMs: NOW - rules.maxQuoteAgeMs })).toBe(60_000n);
  expect(beside({ publishedAtMs: NOW - rules.maxQuoteAgeMs - 1 })).toBe("TOO_FEW_SOURCES");
  expect(beside({ publishedAtMs: NOW + rules.maxAheadMs })).toBe(60_000n);
  expect(beside({ publishedAtMs: NOW + rules.maxAheadMs + 1 })).toBe("TOO_FEW_SOURCES");
  expect(beside({ publishedAtMs: Number.NaN })).toBe("TOO_FEW_SOURCES");
  expect(beside({ confidenceUsdMicros: 600n * USD })).toBe(60_000n);
  expect(beside({ confidenceUsdMicros: 600n * USD + 1n })).toBe("TOO_FEW_SOURCES");
  expect(beside({ confidenceUsdMicros: -1n })).toBe("TOO_FEW_SOURCES");
  const bounds = (price: bigint) => told(["a", "b"].map((source) => quote(source, 0n, { priceUsdMicros: price }))).ok;
  expect(
    [rules.minUsdMicros - 1n, rules.minUsdMicros, rules.maxUsdMicros, rules.maxUsdMicros + 1n].map(bounds),
  ).toEqual([false, true, true, false]);
  expect([0n, -1n, -(2n ** 63n), 2n ** 63n - 1n].map(bounds)).toEqual([false, false, false, false]);
  // 99 and 101 are each 1% from 100; one micro-dollar more is too far.
  const apart = (priceUsdMicros: bigint) => told([quote("a", 990n), quote("b", 0n, { priceUsdMicros })]).ok;
  expect([apart(1_010n * USD), apart(1_010n * USD + 2n)]).toEqual([true, false]);
});

test("an accepted price decides for five minutes and not a millisecond longer", () => {
  const price = { priceUsdMicros: 60_000n * USD, publishedAtMs: NOW };
  expect(isFresh(price, NOW + rules.maxAgeMs, rules)).toBe(true);
  expect(isFresh(price, NOW + rules.maxAgeMs + 1, rules)).toBe(false);
});

/** The rules once more, in floating point's reach, by counting: how many are below a value, how many at or after a time. */
function naive(quotes: PriceQuote[]): { priceUsdMicros: bigint; publishedAtMs: number } | string {
  const heard: PriceQuote[] = [];
  for (const one of quotes) {
    const at = heard.findIndex(({ source }) => source === one.source);
    if (at >= 0) heard[at] = one;
    else heard.push(one);
  }
  const counts = heard.filter((one) => {
    const price = Number(one.priceUsdMicros);
    const age = NOW - one.publishedAtMs;
    const confidence = Number(one.confidenceUsdMicros ?? 0n);
    return price >= 100e6 && price <= 100e12 && age <= 60_000 && age >= -10_000 && confidence * 100 <= price;
  });
  if (counts.length < 2) return "TOO_FEW_SOURCES";
  const middleOf = (values: number[]) => {
    const lower = values.find(
      (x) =>
        values.filter((y) => y <= x).length * 2 >= values.length &&
        values.filter((y) => y < x).length * 2 < values.length,
    );
    const uppers = values.filter((x) => values.filter((y) => y <= x).length * 2 > values.length);
    return Math.floor(((lower as number) + Math.min(...uppers)) / 2);
  };
  const middle = middleOf(counts.map((one) => Number(one.priceUsdMicros)));
  const near = counts.filter((one) => Math.abs(Number(one.priceUsdMicros) - middle) * 100 <= middle);
  if (near.length < 2 || near.length <= counts.length - near.length) return "SOURCES_DISAGREE";
  const times = near.map((one) => one.publishedAtMs);
  const reached = times.filter((time) => times.filter((other) => other >= time).length * 2 > times.length);
  return {
    priceUsdMicros: BigInt(middleOf(near.map((one) => Number(one.priceUsdMicros)))),
    publishedAtMs: Math.max(...reached),
  };
}

const anyQuote = fc.record({
  source: fc.constantFrom("a", "b", "c", "d", "e"),
  priceUsdMicros: fc.oneof(
    { weight: 8, arbitrary: fc.bigInt(99_000_000n, 102_000_000n) },
    { weight: 1, arbitrary: fc.bigInt(-10n, 200_000_000n) },
    { weight: 1, arbitrary: fc.constantFrom(0n, 99_999_999n, 100_000_000n, 10n ** 14n, 10n ** 14n + 1n) },
  ),
  publishedAtMs: fc.oneof(
    fc.integer({ min: NOW - 61_000, max: NOW + 11_000 }),
    fc.integer({ min: NOW - 3, max: NOW + 3 }),
  ),
  confidenceUsdMicros: fc.option(fc.bigInt(0n, 1_010_000n), { nil: null }),
});

test("random quotes: what the rules say, counted out, whatever the order", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(anyQuote, { maxLength: 6, selector: ({ source }) => source }),
      fc.func(fc.nat()),
      (quotes, rank) => {
        const outcome = told(quotes);
        expect(outcome.ok ? outcome.value : outcome.refusal.code).toEqual(naive(quotes));
        const shuffled = quotes.toSorted((a, b) => rank(a.source) - rank(b.source));
        expect(told(shuffled).ok ? told(shuffled) : codeOf(shuffled)).toEqual(outcome.ok ? outcome : codeOf(quotes));
      },
    ),
    { numRuns: 2_000 },
  );
});

test("a price lies between the quotes of most sources, all published by its time", () => {
  fc.assert(
    fc.property(fc.array(anyQuote, { minLength: 2, maxLength: 6 }), (quotes) => {
      const outcome = told(quotes);
      if (!outcome.ok) return;
      const { priceUsdMicros: price, publishedAtMs } = outcome.value;
      const since = quotes.filter((one) => one.publishedAtMs >= publishedAtMs).map((one) => one.priceUsdMicros);
      expect(since.some((said) => said <= price) && since.some((said) => said >= price)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test("the median of nothing is a mistake", () => {
  expect(() => median([])).toThrow();
});
