/** The only writer of the tiers' tables. */
import { DEFAULT_TERMS, type Tier, type TierTerms } from "../../src/domain/tiers";
import type { Token } from "../../src/domain/tokens";
import type { QueryCtx } from "../_generated/server";

export interface TierKey {
  tier: Tier;
  token: Token;
}

/** The terms in force. */
export async function termsOf(ctx: QueryCtx, { tier, token }: TierKey): Promise<TierTerms> {
  const changed = await ctx.db
    .query("tierTerms")
    .withIndex("by_tier_and_token", (q) => q.eq("tier", tier).eq("token", token))
    .unique();
  const { capacityLimit, minimumPosition, minimumHoldSeconds } = changed ?? DEFAULT_TERMS[tier][token];
  return { capacityLimit, minimumPosition, minimumHoldSeconds };
}
