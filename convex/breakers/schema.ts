/** What is stopped: one row a capability that has ever been tripped, and one row while the rule after a restore holds. */
import { defineTable } from "convex/server";
import { v } from "convex/values";

export const capabilityValidator = v.union(
  v.literal("commit"),
  v.literal("withdraw"),
  v.literal("policies"),
  v.literal("settle"),
  v.literal("sync"),
);

/** `Restore` of src/domain/restore. */
export const restoreValidator = v.union(
  v.object({ kind: v.literal("looking"), signedUpTo: v.number() }),
  v.object({ kind: v.literal("waiting"), until: v.number() }),
);

/** What is stopped: `since` in ms of server time; a restore's `until` in unix seconds of block time. */
export const stoppedValidator = v.object({
  breakers: v.array(
    v.object({
      capability: capabilityValidator,
      reason: v.string(),
      laterReasons: v.array(v.string()),
      since: v.number(),
    }),
  ),
  restore: v.union(v.null(), restoreValidator),
});

export const breakerTables = {
  /** Written when something is wrong, read by what could make it worse. */
  breakers: defineTable({
    capability: capabilityValidator,
    tripped: v.boolean(),
    /** The first one since it tripped, or the operator's who reset it. */
    reason: v.string(),
    /** Those that followed the first and are in the trail, so that none of them gets there twice. */
    laterReasons: v.optional(v.array(v.string())),
    /** Server time of the last change, ms. */
    changedAt: v.number(),
  }).index("by_capability", ["capability"]),

  /** At most one row. */
  restores: defineTable({ state: restoreValidator }),
};
