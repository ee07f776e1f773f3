import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Market } from "../../../src/local/market/market";
import { startMarket } from "../../../src/local/market/server";

const USD = 1_000_000n;
const NOW = 1_800_000_000_500;

function marketAt(options: { file?: string; seed?: number } = {}) {
  const clock = { now: NOW };
  return { clock, market: new Market({ now: async () => clock.now, ...options }) };
}

test("a price that was set is traded on; one that was set for a time is not", async () => {
  const { clock, market } = marketAt();
  await market.setPrice("BTC", 50_000n * USD);
  expect(await market.price("BTC")).toEqual({ priceUsdMicros: 50_000n * USD, publishedAtMs: NOW });
  clock.now += 2_000;
  expect(await market.price("BTC")).toEqual({ priceUsdMicros: 50_000n * USD, publishedAtMs: NOW + 1_500 });
  await market.setPrice("BTC", 40_000n * USD, NOW);
  clock.now += 2_000;
  expect(await market.price("BTC")).toEqual({ priceUsdMicros: 40_000n * USD, publishedAtMs: NOW });
});

test("a price that moves by itself is published when it moves, and when it is set", async () => {
  const { clock, market } = marketAt({ seed: 1 });
  await market.setPrice("BTC", 50_000n * USD);
  const published = async () => (await market.price("BTC")).publishedAtMs;
  expect(await published()).toBe(NOW);
  clock.now += 4_499;
  expect(await published()).toBe(NOW);
  clock.now += 1;
  expect(await published()).toBe(NOW + 4_500);
});

test("with a seed prices move a little by themselves, the same for the same seed", async () => {
  const walk = async (seed: number) => {
    const { clock, market } = marketAt({ seed });
    await market.setPrice("BTC", 50_000n * USD);
    const seen: bigint[] = [];
    for (let n = 0; n < 50; n += 1) {
      seen.push((await market.price("BTC")).priceUsdMicros);
      clock.now += 5_000;
    }
    return seen;
  };
  const first = await walk(1);
  expect(await walk(1)).toEqual(first);
  expect(await walk(2)).not.toEqual(first);
  expect(new Set(first).size).toBeGreaterThan(25);
  for (const price of first) expect(price >= 49_950n * USD && price <= 50_050n * USD).toBe(true);
});

test("the crash of 2020-03-12 is replayed day by day, and ends at its last day", async () => {
  const { market } = marketAt();
  const days = [await market.play("btc-usd-2020-03")];
  for (let day = await market.advance(); day; day = await market.advance()) days.push(day);
  expect(days).toHaveLength(16);
  expect(days.find(({ date }) => date === "2020-03-12")).toEqual({
    date: "2020-03-12",
    priceUsdMicros: 4_970_790_000n,
  });
  expect((await market.price("BTC")).priceUsdMicros).toBe(6_198_780_000n);
  expect(await market.play("stx-usd-2021-05")).toEqual({ date: "2021-05-13", priceUsdMicros: 1_591_100n });
});

test("prices that were set survive a restart", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "market-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, "market.json");
  await marketAt({ file }).market.setPrice("STX", 123_456n, NOW);
  const { market } = marketAt({ file });
  expect(await market.price("STX")).toEqual({ priceUsdMicros: 123_456n, publishedAtMs: NOW });
  expect((await market.price("BTC")).priceUsdMicros).toBe(60_000n * USD);
});

test("its routes set prices and faults, for whoever sends JSON of the right shape", async () => {
  const market = await startMarket({ port: 0, now: async () => NOW });
  onTestFinished(() => market.close());
  const control = (name: string, body: unknown, type = "application/json") =>
    fetch(`${market.url}/control/${name}`, {
      method: "POST",
      headers: { "content-type": type },
      body: JSON.stringify(body),
    });
  const ticker = async () => (await fetch(`${market.url}/coinbase/products/BTC-USD/ticker`)).json();

  expect((await control("price", { underlying: "BTC", priceUsdMicros: "1500000" })).status).toBe(200);
  expect(await ticker()).toMatchObject({ price: "1.500000" });
  for (const wrong of [{}, { underlying: "ETH", priceUsdMicros: "1" }, { underlying: "BTC", priceUsdMicros: 1 }]) {
    expect((await control("price", wrong)).status).toBe(400);
  }
  expect((await control("price", { underlying: "BTC", priceUsdMicros: "1" }, "text/plain")).status).toBe(415);
  expect(await ticker()).toMatchObject({ price: "1.500000" });
  expect(await (await control("play", { series: "btc-usd-2020-03" })).json()).toEqual({
    date: "2020-03-05",
    priceUsdMicros: "9078760000",
  });
  expect(await (await control("advance", {})).json()).toMatchObject({ date: "2020-03-06" });
  expect((await (await control("standing", {})).json()).replay).toEqual({
    series: "btc-usd-2020-03",
    day: 2,
    days: 16,
    date: "2020-03-06",
  });
  expect((await control("faults", { faults: [{ kind: "refused", source: "coinbase" }] })).status).toBe(200);
  expect((await fetch(`${market.url}/coinbase/products/BTC-USD/ticker`)).status).toBe(429);
  expect((await control("faults", { faults: [{ kind: "odd" }] })).status).toBe(400);
  expect((await fetch(`${market.url}/coinbase/products/ETH-USD/ticker`)).status).toBe(404);
});
