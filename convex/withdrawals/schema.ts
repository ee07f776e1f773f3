/** Authorised withdrawals, and per token what open authorisations may still take from the vault. */
import { defineTable } from "convex/server";
import { type ObjectType, v } from "convex/values";
import { tierValidator, tokenValidator } from "../functions";

/** As the treasury's account is named. */
const account = v.object({
  kind: v.literal("account"),
  account: v.union(v.literal("insurance"), v.literal("fees")),
});
const suspense = v.object({ kind: v.literal("suspense") });

/** What somebody wants to withdraw from. The treasury's accounts are none of it: only `treasury/` takes from them. */
const withdrawalOrigin = {
  provider: v.string(),
  token: tokenValidator,
  from: v.union(v.object({ kind: v.literal("position"), tier: tierValidator }), suspense),
};
export type WithdrawalOrigin = ObjectType<typeof withdrawalOrigin>;

export const withdrawalRequest = {
  ...withdrawalOrigin,
  amount: v.int64(),
  /** Random, unique, below 2^63: the id that the vault pays once. */
  authorizationId: v.int64(),
  idempotencyKey: v.optional(v.string()),
};

export const withdrawalStatus = v.union(
  v.literal("authorised"),
  /** Its revocation is on the way; until that is final the wallet may still be faster. */
  v.literal("cancelling"),
  v.literal("paid"),
  v.literal("expired"),
  v.literal("revoked"),
);

export const withdrawalTables = {
  withdrawals: defineTable({
    provider: v.string(),
    token: tokenValidator,
    amount: v.int64(),
    source: v.union(v.object({ kind: v.literal("position"), positionId: v.id("positions") }), suspense, account),
    authorizationId: v.int64(),
    idempotencyKey: v.optional(v.string()),
    /** Unix seconds of block time. */
    expiresAt: v.int64(),
    /** 65 bytes RSV as hex. */
    signature: v.string(),
    status: withdrawalStatus,
  })
    .index("by_authorization_id", ["authorizationId"])
    .index("by_provider_and_token_and_status", ["provider", "token", "status"])
    .index("by_provider_and_key", ["provider", "idempotencyKey"])
    .index("by_status_and_expires_at", ["status", "expiresAt"]),

  /** The sum of the withdrawals that are open: authorised or cancelling. */
  authorisedTotals: defineTable({
    token: tokenValidator,
    amount: v.int64(),
  }).index("by_token", ["token"]),
};
