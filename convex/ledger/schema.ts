/**
 * The books. `entries` and `postings` are only ever inserted, `accounts` is their fold for what is not a position
 * (positions keep theirs). Entries and postings are apart so that one account's history is an index range.
 */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { tokenValidator } from "../functions";

/** `Proof` of src/domain/proof, and the vault's last sequence at the block that it was taken at. */
export const proofFields = {
  token: tokenValidator,
  holds: v.boolean(),
  held: v.int64(),
  counted: v.int64(),
  booked: v.int64(),
  pending: v.int64(),
  locks: v.object({ counted: v.int64(), booked: v.int64(), pending: v.int64() }),
  surplus: v.int64(),
  sequence: v.int64(),
  blockHeight: v.number(),
};

export const ledgerTables = {
  entries: defineTable({
    /** Derived from the cause, such as `deposit:7`: the same cause is booked once. */
    entryId: v.string(),
    token: tokenValidator,
    /** Block time of the cause, unix seconds. */
    at: v.number(),
  }).index("by_entry_id", ["entryId"]),

  postings: defineTable({
    entryId: v.string(),
    account: v.string(),
    token: tokenValidator,
    /** Base units credited to the account. */
    amount: v.int64(),
    /** The entry's. Absent where it was booked before statements were drawn up, until `migrations:addPostingOwners` has run. */
    at: v.optional(v.number()),
    /** Whose the account is: a position's provider, the principal of suspense or of a breach. Absent: nobody's. */
    owner: v.optional(v.string()),
  })
    .index("by_entry_id", ["entryId"])
    .index("by_account_and_token", ["account", "token"])
    // A statement: somebody's postings of a period, those of one entry together.
    .index("by_owner_and_at_and_entry_id", ["owner", "at", "entryId"])
    // The same of one token, so that looking for the rarer one reads nothing of the other.
    .index("by_owner_and_token_and_at_and_entry_id", ["owner", "token", "at", "entryId"]),

  accounts: defineTable({
    name: v.string(),
    token: tokenValidator,
    balance: v.int64(),
  }).index("by_name_and_token", ["name", "token"]),

  /** One row a token: what the books have locked, kept as a sum, so that each event of the vault can be held against it. */
  lockTotals: defineTable({
    token: tokenValidator,
    /** In positions' locked parts and in `cover`: a fold of postings. */
    backed: v.int64(),
    /** What events have locked behind policies that this backend did not sell, or beyond what it asked for. */
    foreign: v.int64(),
  }).index("by_token", ["token"]),

  /** One row a token: the newest three-way proof (src/domain/proof.ts). */
  proofs: defineTable({
    ...proofFields,
    blockTime: v.number(),
  }).index("by_token", ["token"]),
};
