/** One row a capability that has ever been tripped. Written when something is wrong, read by what could make it worse. */
import { defineTable } from "convex/server";
import { v } from "convex/values";

export const capabilityValidator = v.union(v.literal("commit"), v.literal("withdraw"), v.literal("sync"));

export const breakerTables = {
  breakers: defineTable({
    capability: capabilityValidator,
    tripped: v.boolean(),
    reason: v.string(),
    /** Server time of the last change, ms. */
    changedAt: v.number(),
  }).index("by_capability", ["capability"]),
};
