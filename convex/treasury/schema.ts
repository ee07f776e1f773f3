/** What leaves insurance and fees, and what comes to insurance from the vault's surplus. Written by `model.ts` alone. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { tokenValidator } from "../functions";

export const treasuryAccountValidator = v.union(v.literal("insurance"), v.literal("fees"));

export const exitStatus = v.union(
  /** Waits for the guardian; after `expiresAt` for nobody any more. */
  v.literal("requested"),
  /** Its authorisation is signed: what becomes of it the withdrawal says. */
  v.literal("approved"),
  v.literal("cancelled"),
);

export const exitFields = {
  account: treasuryAccountValidator,
  token: tokenValidator,
  /** Base units. */
  amount: v.int64(),
  recipient: v.string(),
  requestedBy: v.string(),
  reason: v.string(),
  authorizationId: v.int64(),
  /** Unix seconds of block time. */
  expiresAt: v.number(),
  status: exitStatus,
  /** The guardian at that time, its signature over the exit's message, and what it let be signed. */
  approval: v.union(
    v.null(),
    v.object({
      guardian: v.string(),
      publicKey: v.string(),
      signature: v.string(),
      /** Unix seconds of block time. */
      at: v.number(),
      withdrawalId: v.id("withdrawals"),
    }),
  ),
};

export const treasuryTables = {
  treasuryExits: defineTable(exitFields),

  surplusAssignments: defineTable({
    token: tokenValidator,
    amount: v.int64(),
    actor: v.string(),
    reason: v.string(),
    /** Unix seconds of block time. */
    at: v.number(),
  }),
};
