/** Capital that is in, on its way to another tier: what may go. The moves themselves are `liquidity.ts`'s. */
import { v } from "convex/values";
import { parseTier } from "../src/domain/tiers";
import { parseToken } from "../src/domain/tokens";
import { query } from "./_generated/server";
import { accepted } from "./functions";
import { moveQuoteValidator, quoteOf } from "./moves/quotes";
import { requireProvider } from "./providers/model";

/**
 * What the caller could move into `toTier` now, by `liquidity.moveCapital` out of `fromTier`, or, where none is given, by
 * `liquidity.assignSuspense`: `max` is accepted and 1 more refused, and `binding` says why; `least` is what has to arrive at
 * least, 0 where any amount may. Amounts in base units, `asOf` in ms of block time. It changes with every block: ask once,
 * don't subscribe.
 *
 * Refuses: NOT_SIGNED_IN, UNKNOWN_TOKEN, UNKNOWN_TIER, SAME_TIER, NO_POSITION, NO_GOOD_PRICE {ageMs?}, NOT_SYNCED, STOPPED.
 */
export const quoteMove = query({
  args: { token: v.string(), fromTier: v.optional(v.string()), toTier: v.string() },
  returns: moveQuoteValidator,
  handler: async (ctx, { fromTier, toTier, ...args }) => {
    const provider = await requireProvider(ctx);
    const token = accepted(parseToken(args.token));
    const from = fromTier === undefined ? ("suspense" as const) : accepted(parseTier(fromTier));
    return quoteOf(ctx, { provider, token, from, to: accepted(parseTier(toTier)) });
  },
});
