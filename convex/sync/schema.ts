/**
 * What is known of the chain. `chainMirror` and `syncLoop` change with every block and are read by mutations only;
 * `poolMetrics` changes with events that move money and is what pages subscribe to. `syncStatus` changes with every look
 * too: one small row for those who want to see just that.
 */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { tokenValidator } from "../functions";

const moved = {
  sequence: v.int64(),
  token: tokenValidator,
  amount: v.int64(),
  balance: v.int64(),
  locked: v.int64(),
};

const policyAmounts = v.array(v.object({ policyId: v.int64(), amount: v.int64() }));

/** `VaultEvent` of src/stacks/vaultEvents. */
export const vaultEventValidator = v.union(
  v.object({ kind: v.literal("deposit"), depositor: v.string(), reference: v.int64(), ...moved }),
  v.object({ kind: v.literal("withdrawal"), withdrawer: v.string(), authorizationId: v.int64(), ...moved }),
  v.object({
    kind: v.literal("premium"),
    buyer: v.string(),
    policyId: v.int64(),
    lock: v.int64(),
    coverage: v.int64(),
    releaseAfter: v.int64(),
    ...moved,
  }),
  v.object({ kind: v.literal("lock"), policies: policyAmounts, ...moved }),
  v.object({ kind: v.literal("release"), policies: policyAmounts, ...moved }),
  v.object({
    kind: v.literal("settlement"),
    policyId: v.int64(),
    buyer: v.string(),
    unlocked: v.int64(),
    ...moved,
  }),
  v.object({ kind: v.literal("surplus"), ...moved }),
  v.object({ kind: v.literal("revocation"), sequence: v.int64(), authorizationId: v.int64() }),
  v.object({ kind: v.literal("control"), sequence: v.int64(), name: v.string() }),
);

export const observedEventValidator = v.object({
  txId: v.string(),
  eventIndex: v.number(),
  blockHeight: v.number(),
  blockHash: v.string(),
  blockTime: v.number(),
  event: vaultEventValidator,
});

export const blockMarkValidator = v.object({
  height: v.number(),
  hash: v.string(),
  burnHeight: v.number(),
  time: v.number(),
});

/** `Observation` of src/stacks/observe. */
export const observationValidator = v.object({
  tip: blockMarkValidator,
  final: v.union(v.null(), blockMarkValidator),
  sequence: v.int64(),
  paused: v.boolean(),
  guardian: v.optional(v.string()),
  accounts: v.array(
    v.object({
      token: tokenValidator,
      held: v.int64(),
      balance: v.int64(),
      locked: v.int64(),
      withdrawalCap: v.int64(),
      usedByWindow: v.int64(),
      drainedAt: v.int64(),
      /** Absent in a look that was stored before policies were sold; the next one brings it. */
      settlementCap: v.optional(v.int64()),
    }),
  ),
  after: v.int64(),
  events: v.array(observedEventValidator),
  isStepBack: v.optional(v.boolean()),
});

export const syncTables = {
  /** Every event that was ever seen. A sequence has one row that is pending or final, and a row for each orphan. */
  vaultEvents: defineTable({
    ...observedEventValidator.fields,
    sequence: v.int64(),
    status: v.union(v.literal("pending"), v.literal("final"), v.literal("orphaned")),
    /** The depositor, withdrawer or buyer; absent where money moved for nobody in particular. */
    party: v.optional(v.string()),
  })
    .index("by_status_and_sequence", ["status", "sequence"])
    .index("by_party_and_status", ["party", "status"]),

  /** One row: the books' cursor and the newest look at the chain that was applied whole. */
  chainMirror: defineTable({
    /** The last sequence that is in the books. */
    cursor: v.int64(),
    /** The last sequence that was seen: those after `cursor` wait as pending. */
    seen: v.int64(),
    /** What those move the vault's balance by, base units: kept as a sum, so that no look has to read them all. */
    pending: v.object({ STX: v.int64(), sBTC: v.int64() }),
    /** And what is locked of it. */
    pendingLocks: v.object({ STX: v.int64(), sBTC: v.int64() }),
    tip: blockMarkValidator,
    /** The newest block that is final; null while the chain is younger than finality. */
    final: v.union(v.null(), blockMarkValidator),
    paused: v.boolean(),
    /** As the vault names it at the tip; absent until a look has read it. */
    guardian: v.optional(v.string()),
    accounts: observationValidator.fields.accounts,
    /** Whether the last look left nothing unread, so that the same tip need not be read again. */
    complete: v.boolean(),
  }),

  /** One row: who polls, and when next. A poll that does not hold the lease changes nothing. */
  syncLoop: defineTable({
    lease: v.string(),
    /** Server time at which the next cycle should begin, ms. */
    dueAt: v.number(),
    failures: v.number(),
    lastError: v.union(v.null(), v.string()),
    /** Someone wants another look as soon as the running one is over. */
    isWoken: v.boolean(),
    /** Server time since when what answers is behind what we know, ms; null while it is not. */
    behindSince: v.union(v.null(), v.number()),
    /** Looks in a row after which the proof would have failed. */
    doubts: v.number(),
  }),

  /** One row: how far the books are, for whoever watches. */
  syncStatus: defineTable({
    /** The last sequences in the books, and seen. */
    watermark: v.int64(),
    seen: v.int64(),
    tipHeight: v.number(),
    finalHeight: v.union(v.null(), v.number()),
    /** Block time of the tip of the last look that left nothing unread, unix seconds; 0 before the first. */
    asOf: v.number(),
  }),

  /** One row: what the vault lets be done. It changes when that does, so that pages can subscribe to it. */
  vaultStanding: defineTable({
    paused: v.boolean(),
    /** It has its tokens, and takes deposits. */
    launched: v.boolean(),
  }),

  /** The vault's counters after the last event in the books. Seed 003's poolMetrics. */
  poolMetrics: defineTable({
    token: tokenValidator,
    totalBalanceOnChain: v.int64(),
    totalLocked: v.int64(),
    lastSequence: v.int64(),
    /** Block time of that event, ms. */
    lastSyncTimestamp: v.number(),
  }).index("by_token", ["token"]),
};
