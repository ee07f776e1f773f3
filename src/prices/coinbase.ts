/** Coinbase Exchange: the last trade (docs.cdp.coinbase.com, "Get product ticker"). */
import { z } from "zod";
import type { Underlying } from "../domain/policies";
import { microsOf } from "./decimals";
import { ask } from "./request";
import type { Fetcher, PriceSource } from "./source";

export const COINBASE_PRODUCTS: Record<Underlying, string> = { BTC: "BTC-USD", STX: "STX-USD" };

const ticker = z.object({ price: z.string(), time: z.iso.datetime() });

export function coinbase(baseUrl: string, { fetcher = fetch as Fetcher } = {}): PriceSource {
  return {
    name: "coinbase",
    async fetchQuote(underlying, { signal }) {
      const url = `${baseUrl}/products/${COINBASE_PRODUCTS[underlying]}/ticker`;
      const { price, time } = await ask({ url, shape: ticker, signal, fetcher });
      const publishedAtMs = Date.parse(time);
      return { source: "coinbase", priceUsdMicros: microsOf(price), publishedAtMs, confidenceUsdMicros: null };
    },
  };
}
