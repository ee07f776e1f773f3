/** The prices' part of the list of calls: a new price, the same again, none, and what follows a look. */
import type { Value } from "convex/values";
import { BTC } from "./backed";
import type { Measured } from "./footprintCalls";
import { LEASE } from "./owed";
import type { Population } from "./population";

type Look = { underlying: string; quotes: Value[] };

const USD = 1_000_000n;

/** Two sources that agree, published at the chain's or this machine's time, whichever is later, and so long after it. */
export function looks({ time }: Population, afterMs: number, btc = BTC.calm): Look[] {
  const publishedAtMs = Math.max(Date.now(), time * 1_000) + afterMs;
  const said = { publishedAtMs, confidenceUsdMicros: null };
  const quotes = (priceUsdMicros: bigint) => ["one", "two"].map((source) => ({ source, priceUsdMicros, ...said }));
  return [
    { underlying: "BTC", quotes: quotes(btc) },
    { underlying: "STX", quotes: quotes(2n * USD) },
  ];
}

const records = (name: string, looksOf: (population: Population) => Look[]): Measured => ({
  name: `prices/loop:record, ${name}`,
  call: (product, population) =>
    product.call("mutation", "prices/loop:record", { lease: LEASE, ...(looksOf(population)[0] as Look) }),
});

const operates = (name: string, args: Record<string, Value> = {}): Measured => ({
  name,
  call: (product) => product.call("mutation", name, args),
});
const asks = (name: string, args: Record<string, Value> = {}): Measured => ({
  name,
  call: (product) => product.call("query", name, args),
});

export const PRICE_CALLS: Measured[] = [
  asks("prices/loop:isMine", { lease: LEASE }),
  records("first price", (population) => looks(population, 0)),
  records("new price, nothing due", (population) => looks(population, 2_000, BTC.lower)),
  records("the same again", (population) => looks(population, 0)),
  records("nobody answered", () => [{ underlying: "BTC", quotes: [] }]),
  {
    name: "prices/record:recordLook",
    call: (product, population) =>
      product.call("mutation", "prices/record:recordLook", { looks: looks(population, 4_000) }),
  },
  records("new price, a batch of locks due", (population) => looks(population, 6_000, BTC.locks)),
  records("new price, a batch of positions called", (population) => looks(population, 8_000, BTC.called)),
  asks("prices:getPriceHistory", { underlying: "BTC" }),
  asks("prices/loop:status"),
  operates("prices/loop:finish", { lease: LEASE, troubles: [], unrecorded: ["bench"] }),
  operates("prices/loop:watch"),
  operates("prices/loop:wake"),
];
