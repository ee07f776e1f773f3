/**
 * The outbox: calls that the service owes to the vault, the transactions that carry them, and every signed form of
 * each. Written by `submit` and by the outbox's loop; no page reads them.
 */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { tokenValidator } from "../functions";

const policy = { token: tokenValidator, policyId: v.int64() };

/** `ServiceCall` of src/domain/outbox. */
export const serviceCallValidator = v.union(
  v.object({ kind: v.literal("revoke"), authorizationId: v.int64() }),
  v.object({ kind: v.literal("lock"), ...policy, amount: v.int64() }),
  v.object({ kind: v.literal("release"), ...policy }),
  v.object({ kind: v.literal("settle"), ...policy, amount: v.int64() }),
);

export const queueValidator = v.union(
  v.literal("revoke"),
  v.literal("settle"),
  v.literal("lock/STX"),
  v.literal("lock/sBTC"),
  v.literal("release/STX"),
  v.literal("release/sBTC"),
);

export const callStatusValidator = v.union(
  v.literal("waiting"),
  /** A transaction carries it. */
  v.literal("sent"),
  v.literal("done"),
  v.literal("failed"),
  v.literal("cancelled"),
);

export const outboxTables = {
  outboxCalls: defineTable({
    /** Names the cause, so that asking twice asks once: `revoke:9`. */
    key: v.string(),
    call: serviceCallValidator,
    queue: queueValidator,
    status: callStatusValidator,
    /** At most so many calls may share its next transaction: halved each time that a batch with it aborts. */
    batchLimit: v.number(),
    /** Why it failed, or what made it done without a transaction of its own; null otherwise. */
    outcome: v.union(v.null(), v.string()),
  })
    .index("by_key", ["key"])
    .index("by_status_and_queue", ["status", "queue"]),
};
