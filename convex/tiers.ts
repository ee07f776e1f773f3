/** What tiers take now, to anybody. What is in them is told by `liquidity.getTierStats`, what they ask by `getTierTerms`. */
import { v } from "convex/values";
import { parseTier } from "../src/domain/tiers";
import { parseToken } from "../src/domain/tokens";
import { query } from "./_generated/server";
import { accepted } from "./functions";
import { roomIn } from "./tiers/model";

/**
 * How much more capital a tier takes of a token now, base units: a commitment of so much is accepted, of one more refused with
 * TIER_FULL. Open commitments hold their part of it. Changes with each commitment and deposit of the tier.
 * Refuses: UNKNOWN_TIER, UNKNOWN_TOKEN.
 */
export const getRoom = query({
  args: { tier: v.string(), token: v.string() },
  returns: v.int64(),
  handler: (ctx, { tier, token }) =>
    roomIn(ctx, { tier: accepted(parseTier(tier)), token: accepted(parseToken(token)) }),
});
