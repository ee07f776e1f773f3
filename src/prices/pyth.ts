/**
 * Pyth's Hermes: one price of many publishers, with the interval in which they take it to be. It needs a key
 * (docs.pyth.network, "Core upgrade").
 */
import { z } from "zod";
import type { Underlying } from "../domain/policies";
import { scaledMicros } from "./decimals";
import { ask } from "./request";
import { type Fetcher, PriceError, type PriceSource } from "./source";

/** Pyth's ids of BTC/USD and STX/USD. */
export const PYTH_FEEDS: Record<Underlying, string> = {
  BTC: "e62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43",
  STX: "ec7a775f46379b5e943c3526b1c8d54cd49749176b0b98e02dde68d1bd335c17",
};

/** The year 5138. */
const LATEST_SECONDS = 1e11;

const digits = z
  .string()
  .regex(/^\d{1,18}$/, "a price of at most 18 digits")
  .transform(BigInt);

const updates = z.object({
  parsed: z.array(
    z.object({
      id: z.string(),
      price: z.object({
        price: digits,
        conf: digits,
        expo: z.number().int().min(-18).max(0),
        publish_time: z.number().int().min(0).max(LATEST_SECONDS),
      }),
    }),
  ),
});

export function pyth(baseUrl: string, { apiKey = "", fetcher = fetch as Fetcher } = {}): PriceSource {
  return {
    name: "pyth",
    async fetchQuote(underlying, { signal }) {
      const feed = PYTH_FEEDS[underlying];
      const url = `${baseUrl}/v2/updates/price/latest?ids[]=${feed}&parsed=true`;
      const answer = await ask({ url, shape: updates, signal, apiKey, fetcher });
      const found = answer.parsed.find(({ id }) => id === feed);
      if (!found) throw new PriceError("unreadable", `The answer has no price of ${underlying}.`);
      const { price, conf, expo, publish_time } = found.price;
      return {
        source: "pyth",
        priceUsdMicros: scaledMicros(price, expo),
        publishedAtMs: publish_time * 1_000,
        confidenceUsdMicros: scaledMicros(conf, expo, "up"),
      };
    },
  };
}
