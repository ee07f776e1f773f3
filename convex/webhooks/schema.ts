/** What a webhook is still to be told, was told, or could not be told. Written by `model.ts` alone. */
import { defineTable } from "convex/server";
import { v } from "convex/values";

export const deliveryStatusValidator = v.union(
  /** Waits for its first attempt, or for another one. */
  v.literal("pending"),
  v.literal("delivered"),
  /** Given up, until an operator has it tried again. */
  v.literal("failed"),
);

export const deliveryFields = {
  notificationId: v.id("notifications"),
  /** The notification's. */
  kind: v.string(),
  status: deliveryStatusValidator,
  /** Since it was made, or an operator had it tried again. */
  attempts: v.number(),
  /** Server time, ms; null: it is not tried again. */
  nextAttemptAt: v.union(v.null(), v.number()),
  /** When it was delivered or given up; server time, ms. */
  endedAt: v.union(v.null(), v.number()),
  /** Of its last attempt that failed. */
  lastError: v.union(v.null(), v.string()),
};

export const webhookTables = {
  webhookDeliveries: defineTable(deliveryFields)
    .index("by_status_and_next_attempt_at", ["status", "nextAttemptAt"])
    .index("by_status_and_ended_at", ["status", "endedAt"]),

  /** One row. */
  webhookLoop: defineTable({
    lease: v.string(),
    /** When the next turn is due, server time, ms; null while it sleeps. */
    dueAt: v.union(v.null(), v.number()),
    /** Turns in a row that came to nothing, and why the last one did: not of a receiver that does not answer. */
    failures: v.number(),
    lastError: v.union(v.null(), v.string()),
  }),
};
