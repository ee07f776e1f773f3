/**
 * Positions against what their policies need, and how that changed; written by `model.ts` alone. A position has a row
 * while it backs a policy that runs, with all that its state follows from but its balances, so that a price reads one
 * document a position, and only of positions whose triggers it crosses.
 */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { healthStatusValidator, tierValidator, tokenValidator } from "../functions";

/** `Exposure` of src/domain/health: the position's share of one policy. */
export const exposureValidator = v.object({
  policyId: v.int64(),
  strikeUsdMicros: v.int64(),
  quantity: v.int64(),
  coverage: v.int64(),
  /** Of this position, locked or on the way there, base units. */
  lock: v.int64(),
  /** Unix seconds. */
  expiresAt: v.number(),
});

export const healthChangeFields = {
  tier: tierValidator,
  token: tokenValidator,
  from: healthStatusValidator,
  to: healthStatusValidator,
  /** Micro-dollars; null where no price decided it. */
  priceUsdMicros: v.union(v.null(), v.int64()),
  /** Block time, unix seconds. */
  at: v.number(),
};

export const healthTables = {
  health: defineTable({
    positionId: v.id("positions"),
    tier: tierValidator,
    token: tokenValidator,
    status: healthStatusValidator,
    exposures: v.array(exposureValidator),
    /** Prices: at most this the state is worse, at least this it is better, at most this a lock wants more. */
    worseAt: v.int64(),
    betterAt: v.int64(),
    lockAt: v.int64(),
    /** Block time, unix seconds: when a MarginCall has lasted too long, or a transfer is tried next. */
    dueAt: v.union(v.null(), v.number()),
    /** True: it is Liquidating and nobody can take what it backs. */
    isStuck: v.boolean(),
    /** Capital by need at the margin call's buffer in millionths, at the last write that knew a price. */
    ratio: v.union(v.null(), v.number()),
    /** Block time of the last write, unix seconds. */
    asOf: v.number(),
  })
    .index("by_position", ["positionId"])
    .index("by_token_and_worse_at", ["token", "worseAt"])
    .index("by_token_and_better_at", ["token", "betterAt"])
    .index("by_token_and_lock_at", ["token", "lockAt"])
    .index("by_token_and_status_and_due_at", ["token", "status", "dueAt"])
    .index("by_tier_and_token_and_is_stuck", ["tier", "token", "isStuck"]),

  /** Every change of a position's state, kept. */
  healthChanges: defineTable({ positionId: v.id("positions"), ...healthChangeFields }).index("by_position", [
    "positionId",
  ]),
};
