/** What is believed of prices, to anybody. */
import { v } from "convex/values";
import { query } from "./_generated/server";
import { underlyingValidator } from "./functions";
import { allLatest, historyOf } from "./prices/model";
import { candlesValidator } from "./prices/schema";

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

/**
 * How the price of an underlying went: its `moves` are of five minutes (the last two hours), then `hours` (a day) and `days` (a
 * month), each the oldest first; the newest period of each goes on. Micro-dollars for one whole BTC or STX, `startsAtMs` in ms.
 * What is older is not kept. Changes with each price: ask once, and go on with `getPrices`.
 */
export const getPriceHistory = query({
  args: { underlying: underlyingValidator },
  returns: v.object({ moves: candlesValidator, hours: candlesValidator, days: candlesValidator }),
  handler: async (ctx, { underlying }) => {
    const { moves, hours, days } = await historyOf(ctx, underlying);
    return { moves, hours, days };
  },
});
