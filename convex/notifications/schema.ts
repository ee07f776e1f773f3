/** What a provider should know of its money; pages show it, and a mailer may read on. Written by `model.ts` alone. */
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
  notifications: defineTable({ provider: v.string(), ...notificationFields }).index("by_provider", ["provider"]),
};
