/**
 * Policies, and the part of each position behind each of them. Written by `model.ts` alone. A backing stays as long as the
 * policy holds anything of its position; both are kept when they have ended.
 */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { tierValidator, tokenValidator, underlyingValidator } from "../functions";

export const policyStatusValidator = v.union(
  /** Its terms are signed and its backings reserved; the premium may still be paid. */
  v.literal("quoted"),
  /** The premium was not paid in time. */
  v.literal("lapsed"),
  v.literal("active"),
  /** Irrevocable; waits for the first good price published after the request. */
  v.literal("exercising"),
  /** Past its expiry; waits for that minute's price. */
  v.literal("expiring"),
  /** The payout is fixed; the vault's payment is not final yet. */
  v.literal("settling"),
  /** Nothing is owed; the vault's release is not final yet. */
  v.literal("releasing"),
  /** Exercised for nothing; the vault releases nothing before the expiry, so its lock stays until then. */
  v.literal("worthless"),
  v.literal("settled"),
  v.literal("released"),
);

/** What an exercise or the expiry came to, fixed once. */
export const payoutValidator = v.object({
  priceUsdMicros: v.int64(),
  /** Base units owed: at most the coverage. */
  payout: v.int64(),
  /** What neither backings nor insurance could add: the buyer gets this much less. */
  missing: v.int64(),
});

export const policyFields = {
  /** Random, unique, below 2^63. */
  policyId: v.int64(),
  buyer: v.string(),
  underlying: underlyingValidator,
  token: tokenValidator,
  tier: tierValidator,
  strikeUsdMicros: v.int64(),
  quantity: v.int64(),
  floorPriceUsdMicros: v.int64(),
  coverage: v.int64(),
  premium: v.int64(),
  /** At the sale, base units. */
  lock: v.int64(),
  /** The price of the underlying that it was quoted at. */
  quotedAtUsdMicros: v.int64(),
  /** Block time, unix seconds: when the policy ends, and until when the premium may be paid. */
  expiresAt: v.number(),
  termsExpireAt: v.number(),
  signature: v.string(),
  idempotencyKey: v.optional(v.string()),
  status: policyStatusValidator,
  /** Block time of the premium, unix seconds; null before. */
  startedAt: v.union(v.null(), v.number()),
  /** What is locked on-chain by final events, and what it is being raised to (the same while nothing is on its way). */
  locked: v.int64(),
  lockTarget: v.int64(),
  /** Of the premium: what is earned, and up to which block time (unix seconds). Written by `earnings` through model.ts. */
  earned: v.int64(),
  earnedUntil: v.number(),
  /** When its exercise was requested: prices published after it count, ms. Null: it was not. */
  exercisedAtMs: v.union(v.null(), v.number()),
  outcome: v.union(v.null(), payoutValidator),
};

export const policyTables = {
  policies: defineTable(policyFields)
    .index("by_policy_id", ["policyId"])
    .index("by_buyer", ["buyer"])
    .index("by_buyer_and_status", ["buyer", "status"])
    .index("by_buyer_and_key", ["buyer", "idempotencyKey"])
    .index("by_status_and_terms_expire_at", ["status", "termsExpireAt"])
    .index("by_status_and_expires_at", ["status", "expiresAt"])
    .index("by_underlying_and_status_and_expires_at", ["underlying", "status", "expiresAt"])
    .index("by_underlying_and_status_and_exercised_at", ["underlying", "status", "exercisedAtMs"])
    .index("by_status_and_earned_until", ["status", "earnedUntil"])
    .index("by_started_at", ["startedAt"])
    .index("by_status_and_started_at", ["status", "startedAt"])
    .index("by_buyer_and_started_at", ["buyer", "startedAt"])
    .index("by_buyer_and_status_and_started_at", ["buyer", "status", "startedAt"]),

  /** One a policy and position: its share of the policy, by which it is paid, earns and pays. */
  backings: defineTable({
    policyId: v.int64(),
    positionId: v.id("positions"),
    /** Base units; over all backings of a policy each comes to the policy's. */
    quantity: v.int64(),
    coverage: v.int64(),
    /** In the position's `locked`, by final events. */
    locked: v.int64(),
    /** In the position's `reserved`: waits for the event that locks it. */
    reserved: v.int64(),
  })
    .index("by_policy", ["policyId"])
    .index("by_position", ["positionId"])
    .index("by_position_and_locked", ["positionId", "locked"])
    .index("by_position_and_reserved", ["positionId", "reserved"]),
};
