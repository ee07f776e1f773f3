/**
 * Tiers by token: the terms in force, what is in them, and what is held for commitments. `tierMetrics` changes with money
 * and is what pages read; `tierCapacity` changes with every commitment, so it stands apart.
 */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { tierValidator, tokenValidator } from "../functions";

/** A tier's terms (src/domain/tiers). */
export const tierTermsFields = {
  tier: tierValidator,
  token: tokenValidator,
  capacityLimit: v.union(v.null(), v.int64()),
  minimumPosition: v.int64(),
  minimumHoldSeconds: v.number(),
};

/** `PolicyRules` of src/domain/policies, which says what each means. */
export const policyRulesFields = {
  minimumBacking: v.int64(),
  maxUtilization: v.number(),
  initialMargin: v.number(),
  minStrike: v.number(),
  maxStrike: v.number(),
  floor: v.number(),
  minSeconds: v.number(),
  maxSeconds: v.number(),
  volatility: v.number(),
  loading: v.number(),
  insuranceShare: v.number(),
  feeShare: v.number(),
  warningBuffer: v.number(),
  marginCallBuffer: v.number(),
  liquidationBuffer: v.number(),
  floorRate: v.number(),
  penalty: v.number(),
};

export const tierRulesFields = { tier: tierValidator, token: tokenValidator, ...policyRulesFields };

/** Seed 003's `tierMetrics`, by its names. Amounts in base units. */
export const tierMetricsFields = {
  tierName: tierValidator,
  token: tokenValidator,
  /** Of all positions of the tier: available + reserved + locked. */
  totalCapital_virtual: v.int64(),
  totalLocked_virtual: v.int64(),
  /** Locked by capital in millionths, rounded up. */
  utilization_estimate: v.number(),
  /** Positions that are not empty. */
  providerCount: v.number(),
  activePolicyCount: v.number(),
  /** All yield ever credited to positions of the tier. */
  totalYieldAccrued_virtual: v.int64(),
  /** Of the terms in force; null: none. */
  capacityLimit: v.union(v.null(), v.int64()),
};

export const tierTables = {
  /** A row where the terms differ from the defaults of src/domain/tiers. */
  tierTerms: defineTable(tierTermsFields).index("by_tier_and_token", ["tier", "token"]),

  /** A row where the rules of policies differ from the defaults of src/domain/tiers. */
  tierRules: defineTable(tierRulesFields).index("by_tier_and_token", ["tier", "token"]),

  /** A fold of what happens to the tier's positions; absent before anything did. */
  tierMetrics: defineTable(tierMetricsFields).index("by_tier_and_token", ["tierName", "token"]),

  /** What open commitments hold of the capacity: the one shared row that committing writes. */
  tierCapacity: defineTable({
    tier: tierValidator,
    token: tokenValidator,
    held: v.int64(),
  }).index("by_tier_and_token", ["tier", "token"]),
};
