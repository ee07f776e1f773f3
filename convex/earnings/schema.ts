/** What providers took of their yield. Never changed. Premiums' earnings themselves stand in the ledger and on policies. */
import { defineTable } from "convex/server";
import { type Infer, v } from "convex/values";
import { tierValidator, tokenValidator } from "../functions";

export const collectionRequest = {
  provider: v.string(),
  token: tokenValidator,
  tier: tierValidator,
  idempotencyKey: v.optional(v.string()),
};

/** `amount`: base units that were yield and are capital now. */
export const collectionResult = v.object({ collectionId: v.id("collections"), amount: v.int64() });
export type CollectionResult = Infer<typeof collectionResult>;

export const earningTables = {
  collections: defineTable({
    ...collectionRequest,
    amount: v.int64(),
    /** Unix seconds of block time. */
    at: v.number(),
  }).index("by_provider_and_key", ["provider", "idempotencyKey"]),
};
