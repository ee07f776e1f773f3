/** What admins set off against a breach. Written by `model.ts` alone, never changed. */
import { defineTable } from "convex/server";
import { type Infer, v } from "convex/values";
import { actorAndReason } from "../audit/schema";
import { tierValidator, tokenValidator } from "../functions";

export const correctionRequest = {
  /** Who owes the breach, and what it has free pays for it. */
  principal: v.string(),
  token: tokenValidator,
  /** Base units. */
  amount: v.int64(),
  /** Of its position there; null: of its suspense. */
  tier: v.union(v.null(), tierValidator),
  idempotencyKey: v.optional(v.string()),
};

/** `breach`: what is still owed then, base units. */
export const correctionResult = v.object({ correctionId: v.id("corrections"), breach: v.int64() });
export type CorrectionResult = Infer<typeof correctionResult>;

export const correctionTables = {
  corrections: defineTable({
    ...correctionRequest,
    ...actorAndReason,
    /** Unix seconds of block time. */
    at: v.number(),
    /** What was still owed then, base units. */
    breach: v.int64(),
  }).index("by_key", ["idempotencyKey"]),
};
