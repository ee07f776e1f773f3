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
  v.literal("lock/STX"),
  v.literal("lock/sBTC"),
  v.literal("settle/STX"),
  v.literal("settle/sBTC"),
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

/** `Payload` of src/domain/outbox. */
const payloadValidator = v.union(
  v.object({ kind: v.literal("revoke"), authorizationId: v.int64() }),
  v.object({
    kind: v.literal("lock"),
    token: tokenValidator,
    locks: v.array(v.object({ policyId: v.int64(), amount: v.int64() })),
  }),
  v.object({ kind: v.literal("release"), token: tokenValidator, policyIds: v.array(v.int64()) }),
  v.object({ kind: v.literal("settle"), ...policy, amount: v.int64() }),
);

const failureValidator = v.object({ reason: v.string(), code: v.union(v.null(), v.number()) });

/** `ServiceLook` of src/stacks/serviceNode. */
export const serviceLookValidator = v.object({
  tip: v.object({ hash: v.string(), time: v.number() }),
  finalHeight: v.number(),
  tipNonce: v.number(),
  finalNonce: v.number(),
  vault: v.union(
    v.null(),
    v.object({
      service: v.string(),
      paused: v.boolean(),
      settlementRoom: v.object({ STX: v.int64(), sBTC: v.int64() }),
    }),
  ),
  sightings: v.array(
    v.object({
      txId: v.string(),
      sighting: v.union(
        v.object({ kind: v.literal("unknown") }),
        v.object({ kind: v.literal("pending") }),
        v.object({ kind: v.literal("dropped"), reason: v.string() }),
        v.object({
          kind: v.literal("mined"),
          blockHeight: v.number(),
          failure: v.union(v.null(), failureValidator),
        }),
      ),
    }),
  ),
  rivals: v.array(v.object({ nonce: v.number(), blockHeight: v.number() })),
});

/** `Watched` of src/stacks/serviceNode. */
export const watchedValidator = v.object({ nonce: v.number(), txIds: v.array(v.string()) });

export const transactionStatusValidator = v.union(
  /** On its way: it has its nonce and its first signature. */
  v.literal("open"),
  /** In a block that may still be taken back. */
  v.literal("included"),
  v.literal("confirmed"),
  /** Final, and without effect. */
  v.literal("aborted"),
  /** Another transaction has its nonce for good. */
  v.literal("lost"),
);

export const outboxTables = {
  outboxCalls: defineTable({
    /** Names the cause, so that asking twice asks once: `revoke:9`. */
    key: v.string(),
    call: serviceCallValidator,
    queue: queueValidator,
    /** The policy that the call is about; null for a revocation. */
    policyId: v.union(v.null(), v.int64()),
    status: callStatusValidator,
    /** What carries it, or carried it last. */
    transactionId: v.union(v.null(), v.id("outboxTransactions")),
    /** At most so many calls may share its next transaction: halved each time that a batch with it aborts. */
    batchLimit: v.number(),
    /** How many transactions with it have aborted. */
    aborts: v.number(),
    /** Why it failed, was cancelled, or was done before its transaction; null otherwise. */
    outcome: v.union(v.null(), v.string()),
  })
    .index("by_key", ["key"])
    .index("by_status_and_queue", ["status", "queue"])
    .index("by_policy_and_status", ["policyId", "status"])
    .index("by_transaction", ["transactionId"]),

  /** One payload a nonce of a lane, for good. */
  outboxTransactions: defineTable({
    sender: v.string(),
    nonce: v.number(),
    payload: payloadValidator,
    status: transactionStatusValidator,
    /** What an operator should know of while it lasts. */
    alarm: v.union(v.null(), v.string()),
  }).index("by_sender_and_status_and_nonce", ["sender", "status", "nonce"]),

  /** The signed forms of a transaction, oldest first: they differ by their fee, and any of them may be mined. */
  outboxForms: defineTable({
    transactionId: v.id("outboxTransactions"),
    txId: v.string(),
    /** Hex; what is sent again is always these bytes. */
    bytes: v.string(),
    feeUstx: v.int64(),
    /** Block time at which a node first took it, unix seconds. */
    sentAt: v.union(v.null(), v.number()),
    /** Why the node refused it when it was last sent. */
    refusal: v.union(v.null(), v.string()),
  }).index("by_transaction", ["transactionId"]),

  /** One a key that signs. */
  outboxLanes: defineTable({
    sender: v.string(),
    nextNonce: v.number(),
    /** Why an operator stopped it; null: it runs. What is on its way is watched all the same. */
    paused: v.union(v.null(), v.string()),
    /** Why it sends nothing new by itself. */
    alarm: v.union(v.null(), v.string()),
  }).index("by_sender", ["sender"]),

  /** One row: who works, and when next. A turn that does not hold the lease changes nothing. */
  outboxLoop: defineTable({
    lease: v.string(),
    /** Server time at which the next turn should begin, ms; null while there is nothing to do. */
    dueAt: v.union(v.null(), v.number()),
    /** The tip that the last turn dealt with; null: look again even at the same tip. */
    seenTip: v.union(v.null(), v.string()),
    /** How often it was woken: a turn that was woken while it worked looks again. */
    wakes: v.number(),
    failures: v.number(),
    lastError: v.union(v.null(), v.string()),
  }),
};
