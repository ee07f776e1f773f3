/** What the backend believes of prices, by which it sells, watches and settles. */
import { z } from "zod";
import { isFresh, PRICE_RULES } from "../../src/domain/prices";
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

export const PRICE_ROUTES: Route[] = [
  publicRoute({
    path: "/v1/prices",
    summary: "The last price of each underlying that at least two sources agreed on, and whether it is good.",
    answer: listOf(price),
    maxAgeSeconds: 5,
    ask: async (ctx) => {
      const rows = await ctx.runQuery(internal.http.facts.prices, {});
      const items = rows.map(({ underlying, accepted, isGood, refusal }) => ({
        underlying,
        isGood: isGood && accepted !== null && isFresh(accepted, Date.now(), PRICE_RULES[underlying]),
        accepted: accepted && { priceUsdMicros: accepted.priceUsdMicros, publishedAt: accepted.publishedAtMs },
        trouble: refusal,
      }));
      return { items };
    },
  }),
];
