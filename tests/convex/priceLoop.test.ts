import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { internal } from "../../convex/_generated/api";
import { requireGoodPrice } from "../../convex/prices/model";
import { FAULTS } from "../../src/local/market/market";
import { marketEnvironment } from "../../src/local/market/ofStack";
import { type MarketHandle, startMarket } from "../../src/local/market/server";
import { type Backend, openBackend } from "./backend";
import { operatorsTold } from "./operatorsTold";

const USD = 1_000_000n;
const START = Date.UTC(2026, 10, 20, 12);
const MINUTE = 60_000;
let backend: Backend;
let market: MarketHandle;

beforeEach(async () => {
  // The next looks wait for ever; each look's own time limit is only reached where a test says so.
  vi.useFakeTimers({ toFake: ["setTimeout", "Date"], now: START });
  vi.spyOn(console, "warn").mockImplementation(() => {});
  backend = await openBackend();
  market = await startMarket({ port: 0, now: async () => Date.now() });
  backend.setEnvironment({ ...marketEnvironment(market.url), PRICE_POLL_MS: "10000" });
  await market.setPrice("BTC", 60_000n * USD);
  await market.setPrice("STX", 2n * USD);
});
afterEach(async () => {
  await market.close();
  backend.setEnvironment({ PRICE_SOURCES: "" });
});

const loop = () => backend.run((ctx) => ctx.db.query("priceLoop").unique());
const status = () => backend.query(internal.prices.loop.status, {});
const good = (underlying: "BTC" | "STX" = "BTC") =>
  backend.run(async (ctx) => (await requireGoodPrice(ctx, underlying, Date.now())).priceUsdMicros);
const NONE = { data: { code: "NO_GOOD_PRICE" } };

/** The look that is due, by itself. */
async function look() {
  const lease = (await loop())?.lease ?? "";
  await backend.action(internal.prices.loop.look, { lease });
}

async function lookAfter(ms: number) {
  vi.setSystemTime(Date.now() + ms);
  await look();
}

beforeEach(() => backend.mutation(internal.prices.loop.wake, {}));

test("a look brings the prices of both, and the next look is due", async () => {
  await expect(good()).rejects.toMatchObject(NONE);
  await look();
  expect([await good(), await good("STX")]).toEqual([60_000n * USD, 2n * USD]);
  expect(await loop()).toMatchObject({ failures: 0, troubles: [], dueAt: START + 10_000 });
  await market.setPrice("BTC", 50_000n * USD);
  await lookAfter(10_000);
  expect([await good(), await good("STX")]).toEqual([50_000n * USD, 2n * USD]);
});

test("one loop at a time: a look of another lease sees nothing and records nothing", async () => {
  const lease = (await loop())?.lease as string;
  await backend.mutation(internal.prices.loop.wake, {});
  const before = await loop();
  expect(before?.lease).not.toBe(lease);
  await backend.action(internal.prices.loop.look, { lease });
  const said = { source: "a", priceUsdMicros: 1_000n * USD, publishedAtMs: Date.now(), confidenceUsdMicros: null };
  const quotes = [said, { ...said, source: "b" }];
  await backend.mutation(internal.prices.loop.record, { lease, underlying: "BTC", quotes });
  await backend.mutation(internal.prices.loop.finish, { lease, troubles: ["late"], unrecorded: [] });
  expect(await loop()).toEqual(before);
  await expect(good()).rejects.toMatchObject(NONE);
});

test("a loop that died is started again, one that lives is left alone", async () => {
  await look();
  const living = await loop();
  await backend.mutation(internal.prices.loop.watch, {});
  expect(await loop()).toEqual(living);
  vi.setSystemTime((living?.dueAt ?? 0) + MINUTE);
  await backend.mutation(internal.prices.loop.watch, {});
  expect(await loop()).toEqual(living);
  vi.setSystemTime((living?.dueAt ?? 0) + MINUTE + 1);
  await backend.mutation(internal.prices.loop.watch, {});
  expect((await loop())?.lease).not.toBe(living?.lease);
});

test("where nobody is to be asked there is no loop, and one that runs ends", async () => {
  backend.setEnvironment({ PRICE_SOURCES: "" });
  const running = await loop();
  await lookAfter(MINUTE * 2);
  expect(await loop()).toMatchObject({ lease: running?.lease, dueAt: Date.now() });
  await backend.mutation(internal.prices.loop.watch, {});
  await backend.mutation(internal.prices.loop.wake, {});
  expect((await loop())?.lease).toBe(running?.lease);
  await expect(good()).rejects.toMatchObject(NONE);
});

