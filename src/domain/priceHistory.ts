/**
 * What is remembered of accepted prices to tell how much they move: a few periods of each length, the newest last, in one
 * document of bounded size. Rates are whole millionths, times unix milliseconds.
 */
import { WHOLE } from "./policies";
import type { AcceptedPrice } from "./prices";

/** The prices of one period. */
export interface Candle {
  startsAtMs: number;
  highUsdMicros: bigint;
  lowUsdMicros: bigint;
  lastUsdMicros: bigint;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** The length of a period, and how many are kept: two hours, a day, thirty days, and the one before them. */
const SERIES = {
  moves: { periodMs: 5 * MINUTE, kept: 25 },
  hours: { periodMs: HOUR, kept: 26 },
  days: { periodMs: DAY, kept: 32 },
};

export type PriceHistory = Record<keyof typeof SERIES, Candle[]>;

export const NO_HISTORY: PriceHistory = { moves: [], hours: [], days: [] };

function addTo(
  candles: Candle[],
  { priceUsdMicros: price, publishedAtMs }: AcceptedPrice,
  series: keyof typeof SERIES,
) {
  const { periodMs, kept } = SERIES[series];
  const startsAtMs = publishedAtMs - (publishedAtMs % periodMs);
  const last = candles.at(-1);
  if (last?.startsAtMs !== startsAtMs) {
    const fresh = { startsAtMs, highUsdMicros: price, lowUsdMicros: price, lastUsdMicros: price };
    return [...candles, fresh].slice(-kept);
  }
  const grown = {
    startsAtMs,
    highUsdMicros: price > last.highUsdMicros ? price : last.highUsdMicros,
    lowUsdMicros: price < last.lowUsdMicros ? price : last.lowUsdMicros,
    lastUsdMicros: price,
  };
  return [...candles.slice(0, -1), grown];
}

/** @param price published after all that is in the history */
export function remember(history: PriceHistory, price: AcceptedPrice): PriceHistory {
  return {
    moves: addTo(history.moves, price, "moves"),
    hours: addTo(history.hours, price, "hours"),
    days: addTo(history.days, price, "days"),
  };
}

/** Fewer steps than this say nothing of a market. */
const FEWEST_STEPS = 6;

/**
 * Annual volatility of the last prices of periods, rounded up; null where too few are known. A step over a gap counts for
 * as long as the gap was. No mean is taken off: a market that only falls moves as well.
 */
function volatilityOver(candles: Candle[], sinceMs: number): number | null {
  const seen = candles.filter(({ startsAtMs }) => startsAtMs >= sinceMs);
  const [first, last] = [seen[0], seen.at(-1)];
  if (!first || !last || seen.length - 1 < FEWEST_STEPS) return null;
  let squares = 0;
  for (const [n, { lastUsdMicros }] of seen.entries()) {
    const before = seen[n - 1];
    if (before) squares += Math.log(Number(lastUsdMicros) / Number(before.lastUsdMicros)) ** 2;
  }
  return Math.ceil(Math.sqrt((squares * YEAR) / (last.startsAtMs - first.startsAtMs)) * WHOLE);
}

/** Over the last 24 hours by hours, and over the last 30 days by days; null each where samples are missing. */
export function realised(history: PriceHistory, nowMs: number): { day: number | null; month: number | null } {
  return {
    day: volatilityOver(history.hours, nowMs - DAY - HOUR),
    month: volatilityOver(history.days, nowMs - 30 * DAY - DAY),
  };
}

/**
 * By how much the highest price since `sinceMs` (at most two hours ago) is above the lowest, by the lowest, rounded up. The
 * last price before counts too: what moved while nobody looked has moved.
 */
export function largestMoveIn({ moves }: PriceHistory, sinceMs: number): number {
  const isIn = ({ startsAtMs }: Candle) => startsAtMs + SERIES.moves.periodMs > sinceMs;
  const before = moves.findLast((candle) => !isIn(candle))?.lastUsdMicros;
  const within = moves.filter(isIn).flatMap(({ highUsdMicros, lowUsdMicros }) => [highUsdMicros, lowUsdMicros]);
  if (within.length === 0) return 0;
  const all = before === undefined ? within : [...within, before];
  const lowest = all.reduce((a, b) => (b < a ? b : a));
  const highest = all.reduce((a, b) => (b > a ? b : a));
  return Number(((highest - lowest) * BigInt(WHOLE) + lowest - 1n) / lowest);
}

/** A price as of a moment. */
export interface PastPrice {
  atMs: number;
  usdMicros: bigint;
}

/** From the shortest periods to the longest. */
const LENGTHS = ["moves", "hours", "days"] as const;

/**
 * What was believed at the end of each period that is remembered, the oldest first. Of a time of which several lengths tell, the
 * shortest does. The first price counts from the beginning of its period; a period that goes on ends with the newest price.
 * @param newest the latest price; null: what is remembered last is
 */
export function pastPrices(history: PriceHistory, newest: AcceptedPrice | null): PastPrice[] {
  const now = newest?.publishedAtMs ?? Number.POSITIVE_INFINITY;
  let prices: PastPrice[] = [];
  for (const length of LENGTHS) {
    const { periodMs, kept } = SERIES[length];
    const candles = history[length];
    const told = prices[0]?.atMs ?? Number.POSITIVE_INFINITY;
    const ends = candles.map(({ startsAtMs, lastUsdMicros }) => ({
      atMs: Math.min(startsAtMs + periodMs, now),
      usdMicros: lastUsdMicros,
    }));
    prices = [...ends.filter(({ atMs }) => atMs < told), ...prices];
    const [first] = candles;
    // Not full: nothing is older than its first period, and the longer ones know nothing more.
    if (first && candles.length < kept) {
      const start = { atMs: first.startsAtMs, usdMicros: first.lastUsdMicros };
      prices = [start, ...prices];
      break;
    }
  }
  return newest ? [...prices, { atMs: newest.publishedAtMs, usdMicros: newest.priceUsdMicros }] : prices;
}

/** The last one up to a moment; null before the first. */
export function priceAt(prices: PastPrice[], atMs: number): bigint | null {
  return prices.findLast((price) => price.atMs <= atMs)?.usdMicros ?? null;
}
