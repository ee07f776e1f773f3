/** What the backend believes of prices, by which it sells, watches and settles. */
import { z } from "zod";
import type { Underlying } from "../../src/domain/policies";
import { type AcceptedPrice, isFresh, PRICE_RULES } from "../../src/domain/prices";
import { internal } from "../_generated/api";
import { publicRoute, type Route } from "./route";
import { listOf, time, underlying, usdMicros } from "./shapes";

const price = z.object({
  underlying,
  /** Whether anything would be decided by it now. */
  isGood: z.boolean(),
  accepted: z.object({ priceUsdMicros: usdMicros, publishedAt: time }).nullable(),
  /** Why the last look at the sources brought no price. */
  trouble: z.string().nullable(),
});

interface Believed {
  underlying: Underlying;
  accepted: AcceptedPrice | null;
  isGood: boolean;
}

/** Micro-dollars, if anything would be decided by it now; as decisions do, by the later of the clock and the chain's tip. */
export function goodPrice({ underlying, accepted, isGood }: Believed, tipMs: number): bigint | null {
  if (!isGood || !accepted) return null;
  const isNew = isFresh(accepted, Math.max(Date.now(), tipMs), PRICE_RULES[underlying]);
  return isNew ? accepted.priceUsdMicros : null;
}

export const PRICE_ROUTES: Route[] = [
  publicRoute({
    path: "/v1/prices",
    summary: "The last price of each underlying that at least two sources agreed on, and whether it is good.",
    answer: listOf(price),
    maxAgeSeconds: 5,
    ask: async (ctx) => {
      const { tipMs, prices } = await ctx.runQuery(internal.http.facts.prices, {});
      const items = prices.map(({ underlying, accepted, isGood, refusal }) => ({
        underlying,
        isGood: goodPrice({ underlying, accepted, isGood }, tipMs) !== null,
        accepted: accepted && { priceUsdMicros: accepted.priceUsdMicros, publishedAt: accepted.publishedAtMs },
        trouble: refusal,
      }));
      return { items };
    },
  }),
];
