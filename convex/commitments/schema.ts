/**
 * Intents to deposit. Written by `requestCommitCapital` and `cancelCommitment`; fulfilled by the sync loop when the deposit
 * is final, expired by it when a final block is past their time.
 */
import { defineTable } from "convex/server";
import { type Infer, v } from "convex/values";
import { tierValidator, tokenValidator, unsignedCallValidator } from "../functions";

export const commitmentRequest = {
  /** Random, unique, below 2^63: what the deposit carries on-chain. */
  reference: v.int64(),
  provider: v.string(),
  /** Who must send the deposit: the provider, or another principal that it named. */
  depositor: v.string(),
  token: tokenValidator,
  tier: tierValidator,
  amount: v.int64(),
  idempotencyKey: v.optional(v.string()),
};

/** What `requestCommitCapital` gives. */
export const commitmentResult = v.object({
  commitmentId: v.id("commitments"),
  reference: v.int64(),
  /** Until when the tier's capacity is held for it: block time, ms. */
  expiresAt: v.number(),
  transaction: unsignedCallValidator,
});
export type CommitmentResult = Infer<typeof commitmentResult>;

export const commitmentTables = {
  commitments: defineTable({
    ...commitmentRequest,
    /** Block time, unix seconds. */
    expiresAt: v.number(),
    status: v.union(v.literal("open"), v.literal("fulfilled"), v.literal("cancelled"), v.literal("expired")),
  })
    .index("by_reference", ["reference"])
    .index("by_status_and_expires_at", ["status", "expiresAt"])
    .index("by_provider_and_status", ["provider", "status"])
    .index("by_provider_and_key", ["provider", "idempotencyKey"]),
};
