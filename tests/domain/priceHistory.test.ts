import fc from "fast-check";
import { expect, test } from "vitest";
import {
  largestMoveIn,
  NO_HISTORY,
  type PriceHistory,
  pastPrices,
  priceAt,
  realised,
  remember,
} from "../../src/domain/priceHistory";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = 1_800_000_000_000 - (1_800_000_000_000 % DAY);

type Point = [afterStartMs: number, price: bigint];

const historyOf = (points: Point[]): PriceHistory =>
  points.reduce(
    (history, [at, priceUsdMicros]) => remember(history, { priceUsdMicros, publishedAtMs: START + at }),
    NO_HISTORY,
  );

test("a market that does not move has no volatility, one known for a few hours has none told", () => {
  const flat = Array.from({ length: 24 }, (_, n): Point => [n * HOUR, 100_000_000n]);
  expect(realised(historyOf(flat), START + 24 * HOUR)).toEqual({ day: 0, month: null });
  expect(realised(historyOf(flat.slice(0, 6)), START + 6 * HOUR).day).toBeNull();
  expect(realised(historyOf(flat.slice(0, 7)), START + 7 * HOUR).day).toBe(0);
  expect(realised(NO_HISTORY, START)).toEqual({ day: null, month: null });
});

test("1% up and down each hour is 93.6% a year; the same each day 19.1%", () => {
  const zigzag = (n: number) => (n % 2 === 0 ? 100_000_000n : 101_000_000n);
  const hours = historyOf(Array.from({ length: 25 }, (_, n): Point => [n * HOUR, zigzag(n)]));
  const perStep = Math.log(1.01);
  expect(realised(hours, START + 24 * HOUR).day).toBe(Math.ceil(perStep * Math.sqrt(8_760) * 1e6));
  const days = historyOf(Array.from({ length: 31 }, (_, n): Point => [n * DAY, zigzag(n)]));
  expect(realised(days, START + 30 * DAY)).toEqual({
    day: null,
    month: Math.ceil(perStep * Math.sqrt(365) * 1e6),
  });
});

test("a fall that nobody saw the middle of is spread over the time it took", () => {
  const before = Array.from({ length: 8 }, (_, n): Point => [n * HOUR, 100_000_000n]);
  const gap = historyOf([...before, [20 * HOUR, 90_000_000n]]);
  expect(realised(gap, START + 20 * HOUR).day).toBe(Math.ceil(Math.log(100 / 90) * Math.sqrt(8_760 / 20) * 1e6));
});

test("what is older than the window does not count", () => {
  const crash: Point[] = [
    [0, 100_000_000n],
    [HOUR, 50_000_000n],
  ];
  const calm = Array.from({ length: 28 }, (_, n): Point => [(n + 2) * HOUR, 50_000_000n]);
  const dayOf = (hours: number) => realised(historyOf([...crash, ...calm].slice(0, hours)), START + hours * HOUR).day;
  expect(dayOf(24)).toBeGreaterThan(0);
  expect(dayOf(30)).toBe(0);
  // Without newer prices too: those of yesterday say nothing of today.
  expect(realised(historyOf([...crash, ...calm]), START + 60 * HOUR).day).toBeNull();
});

test("the largest move: from the lowest to the highest, the last price before included", () => {
  expect(largestMoveIn(NO_HISTORY, START)).toBe(0);
  const crash = historyOf([
    [0, 100_000_000n],
    [30 * MINUTE, 91_000_000n],
    [50 * MINUTE, 95_000_000n],
  ]);
  expect(largestMoveIn(crash, START + 20 * MINUTE)).toBe(98_902);
  expect(largestMoveIn(crash, START + 40 * MINUTE)).toBe(43_957);
  expect(largestMoveIn(crash, START + 3 * HOUR)).toBe(0);
  expect(
    largestMoveIn(
      historyOf([
        [0, 3n],
        [1, 4n],
      ]),
      START,
    ),
  ).toBe(333_334);
});

test("random histories: the move that is found covers every pair of prices of the window; what is kept is bounded", () => {
  const steps = fc.array(
    fc.tuple(
      fc.oneof(fc.integer({ min: 1, max: 60_000 }), fc.integer({ min: 1, max: 40 * MINUTE })),
      fc.bigInt(1n, 1_000n),
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 60 * MINUTE }), (moves, back) => {
      let at = 0;
      const points = moves.map(([delta, price]): Point => {
        at += delta;
        return [at, price];
      });
      const history = historyOf(points);
      expect(history.moves.length).toBeLessThanOrEqual(25);
      expect(history.hours.length).toBeLessThanOrEqual(26);
      expect(history.days.length).toBeLessThanOrEqual(32);
      const since = at - back;
      const inside = points.filter(([time]) => time >= since).map(([, price]) => Number(price));
      const found = largestMoveIn(history, START + since);
      for (const low of inside) for (const high of inside) expect((high - low) / low).toBeLessThanOrEqual(found / 1e6);
      if (points.length > 0) expect(history.days.at(-1)?.lastUsdMicros).toBe(points.at(-1)?.[1]);
    }),
  );
});

test("past prices: the shortest period that tells of a time, each at its end, the first from its beginning on", () => {
  expect(pastPrices(NO_HISTORY, null)).toEqual([]);
  const young = historyOf([
    [0, 5n],
    [6 * MINUTE, 6n],
  ]);
  const now = { priceUsdMicros: 7n, publishedAtMs: START + 8 * MINUTE };
  expect(pastPrices(young, now).map(({ atMs, usdMicros }) => [(atMs - START) / MINUTE, usdMicros])).toEqual([
    [0, 5n],
    [5, 5n],
    [8, 6n],
    [8, 7n],
  ]);
  // Six weeks by the hour, each with a price of its own.
  const hours = 42 * 24;
  const old = historyOf(Array.from({ length: hours }, (_, n): Point => [n * HOUR, BigInt(n + 1)]));
  const end = START + (hours - 1) * HOUR;
  const prices = pastPrices(old, { priceUsdMicros: 9_999n, publishedAtMs: end + MINUTE });
  expect(prices.every(({ atMs }, n) => n === 0 || atMs >= (prices[n - 1]?.atMs ?? 0))).toBe(true);
  expect(prices.length).toBeGreaterThan(32 + 20);
  expect(priceAt(prices, end + MINUTE)).toBe(9_999n);
  expect(priceAt(prices, end - 5 * HOUR)).toBe(BigInt(hours - 6));
  expect(priceAt(prices, end - 20 * DAY - HOUR)).toBe(BigInt(hours - 24 * 20 - 24));
  expect(priceAt(prices, START)).toBe(null);
});
