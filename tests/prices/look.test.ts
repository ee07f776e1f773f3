import { afterEach, beforeEach, expect, test } from "vitest";
import { aggregate, PRICE_RULES } from "../../src/domain/prices";
import { FAULTS } from "../../src/local/market/market";
import { type MarketHandle, startMarket } from "../../src/local/market/server";
import { lookAtSources, type PriceLook, priceSources, SOURCES, type SourceName } from "../../src/prices/look";

const USD = 1_000_000n;
const NOW = 1_800_000_000_000;
let market: MarketHandle;
beforeEach(async () => {
  market = await startMarket({ port: 0, now: async () => NOW });
  await market.setPrice("BTC", 60_000n * USD);
  await market.setPrice("STX", 2n * USD);
});
afterEach(() => market.close());

const urls = () =>
  Object.fromEntries(SOURCES.map((name) => [name, `${market.url}/${name}`])) as Record<SourceName, string>;
const look = (withinMs?: number) =>
  lookAtSources(priceSources({ sources: [...SOURCES], urls: urls(), pythApiKey: "" }), withinMs);
const priceOf = ({ underlying, quotes }: PriceLook) => {
  const outcome = aggregate(quotes, { now: NOW, rules: PRICE_RULES[underlying] });
  return outcome.ok ? outcome.value.priceUsdMicros : outcome.refusal.code;
};

test("all three sources tell the market's prices", async () => {
  const looks = await look();
  expect(looks.map(({ underlying, quotes, failures }) => [underlying, quotes.length, failures])).toEqual([
    ["BTC", 3, []],
    ["STX", 3, []],
  ]);
  expect(looks.map(priceOf)).toEqual([60_000n * USD, 2n * USD]);
  const [btc] = looks;
  expect(btc?.quotes.map(({ source }) => source).sort()).toEqual(["coinbase", "kraken", "pyth"]);
  expect(btc?.quotes.every(({ publishedAtMs }) => publishedAtMs === NOW)).toBe(true);
});

test.each(FAULTS)("one source that is %s stops nothing; all of them stop everything", async (kind) => {
  const withinMs = kind === "slow" ? 500 : undefined;
  for (const source of SOURCES) {
    market.setFaults([{ kind, source }]);
    expect((await look(withinMs)).map(priceOf)).toEqual([60_000n * USD, 2n * USD]);
  }
  market.setFaults([
    { kind, source: "pyth" },
    { kind, source: "kraken" },
  ]);
  // Two that are wrong in the same way outvote the third: more sources, not rules, would help.
  const wrong = kind === "disagreeing" ? [72_000n * USD, (24n * USD) / 10n] : ["TOO_FEW_SOURCES", "TOO_FEW_SOURCES"];
  expect((await look(withinMs)).map(priceOf)).toEqual(wrong);
  market.setFaults([{ kind, underlying: "STX" }]);
  if (kind !== "disagreeing") expect((await look(withinMs)).map(priceOf)).toEqual([60_000n * USD, "TOO_FEW_SOURCES"]);
});

test("two that disagree make no price", async () => {
  market.setFaults([
    { kind: "disagreeing", source: "pyth" },
    { kind: "refused", source: "kraken" },
  ]);
  expect((await look()).map(priceOf)).toEqual(["SOURCES_DISAGREE", "SOURCES_DISAGREE"]);
});

test("why a source failed is told, and a look at nobody is over at once", async () => {
  market.setFaults([
    { kind: "refused", source: "pyth", underlying: "BTC" },
    { kind: "slow", source: "kraken", underlying: "BTC" },
  ]);
  const [btc] = await look(500);
  expect(btc?.failures.map(({ source, kind }) => [source, kind]).sort()).toEqual([
    ["kraken", "unreachable"],
    ["pyth", "refused"],
  ]);
  await market.close();
  const looks = await look();
  expect(looks.map(({ quotes, failures }) => [quotes, failures.map(({ kind }) => kind)])).toEqual([
    [[], ["unreachable", "unreachable", "unreachable"]],
    [[], ["unreachable", "unreachable", "unreachable"]],
  ]);
  expect(await lookAtSources([])).toEqual([
    { underlying: "BTC", quotes: [], failures: [] },
    { underlying: "STX", quotes: [], failures: [] },
  ]);
});
