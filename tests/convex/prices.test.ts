import { beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import {
  expiryPrice,
  firstPriceAfter,
  largestMove,
  latestPrice,
  realisedVolatility,
  requireGoodPrice,
} from "../../convex/prices/model";
import type { PriceQuote } from "../../src/domain/prices";
import { type Backend, openBackend, PaperVault, sync } from "./backend";
import { agreed, priceTime, setPrice } from "./pricing";

const USD = 1_000_000n;
const NOW = Date.UTC(2026, 10, 20, 12);
const MINUTE = 60_000;
let backend: Backend;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "Date"], now: NOW });
  backend = await openBackend();
});

const look = (quotes: PriceQuote[], underlying: "BTC" | "STX" = "BTC") =>
  backend.mutation(internal.prices.record.recordLook, { looks: [{ underlying, quotes }] });
const good = (nowMs = Date.now(), underlying: "BTC" | "STX" = "BTC") =>
  backend.run((ctx) => requireGoodPrice(ctx, underlying, nowMs));
const latest = () => backend.run((ctx) => latestPrice(ctx, "BTC"));
const stored = () => backend.run((ctx) => ctx.db.query("prices").take(1_000));
const expiryAt = (ms: number) => backend.run((ctx) => expiryPrice(ctx, "BTC", ms / 1_000));

test("what two sources agree on is the price of its underlying, and of no other", async () => {
  await expect(good()).rejects.toMatchObject({ data: { code: "NO_GOOD_PRICE", underlying: "BTC" } });
  const at = await setPrice(backend, "BTC", 60_000n * USD);
  expect(at).toBe(NOW);
  expect(await good()).toEqual({ priceUsdMicros: 60_000n * USD, publishedAtMs: NOW });
  expect(await latest()).toEqual({ priceUsdMicros: 60_000n * USD, publishedAtMs: NOW, isGood: true });
  await expect(good(NOW, "STX")).rejects.toMatchObject({ data: { code: "NO_GOOD_PRICE" } });
});

test("how a price went is told to anybody, of one underlying; of none that never had a price", async () => {
  await setPrice(backend, "BTC", 60_000n * USD);
  vi.setSystemTime(NOW + 6 * MINUTE);
  await setPrice(backend, "BTC", 59_000n * USD);
  const candle = (startsAtMs: number, high: bigint, low: bigint) => ({
    ...{ startsAtMs, highUsdMicros: high * USD, lowUsdMicros: low * USD, lastUsdMicros: low * USD },
  });
  const whole = candle(NOW, 60_000n, 59_000n);
  expect(await backend.query(api.prices.getPriceHistory, { underlying: "BTC" })).toEqual({
    moves: [candle(NOW, 60_000n, 60_000n), candle(NOW + 5 * MINUTE, 59_000n, 59_000n)],
    hours: [whole],
    days: [{ ...whole, startsAtMs: Date.UTC(2026, 10, 20) }],
  });
  const none = { moves: [], hours: [], days: [] };
  expect(await backend.query(api.prices.getPriceHistory, { underlying: "STX" })).toEqual(none);
});

test("a price is good for five minutes", async () => {
  await setPrice(backend, "BTC", 60_000n * USD);
  expect((await good(NOW + 5 * MINUTE)).publishedAtMs).toBe(NOW);
  await expect(good(NOW + 5 * MINUTE + 1)).rejects.toMatchObject({
    data: { code: "NO_GOOD_PRICE", ageMs: 5 * MINUTE + 1 },
  });
});

test("the same price again, and an older one, change nothing", async () => {
  await setPrice(backend, "BTC", 60_000n * USD);
  const before = await backend.run((ctx) => ctx.db.query("priceHistories").take(10));
  expect(await look(agreed(60_000n * USD, NOW))).toEqual([]);
  expect(await look(agreed(61_000n * USD, NOW))).toEqual([]);
  expect(await look(agreed(62_000n * USD, NOW - 1))).toEqual([]);
  expect(await stored()).toHaveLength(1);
  expect(await backend.run((ctx) => ctx.db.query("priceHistories").take(10))).toEqual(before);
  expect((await good()).priceUsdMicros).toBe(60_000n * USD);
});

test("sources that fail leave the last price good until it is old; sources that disagree do not", async () => {
  await setPrice(backend, "BTC", 60_000n * USD);
  const [one] = agreed(61_000n * USD, NOW + 1) as [PriceQuote];
  expect(await look([one])).toEqual([]);
  expect(await look([])).toEqual([]);
  expect((await good()).priceUsdMicros).toBe(60_000n * USD);
  const refusals = await backend.run((ctx) => ctx.db.query("latestPrices").take(10));
  expect(refusals.map(({ refusal }) => refusal)).toEqual([expect.stringContaining("TOO_FEW_SOURCES")]);

  expect(await look([one, { ...one, source: "two", priceUsdMicros: 50_000n * USD }])).toEqual([]);
  await expect(good()).rejects.toMatchObject({ data: { code: "NO_GOOD_PRICE", ageMs: 0 } });
  expect(await latest()).toEqual({ priceUsdMicros: 60_000n * USD, publishedAtMs: NOW, isGood: false });
  // Silence after a disagreement settles nothing.
  await look([]);
  await expect(good()).rejects.toMatchObject({ data: { code: "NO_GOOD_PRICE" } });
  // They agree again, be it on what they said before.
  await look(agreed(60_000n * USD, NOW));
  expect((await good()).priceUsdMicros).toBe(60_000n * USD);
  expect(await stored()).toHaveLength(1);
});

