import fc from "fast-check";
import { expect, test } from "vitest";
import { coinbase } from "../../src/prices/coinbase";
import { microsOf, scaledMicros } from "../../src/prices/decimals";
import { kraken } from "../../src/prices/kraken";
import { pyth } from "../../src/prices/pyth";
import type { PriceSource } from "../../src/prices/source";
import { coinbaseBtc, krakenBtc, krakenStx, krakenUnknownPair, pythBtc, pythStx } from "../fixtures/priceApis";

const signal = new AbortController().signal;

/** What a source makes of an answer, and what it asked for. */
function asked(of: (options: { fetcher: typeof fetch }) => PriceSource, answer: unknown, init: ResponseInit = {}) {
  const requests: { url: string; headers: Record<string, string> }[] = [];
  const fetcher = (async (url: string, { headers }: { headers: Record<string, string> }) => {
    requests.push({ url, headers });
    return new Response(typeof answer === "string" ? answer : JSON.stringify(answer), init);
  }) as unknown as typeof fetch;
  return { source: of({ fetcher }), requests };
}

const ofPyth = (options: object) => pyth("http://pyth.test", options);
const ofCoinbase = (options: object) => coinbase("http://coinbase.test", options);
const ofKraken = (options: object) => kraken("http://kraken.test", options);
const BTC = { quote: (source: PriceSource) => source.fetchQuote("BTC", { signal }) };

test("Pyth: the price and its interval by their exponent, in whole seconds", async () => {
  const { source, requests } = asked(ofPyth, pythBtc);
  expect(await BTC.quote(source)).toEqual({
    source: "pyth",
    priceUsdMicros: 71_123_456_789n,
    publishedAtMs: 1_717_632_000_000,
    confidenceUsdMicros: 28_012_346n,
  });
  expect(requests[0]?.url).toBe(
    "http://pyth.test/v2/updates/price/latest?ids[]=e62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43&parsed=true",
  );
  expect(requests[0]?.headers).not.toHaveProperty("authorization");
  expect((await asked(ofPyth, pythStx).source.fetchQuote("STX", { signal })).priceUsdMicros).toBe(1_923_456n);
});

test("Pyth is shown its key, and nobody else is", async () => {
  const withKey = asked((options) => pyth("http://pyth.test", { ...options, apiKey: "secret" }), pythBtc);
  await BTC.quote(withKey.source);
  expect(withKey.requests[0]?.headers).toMatchObject({ authorization: "Bearer secret" });
  const other = asked(ofCoinbase, coinbaseBtc);
  await BTC.quote(other.source);
  expect(other.requests[0]?.headers).toEqual({ "user-agent": "bithedge-liquidity" });
});

test("Coinbase: the last trade and its time", async () => {
  const { source, requests } = asked(ofCoinbase, coinbaseBtc);
  expect(await BTC.quote(source)).toEqual({
    source: "coinbase",
    priceUsdMicros: 71_123_450_000n,
    publishedAtMs: 1_717_632_000_123,
    confidenceUsdMicros: null,
  });
  expect(requests[0]?.url).toBe("http://coinbase.test/products/BTC-USD/ticker");
});

test("Kraken: the newest trade, under whatever name of the pair", async () => {
  const { source, requests } = asked(ofKraken, krakenBtc);
  expect(await BTC.quote(source)).toEqual({
    source: "kraken",
    priceUsdMicros: 71_123_400_000n,
    publishedAtMs: 1_717_632_000_987,
    confidenceUsdMicros: null,
  });
  expect(requests[0]?.url).toBe("http://kraken.test/0/public/Trades?pair=XBTUSD&count=1");
  expect((await asked(ofKraken, krakenStx).source.fetchQuote("STX", { signal })).priceUsdMicros).toBe(1_923_000n);
});

/** The fixture with one thing changed. */
function changed<T>(fixture: T, change: (copy: T) => void): T {
  const copy = structuredClone(fixture);
  change(copy);
  return copy;
}

type Price = { price: string; conf: string; expo: number; publish_time: unknown };
const withPyth = (fields: object) =>
  changed(pythBtc, ({ parsed: [update] }) => Object.assign(update?.price as Price, fields));
const withTrade = (...trade: unknown[]) => ({ error: [], result: { XXBTZUSD: [trade], last: "1" } });

const NOT_A_PRICE = [
  "",
  "-1",
  "+1",
  "1e30",
  "NaN",
  "Infinity",
  "0x10",
  "1,000",
  " 1",
  "1.",
  ".5",
  "1.2.3",
  "9".repeat(13),
];

