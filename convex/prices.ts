/** What is believed of prices, to anybody. */
import { v } from "convex/values";
import { query } from "./_generated/server";
import { underlyingValidator } from "./functions";
import { allLatest } from "./prices/model";

/**
 * The last price of each underlying on which enough sources agreed: micro-dollars for one whole BTC or STX, `publishedAt` in
 * ms; both null before the first. `isGood`: the last look at the sources brought it; it decides for five minutes from then on,
 * which the reader's own clock tells. `trouble`: why the last look brought none, null if it did. Changes with each price:
 * subscribe to it once.
 */
export const getPrices = query({
  args: {},
  returns: v.array(
    v.object({
      underlying: underlyingValidator,
      priceUsdMicros: v.union(v.null(), v.int64()),
      publishedAt: v.union(v.null(), v.number()),
      isGood: v.boolean(),
      trouble: v.union(v.null(), v.string()),
    }),
  ),
  handler: async (ctx) =>
    (await allLatest(ctx)).map(({ underlying, accepted, isGood, refusal }) => ({
      underlying,
      priceUsdMicros: accepted?.priceUsdMicros ?? null,
      publishedAt: accepted?.publishedAtMs ?? null,
      isGood,
      trouble: refusal,
    })),
});
