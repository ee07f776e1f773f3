/** What providers did with capital that was in: out of suspense into a tier, or from tier to tier. Never changed. */
import { defineTable } from "convex/server";
import { type Infer, v } from "convex/values";
import { tierValidator, tokenValidator } from "../functions";

export const moveRequest = {
  provider: v.string(),
  token: tokenValidator,
  amount: v.int64(),
  from: v.union(v.literal("suspense"), tierValidator),
  to: tierValidator,
  idempotencyKey: v.optional(v.string()),
};

/** `freeAt`: block time from which the capital may leave its new tier, ms. */
export const moveResult = v.object({ moveId: v.id("moves"), freeAt: v.number() });
export type MoveResult = Infer<typeof moveResult>;

export const moveTables = {
  moves: defineTable({
    ...moveRequest,
    /** Unix seconds of block time. */
    at: v.number(),
    /** When the tier's minimum hold on this capital ends, unix seconds of block time. */
    freeAt: v.number(),
  }).index("by_provider_and_key", ["provider", "idempotencyKey"]),
};
