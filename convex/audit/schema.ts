/** The trail of privileged acts: who did what, when and why. Rows are only ever inserted, by audit/model.ts. */
import { defineTable } from "convex/server";
import { v } from "convex/values";

/** Arguments of every privileged function: who calls it, and why. */
export const actorAndReason = { actor: v.string(), reason: v.string() };

export const factsValidator = v.record(v.string(), v.union(v.string(), v.number(), v.int64(), v.boolean(), v.null()));

export const actFields = {
  /** Server time, ms. */
  at: v.number(),
  act: v.string(),
  ...actorAndReason,
  facts: factsValidator,
};

export const auditTables = {
  acts: defineTable(actFields).index("by_at", ["at"]).index("by_act_and_at", ["act", "at"]),
};
