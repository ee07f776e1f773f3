/** Authorised withdrawals, and per token what unexpired authorisations may still take from the vault. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { tierValidator, tokenValidator } from "../functions";

export const withdrawalRequest = {
  provider: v.string(),
  token: tokenValidator,
  tier: tierValidator,
  amount: v.int64(),
  /** Random, unique, below 2^63: the id that the vault pays once. */
  authorizationId: v.int64(),
  idempotencyKey: v.optional(v.string()),
};

export const withdrawalTables = {
  withdrawals: defineTable({
    ...withdrawalRequest,
    positionId: v.id("positions"),
    /** Unix seconds of block time. */
    expiresAt: v.int64(),
    /** 65 bytes RSV as hex. */
    signature: v.string(),
    status: v.union(v.literal("authorised"), v.literal("paid"), v.literal("expired")),
  })
    .index("by_authorization_id", ["authorizationId"])
    .index("by_position_and_status", ["positionId", "status"])
    .index("by_provider_and_key", ["provider", "idempotencyKey"])
    .index("by_status_and_expires_at", ["status", "expiresAt"]),

  authorisedTotals: defineTable({
    token: tokenValidator,
    amount: v.int64(),
  }).index("by_token", ["token"]),
};
