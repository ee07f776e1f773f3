/** Kraken: the last trade (docs.kraken.com, "Get Recent Trades"), as its ticker tells no time. */
import { z } from "zod";
import type { Underlying } from "../domain/policies";
import { microsOf } from "./decimals";
import { ask } from "./request";
import { type Fetcher, PriceError, type PriceSource } from "./source";

export const KRAKEN_PAIRS: Record<Underlying, string> = { BTC: "XBTUSD", STX: "STXUSD" };

/** The year 5138. */
const LATEST_SECONDS = 1e11;

/** Price, volume, unix seconds, and more that is of no interest here. */
const trade = z.tuple([z.string(), z.string(), z.number().min(0).max(LATEST_SECONDS)]).rest(z.unknown());

/** Under the pair, by whatever of its names Kraken prefers, the trades, oldest first; beside them `last`. A refusal has an error and a status of 200. */
const recentTrades = z.object({
  error: z.array(z.string()),
  result: z.record(z.string(), z.union([z.string(), z.array(trade)])).optional(),
});

export function kraken(baseUrl: string, { fetcher = fetch as Fetcher } = {}): PriceSource {
  return {
    name: "kraken",
    async fetchQuote(underlying, { signal }) {
      const url = `${baseUrl}/0/public/Trades?pair=${KRAKEN_PAIRS[underlying]}&count=1`;
      const { error, result = {} } = await ask({ url, shape: recentTrades, signal, fetcher });
      if (error.length > 0) throw new PriceError("refused", error.join(", ").slice(0, 100));
      const pairs = Object.values(result).filter((value) => typeof value !== "string");
      const newest = pairs.length === 1 ? pairs[0]?.at(-1) : undefined;
      if (!newest) throw new PriceError("unreadable", `The answer has no trade of ${underlying}.`);
      const [price, , seconds] = newest;
      const publishedAtMs = Math.floor(seconds * 1_000);
      return { source: "kraken", priceUsdMicros: microsOf(price), publishedAtMs, confidenceUsdMicros: null };
    },
  };
}
