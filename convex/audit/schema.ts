/**
 * The trail of privileged acts, whose rows are only ever inserted, by audit/model.ts; and how far the audit of the books
 * is, and what it found last, one row each, written by audit/passes/model.ts.
 */
import { defineTable } from "convex/server";
import { type Infer, v } from "convex/values";

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

/** A sum that a pass makes over many documents, and what it has to come to: equal numbers of base units, or of things. */
const sum = v.object({ name: v.string(), expected: v.int64(), found: v.int64() });
export type Sum = Infer<typeof sum>;

export const progressValidator = v.object({
  /** What is walked; `totals` is the last step. */
  phase: v.union(
    v.literal("accounts"),
    v.literal("positions"),
    v.literal("policies"),
    v.literal("entries"),
    v.literal("totals"),
  ),
  /** Creation time of the last document that is done. */
  after: v.number(),
  /** A document with more postings than one run reads: how far its fold is. */
  partial: v.union(
    v.null(),
    v.object({
      /** Of its accounts, those that are folded; each one's balance when the pass began. */
      done: v.array(v.int64()),
      fold: v.int64(),
      foldAtStart: v.int64(),
      /** Creation time of the last posting in the fold. */
      through: v.number(),
    }),
  ),
  sums: v.array(sum),
  checked: v.object({
    accounts: v.number(),
    positions: v.number(),
    policies: v.number(),
    entries: v.number(),
    postings: v.number(),
  }),
  /** Of single documents; sums are compared at the end. */
  differences: v.number(),
});
export type Progress = Infer<typeof progressValidator>;

export const auditTables = {
  acts: defineTable(actFields).index("by_at", ["at"]).index("by_act_and_at", ["act", "at"]),

  /** The pass under way, or the last one. */
  auditPasses: defineTable({
    /** Counts pages of all passes, so that a page is recorded once. */
    step: v.number(),
    /** Server time, ms. */
    startedAt: v.number(),
    finishedAt: v.union(v.null(), v.number()),
    /** Creation time of the newest posting when it began: the moment that sums are made for. */
    moment: v.number(),
    progress: progressValidator,
  }),

  /** The last pass that went through everything. */
  auditResults: defineTable({
    startedAt: v.number(),
    finishedAt: v.number(),
    checked: progressValidator.fields.checked,
    differences: v.number(),
    /** Sums that were wrong. One is a difference when the next pass finds it wrong by as much. */
    wrongSums: v.array(sum),
  }),
};
