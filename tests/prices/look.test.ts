import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { UNDERLYINGS } from "../../src/domain/policies";
import { aggregate, PRICE_RULES } from "../../src/domain/prices";
import { FAULTS } from "../../src/local/market/market";
import { type MarketHandle, startMarket } from "../../src/local/market/server";
import {
  ANSWER_MS,
  lookAtSources,
  type PriceLook,
  priceSources,
  SOURCES,
  type SourceName,
} from "../../src/prices/look";

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

/** @param silent how many of the answers do not come: the look's time is over once all others are there */
async function look(silent = 0): Promise<PriceLook[]> {
  let missing = SOURCES.length * UNDERLYINGS.length;
  const sources = priceSources({ sources: [...SOURCES], urls: urls(), pythApiKey: "" }).map((source) => ({
    ...source,
    fetchQuote: (...asked: Parameters<typeof source.fetchQuote>) =>
      source.fetchQuote(...asked).finally(() => {
        missing -= 1;
      }),
  }));
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const over = lookAtSources(sources);
    while (missing > silent) await new Promise(setImmediate);
    vi.advanceTimersByTime(ANSWER_MS);
    return await over;
  } finally {
    vi.useRealTimers();
  }
}

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
  const each = UNDERLYINGS.length;
  const ofSlow = (answers: number) => (kind === "slow" ? answers : 0);
  for (const source of SOURCES) {
    market.setFaults([{ kind, source }]);
    expect((await look(ofSlow(each))).map(priceOf)).toEqual([60_000n * USD, 2n * USD]);
  }
  market.setFaults([
    { kind, source: "pyth" },
    { kind, source: "kraken" },
  ]);
  // Two that are wrong in the same way outvote the third: more sources, not rules, would help.
  const wrong = kind === "disagreeing" ? [72_000n * USD, (24n * USD) / 10n] : ["TOO_FEW_SOURCES", "TOO_FEW_SOURCES"];
  expect((await look(ofSlow(2 * each))).map(priceOf)).toEqual(wrong);
  market.setFaults([{ kind, underlying: "STX" }]);
  if (kind === "disagreeing") return;
  expect((await look(ofSlow(SOURCES.length))).map(priceOf)).toEqual([60_000n * USD, "TOO_FEW_SOURCES"]);
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
  const [btc] = await look(1);
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