test.each([
  ["no JSON", "<html>", "unreadable"],
  ["nothing", "", "unreadable"],
  ["half of it", '{"price": "60', "unreadable"],
  ["null", "null", "unreadable"],
  ["a list", [], "unreadable"],
  ["an empty object", {}, "unreadable"],
  ["more than 64 KiB", `"${"x".repeat(64 * 1024)}"`, "unreadable"],
] as const)("%s is no answer of any source", async (_what, answer, kind) => {
  for (const of of [ofPyth, ofCoinbase, ofKraken]) {
    await expect(BTC.quote(asked(of, answer).source)).rejects.toMatchObject({ name: "PriceError", kind });
  }
});

test("an answer is read up to 64 KiB, and no byte further", async () => {
  for (const [of, fixture] of [
    [ofPyth, pythBtc],
    [ofCoinbase, coinbaseBtc],
    [ofKraken, krakenBtc],
  ] as const) {
    const full = JSON.stringify(fixture).padEnd(64 * 1024);
    expect((await BTC.quote(asked(of, full).source)).priceUsdMicros).toBeGreaterThan(0n);
    await expect(BTC.quote(asked(of, `${full} `).source)).rejects.toMatchObject({ kind: "unreadable" });
  }
});

test("what is no price in digits, or no time, is read by no source", async () => {
  const wrong: [typeof ofPyth, unknown][] = [
    ...NOT_A_PRICE.flatMap((price): [typeof ofPyth, unknown][] => [
      [ofCoinbase, { ...coinbaseBtc, price }],
      [ofKraken, withTrade(price, "1", 1_717_632_000)],
    ]),
    [ofCoinbase, { ...coinbaseBtc, price: 71_123.45 }],
    [ofCoinbase, { ...coinbaseBtc, time: "yesterday" }],
    [ofCoinbase, { ...coinbaseBtc, time: 1_717_632_000 }],
    [ofCoinbase, { price: "1.0" }],
    [ofKraken, withTrade("1.0", "1", "1717632000")],
    [ofKraken, withTrade("1.0", "1", -1)],
    [ofKraken, withTrade("1.0", "1", 1e300)],
    [ofKraken, withTrade("1.0")],
    [ofKraken, { error: [], result: { XXBTZUSD: [], last: "1" } }],
    [ofKraken, { error: [], result: { ...krakenBtc.result, XETHZUSD: krakenBtc.result.XXBTZUSD } }],
    [ofKraken, { error: [] }],
    [ofPyth, { parsed: [] }],
    [ofPyth, pythStx],
    ...[{ price: "-1" }, { price: "1e5" }, { price: 5 }, { price: "9".repeat(19) }, { conf: "-1" }].map(
      (fields): [typeof ofPyth, unknown] => [ofPyth, withPyth(fields)],
    ),
    ...[{ expo: 1 }, { expo: -19 }, { expo: 0.5 }, { expo: "8" }, { publish_time: -1 }, { publish_time: 1e12 }].map(
      (fields): [typeof ofPyth, unknown] => [ofPyth, withPyth(fields)],
    ),
    // 10^18 dollars.
    [ofPyth, withPyth({ price: "9".repeat(18), expo: 0 })],
  ];
  for (const [of, answer] of wrong) {
    await expect(BTC.quote(asked(of, answer).source), JSON.stringify(answer)).rejects.toMatchObject({
      name: "PriceError",
      kind: "unreadable",
    });
  }
});

test("a zero is told as it is: whether it is absurd is not the source's to say", async () => {
  expect((await BTC.quote(asked(ofCoinbase, { ...coinbaseBtc, price: "0.00" }).source)).priceUsdMicros).toBe(0n);
});

test("a refusal is one, with a status or without", async () => {
  for (const of of [ofPyth, ofCoinbase, ofKraken]) {
    for (const status of [400, 401, 404, 429, 500, 503]) {
      await expect(BTC.quote(asked(of, "no", { status }).source)).rejects.toMatchObject({ kind: "refused" });
    }
  }
  await expect(BTC.quote(asked(ofKraken, krakenUnknownPair).source)).rejects.toMatchObject({
    kind: "refused",
    message: "EQuery:Unknown asset pair",
  });
});

test("decimal figures become micro-dollars digit by digit", () => {
  expect(["0", "1", "0.000001", "0.0000019", "71123.45", "999999999999.999999"].map(microsOf)).toEqual([
    0n,
    1_000_000n,
    1n,
    1n,
    71_123_450_000n,
    999_999_999_999_999_999n,
  ]);
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 18n - 1n), (micros) => {
      const whole = micros / 1_000_000n;
      expect(microsOf(`${whole}.${((micros % 1_000_000n) + 1_000_000n).toString().slice(1)}`)).toBe(micros);
      expect(scaledMicros(micros, -6)).toBe(micros);
      expect(scaledMicros(micros, -7) * 10n).toBeLessThanOrEqual(micros);
      expect(scaledMicros(micros, -7, "up") * 10n).toBeGreaterThanOrEqual(micros);
    }),
  );
});
