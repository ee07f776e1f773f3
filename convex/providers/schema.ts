/** Who has signed in, and which sign-ins are spent. Nothing here changes with money. */
import { defineTable } from "convex/server";
import { v } from "convex/values";

export const providerTables = {
  providers: defineTable({
    /** The Stacks address. */
    principal: v.string(),
    /** Server time of the first sign-in, ms. */
    firstSeen: v.number(),
  }).index("by_principal", ["principal"]),

  /** Kept until their challenge would have expired anyway; a job removes them then. */
  spentSignIns: defineTable({
    nonce: v.string(),
    /** Server time, ms. */
    expiresAt: v.number(),
  })
    .index("by_nonce", ["nonce"])
    .index("by_expires_at", ["expiresAt"]),
};
