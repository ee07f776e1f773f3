/** One provider's capital in one tier and one token. Balances are folds of the ledger's postings; only it changes them. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { healthStatusValidator, tierValidator, tokenValidator } from "../functions";

export const positionKey = { provider: v.string(), tier: tierValidator, token: tokenValidator };

export const positionTables = {
  positions: defineTable({
    ...positionKey,
    /** Base units. The position's total is available + reserved + locked. */
    available: v.int64(),
    reserved: v.int64(),
    locked: v.int64(),
    accruedYield: v.int64(),
    /** The minimum hold of src/domain/holds. */
    hold: v.array(v.object({ amount: v.int64(), until: v.number() })),
    /** False: the owner wants no new policies behind it. */
    acceptingPolicies: v.boolean(),
    /** Policies that it backs, quoted ones too. */
    policies: v.number(),
    healthStatus: healthStatusValidator,
    /** `Standing` of src/domain/allocation, under the rules in force when the position was last written. */
    takesPolicies: v.boolean(),
    utilization: v.number(),
    freeForPolicies: v.int64(),
    /** Block time of the last change, unix seconds. */
    asOf: v.number(),
  })
    .index("by_provider_and_tier_and_token", ["provider", "tier", "token"])
    .index("by_tier_and_token", ["tier", "token"])
    .index("by_utilization", ["tier", "token", "takesPolicies", "utilization"])
    .index("by_free_for_policies", ["tier", "token", "takesPolicies", "freeForPolicies"]),
};
