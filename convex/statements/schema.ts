/**
 * What a provider had at a moment, so that a statement's opening needs no fold from the beginning. Written when somebody asks for
 * a statement, only of moments that are final and only where the fold was long; never changed, as nothing of it can.
 */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { literals } from "convex-helpers/validators";
import { ACTIVITY_KINDS } from "../../src/domain/activity";
import { tierValidator, tokenValidator } from "../functions";

export const activityKindValidator = literals(...ACTIVITY_KINDS);

/** `Balance` of src/domain/statements. */
export const balanceValidator = v.object({
  token: tokenValidator,
  account: v.union(v.literal("position"), v.literal("suspense"), v.literal("breach")),
  tier: v.union(v.null(), tierValidator),
  available: v.int64(),
  reserved: v.int64(),
  locked: v.int64(),
  earned: v.int64(),
});

/** Behind an entry of a provider: block time in unix seconds. Entries of one time follow each other by their ids. */
export const placeValidator = v.object({ at: v.number(), entryId: v.string() });

/** `Line` of src/domain/statements; times in ms of block time. */
const lineValidator = v.object({
  ...balanceValidator.fields,
  at: v.number(),
  entryId: v.string(),
  kind: v.string(),
  amount: v.int64(),
  balance: v.int64(),
  txId: v.union(v.null(), v.string()),
  note: v.string(),
});

/** `unbalancedLine` of src/domain/statements. */
export const activityLineValidator = lineValidator.omit("balance");

export const statementPageValidator = v.object({
  page: v.object({
    provider: v.string(),
    from: v.number(),
    to: v.number(),
    status: v.union(v.literal("final"), v.literal("provisional")),
    asOf: v.number(),
    opening: v.array(balanceValidator),
    lines: v.array(lineValidator),
    closing: v.array(balanceValidator),
  }),
  cursor: v.union(v.null(), v.string()),
});

export const statementTables = {
  statementCheckpoints: defineTable({
    provider: v.string(),
    /** Unix seconds of block time: everything before that is in it. */
    before: v.number(),
    balances: v.array(balanceValidator),
  }).index("by_provider_and_before", ["provider", "before"]),
};
