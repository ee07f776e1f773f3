/**
 * What price of an underlying is believed. Sources are compared with each other, never with the past: a crash is a price as
 * well. Prices are bigint micro-dollars for one whole unit, times of prices are unix milliseconds, rates whole millionths.
 */
import { type Underlying, WHOLE } from "./policies";
import { accept, type Outcome, refuse } from "./refusal";

/** What one source says. */
export interface PriceQuote {
  source: string;
  priceUsdMicros: bigint;
  publishedAtMs: number;
  /** Half the width of the interval in which the source takes the price to be; null: it tells none. */
  confidenceUsdMicros: bigint | null;
}

export interface AcceptedPrice {
  priceUsdMicros: bigint;
  publishedAtMs: number;
}

export interface PriceRules {
  minSources: number;
  /** Of one source's quote, when it is looked at. */
  maxQuoteAgeMs: number;
  /** A source's clock may be ahead of ours by so much. */
  maxAheadMs: number;
  /** Of the accepted price, when something is decided by it. */
  maxAgeMs: number;
  /** Outside of these the unit is wrong, not the market. */
  minUsdMicros: bigint;
  maxUsdMicros: bigint;
  /** Of a source's interval, by its price. */
  maxConfidence: number;
  /** Of a source from the median of all, by the median. */
  maxDeviation: number;
}

const USD = 1_000_000n;
const COMMON = { minSources: 2, maxAheadMs: 10_000, maxAgeMs: 300_000 };

/** Less is traded in STX, so its last trade is older and its sources are further apart. */
export const PRICE_RULES: Record<Underlying, PriceRules> = {
  BTC: {
    ...COMMON,
    maxQuoteAgeMs: 60_000,
    minUsdMicros: 100n * USD,
    maxUsdMicros: 100_000_000n * USD,
    maxConfidence: 10_000,
    maxDeviation: 10_000,
  },
  STX: {
    ...COMMON,
    maxQuoteAgeMs: 300_000,
    minUsdMicros: USD / 1_000n,
    maxUsdMicros: 1_000n * USD,
    maxConfidence: 20_000,
    maxDeviation: 20_000,
  },
};

/** Why one source's quote is left out; null if it counts. */
export function flawOf(quote: PriceQuote, now: number, rules: PriceRules): string | null {
  const { priceUsdMicros: price, publishedAtMs, confidenceUsdMicros: confidence } = quote;
  if (price < rules.minUsdMicros || price > rules.maxUsdMicros) return "out of bounds";
  if (!(publishedAtMs >= now - rules.maxQuoteAgeMs)) return "too old";
  if (publishedAtMs > now + rules.maxAheadMs) return "from the future";
  if (confidence !== null && !isWithin(confidence, price, rules.maxConfidence)) return "unsure of itself";
  return null;
}

const isWithin = (difference: bigint, price: bigint, rate: number) =>
  difference >= 0n && difference * BigInt(WHOLE) <= price * BigInt(rate);

const distance = (a: bigint, b: bigint) => (a < b ? b - a : a - b);

/** Of at least one price; between two in the middle, rounded down. */
export function median(prices: bigint[]): bigint {
  const sorted = prices.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const [lower, upper] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (lower === undefined || upper === undefined) throw new Error("There is no median of nothing.");
  return (lower + upper) / 2n;
}

/**
 * When a price was published that several sources make: when most of them had said theirs. The median lies between the
 * prices of those, so that nobody gains by knowing what the others said before.
 */
function publishedAt(quotes: PriceQuote[]): number {
  const newestFirst = quotes.map(({ publishedAtMs }) => publishedAtMs).sort((a, b) => b - a);
  return newestFirst[newestFirst.length >> 1] as number;
}

/** One quote a source; a source that is heard twice is still one. */
function bySource(quotes: PriceQuote[]): PriceQuote[] {
  return [...new Map(quotes.map((quote) => [quote.source, quote])).values()];
}

/**
 * The price that the sources agree on: the median of those that are close to the median of all that count. Refuses
 * TOO_FEW_SOURCES {usable, needed} and SOURCES_DISAGREE {lowestUsdMicros, highestUsdMicros}.
 * @param now unix milliseconds
 */
export function aggregate(
  quotes: PriceQuote[],
  { now, rules }: { now: number; rules: PriceRules },
): Outcome<AcceptedPrice> {
  const judged = bySource(quotes).map((quote) => ({ quote, flaw: flawOf(quote, now, rules) }));
  const usable = judged.flatMap(({ quote, flaw }) => (flaw === null ? [quote] : []));
  if (usable.length < rules.minSources) {
    const flaws = judged.flatMap(({ quote, flaw }) => (flaw === null ? [] : [` ${quote.source} is ${flaw}.`]));
    const message = `${usable.length} sources tell a price that counts, and ${rules.minSources} are needed.${flaws.join("")}`;
    return refuse("TOO_FEW_SOURCES", message, { usable: usable.length, needed: rules.minSources });
  }
  const prices = usable.map(({ priceUsdMicros }) => priceUsdMicros);
  const middle = median(prices);
  const agreeing = usable.filter(({ priceUsdMicros }) =>
    isWithin(distance(priceUsdMicros, middle), middle, rules.maxDeviation),
  );
  if (agreeing.length < rules.minSources || agreeing.length * 2 <= usable.length) {
    const [lowest, highest] = [prices.reduce((a, b) => (b < a ? b : a)), prices.reduce((a, b) => (b > a ? b : a))];
    const message = `The sources are further apart than they may be: from ${lowest} to ${highest} micro-dollars.`;
    return refuse("SOURCES_DISAGREE", message, { lowestUsdMicros: lowest, highestUsdMicros: highest });
  }
  return accept({
    priceUsdMicros: median(agreeing.map(({ priceUsdMicros }) => priceUsdMicros)),
    publishedAtMs: publishedAt(agreeing),
  });
}

/** Whether an accepted price may decide anything at `now`, unix milliseconds. */
export function isFresh(
  { publishedAtMs }: Pick<AcceptedPrice, "publishedAtMs">,
  now: number,
  rules: PriceRules,
): boolean {
  return now - publishedAtMs <= rules.maxAgeMs;
}
