/** What providers, buyers and operators should know; pages show it, and a webhook carries it. Written by `model.ts` alone. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { factsValidator } from "../audit/schema";

export const notificationFields = {
  /** What happened, as "health.MarginCall": stable, for programs. */
  kind: v.string(),
  facts: factsValidator,
  /** Server time, ms. */
  at: v.number(),
};

export const notificationTables = {
  notifications: defineTable({
    /** Who is told; null: the operators. */
    provider: v.union(v.string(), v.null()),
    /** Of what may come about again and is told once: what tells it from others. */
    cause: v.optional(v.string()),
    ...notificationFields,
  })
    .index("by_provider", ["provider"])
    .index("by_cause", ["cause"]),
};