test("a crash is a price: the past refuses nothing", async () => {
  await setPrice(backend, "BTC", 60_000n * USD);
  await setPrice(backend, "BTC", 600n * USD);
  expect((await good()).priceUsdMicros).toBe(600n * USD);
  expect(await backend.run((ctx) => largestMove(ctx, "BTC", NOW - 60 * MINUTE))).toBe(99_000_000);
});

test("absurd, old and too new quotes are no price", async () => {
  for (const [usdMicros, at] of [
    [0n, NOW],
    [-1n, NOW],
    [2n ** 63n - 1n, NOW],
    [60_000n, NOW],
    [60_000n * USD, NOW - MINUTE - 1],
    [60_000n * USD, NOW + 10_001],
    [60_000n * USD, 0],
  ] as const) {
    expect(await look(agreed(usdMicros, at))).toEqual([]);
  }
  expect(await stored()).toEqual([]);
  await expect(good()).rejects.toMatchObject({ data: { code: "NO_GOOD_PRICE" } });
});

test("ages are told by the chain's clock where that is ahead", async () => {
  const vault = new PaperVault();
  await sync(backend, vault);
  const tipMs = vault.timeOf(vault.height) * 1_000;
  expect(await priceTime(backend)).toBe(tipMs);
  expect(await look(agreed(60_000n * USD, NOW))).toEqual([]);
  expect(await setPrice(backend, "BTC", 60_000n * USD)).toBe(tipMs);
});

test("an exercise takes the first price published after it, for ever the same", async () => {
  const first = (ms: number) => backend.run((ctx) => firstPriceAfter(ctx, "BTC", ms));
  expect(await first(NOW)).toBeNull();
  await setPrice(backend, "BTC", 60_000n * USD, NOW);
  expect(await first(NOW)).toBeNull();
  expect(await first(NOW - 1)).toEqual({ priceUsdMicros: 60_000n * USD, publishedAtMs: NOW });
  expect(await first(NOW - 0.5)).toEqual({ priceUsdMicros: 60_000n * USD, publishedAtMs: NOW });
  await setPrice(backend, "STX", USD, NOW + 1);
  expect(await first(NOW)).toBeNull();
  await setPrice(backend, "BTC", 61_000n * USD, NOW + 2);
  await setPrice(backend, "BTC", 62_000n * USD, NOW + 3);
  expect(await first(NOW)).toEqual({ priceUsdMicros: 61_000n * USD, publishedAtMs: NOW + 2 });
});

test("an expiry takes the median of its minute, told once the minute is over", async () => {
  await setPrice(backend, "BTC", 10_000n * USD, NOW - 1);
  for (const [after, usd] of [
    [0, 60_000n],
    [10_000, 70_000n],
    [20_000, 50_000n],
    [MINUTE - 1, 61_000n],
  ] as const) {
    const at = NOW + after;
    vi.setSystemTime(at);
    await setPrice(backend, "BTC", usd * USD, at);
    expect(await expiryAt(NOW)).toBeNull();
  }
  vi.setSystemTime(NOW + MINUTE);
  await setPrice(backend, "BTC", 99_000n * USD, NOW + MINUTE);
  expect(await expiryAt(NOW)).toEqual({ priceUsdMicros: 60_500n * USD, publishedAtMs: NOW + MINUTE - 1 });
  expect(await expiryAt(NOW + MINUTE)).toBeNull();
  await setPrice(backend, "BTC", 1_000n * USD, NOW + MINUTE + 1);
  expect((await expiryAt(NOW))?.priceUsdMicros).toBe(60_500n * USD);
});

test("without a price in its minute, an expiry takes the first after it", async () => {
  await setPrice(backend, "BTC", 10_000n * USD, NOW - 1);
  expect(await expiryAt(NOW)).toBeNull();
  vi.setSystemTime(NOW + 3_600_000);
  await setPrice(backend, "BTC", 60_000n * USD);
  await setPrice(backend, "BTC", 70_000n * USD);
  expect(await expiryAt(NOW)).toEqual({ priceUsdMicros: 60_000n * USD, publishedAtMs: NOW + 3_600_000 });
});

test("volatility is told once a market is known", async () => {
  const volatility = () => backend.run((ctx) => realisedVolatility(ctx, "BTC", Date.now()));
  expect(await volatility()).toEqual({ day: null, month: null });
  for (let hour = 0; hour < 8; hour += 1) {
    vi.setSystemTime(NOW + hour * 3_600_000);
    await setPrice(backend, "BTC", (60_000n + BigInt(hour % 2) * 600n) * USD);
  }
  expect(await volatility()).toEqual({ day: Math.ceil(Math.log(1.01) * Math.sqrt(8_760) * 1e6), month: null });
});

test("what is older than a week is forgotten, a few with each new price", async () => {
  for (let n = 0; n < 6; n += 1) await setPrice(backend, "BTC", 60_000n * USD, NOW + n);
  vi.setSystemTime(NOW + 7 * 86_400_000 + 10);
  await setPrice(backend, "BTC", 60_000n * USD);
  expect(await stored()).toHaveLength(3);
  await setPrice(backend, "BTC", 60_000n * USD);
  expect(await stored()).toHaveLength(2);
});
