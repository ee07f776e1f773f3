/** The prices' part of the list of calls: a look with two new prices, one with the same again, and one that failed. */
import type { Value } from "convex/values";
import type { Measured } from "./footprintCalls";
import { LEASE } from "./owed";
import type { Population } from "./population";

const USD = 1_000_000n;

/** Two sources that agree, published at the chain's or this machine's time, whichever is later, and so long after it. */
function looks({ time }: Population, afterMs: number): Value {
  const publishedAtMs = Math.max(Date.now(), time * 1_000) + afterMs;
  const said = { publishedAtMs, confidenceUsdMicros: null };
  const quotes = (priceUsdMicros: bigint) => ["one", "two"].map((source) => ({ source, priceUsdMicros, ...said }));
  return [
    { underlying: "BTC", quotes: quotes(60_000n * USD) },
    { underlying: "STX", quotes: quotes(2n * USD) },
  ];
}

const finish = (name: string, looksOf: (population: Population) => Value): Measured => ({
  name: `prices/loop:finish, ${name}`,
  call: (product, population) =>
    product.call("mutation", "prices/loop:finish", { lease: LEASE, looks: looksOf(population), troubles: [] }),
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
  finish("first prices", (population) => looks(population, 0)),
  finish("new prices", (population) => looks(population, 5_000)),
  finish("the same again", (population) => looks(population, 0)),
  finish("nobody answered", () => []),
  {
    name: "prices/record:recordLook",
    call: (product, population) =>
      product.call("mutation", "prices/record:recordLook", { looks: looks(population, 9_000) }),
  },
  asks("prices/loop:status"),
  operates("prices/loop:fail", { lease: LEASE, error: "bench" }),
  operates("prices/loop:watch"),
  operates("prices/loop:wake"),
];
