/** Intents to deposit. Written by `requestCommitCapital`, fulfilled by the sync loop when the deposit is final. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { tierValidator, tokenValidator } from "../functions";

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

export const commitmentTables = {
  commitments: defineTable({
    ...commitmentRequest,
    status: v.union(v.literal("open"), v.literal("fulfilled"), v.literal("lapsed")),
  })
    .index("by_reference", ["reference"])
    .index("by_provider_and_status", ["provider", "status"])
    .index("by_provider_and_key", ["provider", "idempotencyKey"]),
};
