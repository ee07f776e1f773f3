/** What an operator changed of the tiers' terms. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { tierValidator, tokenValidator } from "../functions";

export const tierTables = {
  /** A row where the terms differ from the defaults of src/domain/tiers. */
  tierTerms: defineTable({
    tier: tierValidator,
    token: tokenValidator,
    capacityLimit: v.union(v.null(), v.int64()),
    minimumPosition: v.int64(),
    minimumHoldSeconds: v.number(),
  }).index("by_tier_and_token", ["tier", "token"]),
};