const PROMPT = FAULTS.filter((kind) => kind !== "slow");

test.each(PROMPT)("one source that is %s stops nothing", async (kind) => {
  await look();
  market.setFaults([{ kind, source: "coinbase" }]);
  await market.setPrice("BTC", 59_000n * USD);
  await lookAfter(10_000);
  expect(await good()).toBe(59_000n * USD);
  const { troubles } = await status();
  const isTold = !["stale", "absurd", "disagreeing"].includes(kind);
  expect(troubles.map((line) => line.split(" ")[0])).toEqual(isTold ? ["coinbase", "coinbase"] : []);
});

test.each(PROMPT)(
  "all sources %s: the last price stays good for five minutes, then there is none, then there is again",
  async (kind) => {
    await look();
    if (kind === "disagreeing") {
      market.setFaults([
        { kind, source: "pyth" },
        { kind: "refused", source: "kraken" },
      ]);
      await lookAfter(10_000);
      await expect(good()).rejects.toMatchObject(NONE);
      expect((await status()).prices.map(({ isGood, refusal }) => [isGood, refusal?.split(":")[0]])).toEqual([
        [false, "SOURCES_DISAGREE"],
        [false, "SOURCES_DISAGREE"],
      ]);
    } else {
      market.setFaults([{ kind }]);
      await lookAfter(5 * MINUTE);
      expect(await good()).toBe(60_000n * USD);
      await lookAfter(1);
      await expect(good()).rejects.toMatchObject(NONE);
      expect((await status()).prices.map(({ refusal }) => refusal?.split(":")[0])).toEqual([
        "TOO_FEW_SOURCES",
        "TOO_FEW_SOURCES",
      ]);
    }
    market.setFaults([]);
    await lookAfter(10_000);
    expect(await good()).toBe(60_000n * USD);
  },
);

test("a price that can't be recorded is told and tried again more slowly, and the other's goes on", async () => {
  // What can't be: two rows of one underlying.
  const row = { underlying: "STX" as const, accepted: null, isGood: false, refusal: null };
  const spoil = () => backend.run(async (ctx) => void (await ctx.db.insert("latestPrices", row)));
  await spoil();
  await spoil();
  await look();
  expect(await good()).toBe(60_000n * USD);
  const told = (await loop())?.troubles ?? [];
  expect(told).toEqual([expect.stringMatching(/^STX could not be recorded: .*unique/s)]);
  expect(await loop()).toMatchObject({ failures: 1, dueAt: START + 20_000 });
  const lease = (await loop())?.lease as string;
  for (let n = 0; n < 20; n += 1) {
    await backend.mutation(internal.prices.loop.finish, { lease, troubles: [], unrecorded: ["again"] });
  }
  expect(await loop()).toMatchObject({ failures: 21, dueAt: START + MINUTE });
  await backend.run(async (ctx) => {
    const [spoilt] = await ctx.db
      .query("latestPrices")
      .withIndex("by_underlying", (q) => q.eq("underlying", "STX"))
      .take(1);
    if (spoilt) await ctx.db.delete("latestPrices", spoilt._id);
  });
  await look();
  expect(await good("STX")).toBe(2n * USD);
  expect(await loop()).toMatchObject({ failures: 0, troubles: [], dueAt: START + 10_000 });
});

test("operators hear once of a price that is missing for longer than decisions allow, and again of the next time", async () => {
  const told = async () => {
    await backend.mutation(internal.prices.loop.watch, {});
    return operatorsTold(backend);
  };
  await look();
  market.setFaults([{ kind: "refused" }]);
  await lookAfter(5 * MINUTE);
  expect(await told()).toEqual([]);
  for (let n = 0; n < 3; n += 1) {
    await lookAfter(1_000);
    expect(await told()).toEqual(["prices.missing", "prices.missing"]);
  }
  market.setFaults([]);
  await lookAfter(10_000);
  market.setFaults([{ kind: "refused", source: "pyth" }]);
  await lookAfter(MINUTE);
  expect(await told()).toEqual(["prices.missing", "prices.missing"]);
  market.setFaults([{ kind: "refused" }]);
  await lookAfter(6 * MINUTE);
  expect(await told()).toHaveLength(4);
});
