/** The transactions of signing in, and the job that forgets expired nonces. */
import { v } from "convex/values";
import { internal } from "../_generated/api";
import { internalMutation } from "../_generated/server";
import { recordSignIn, removeExpiredSignIns } from "./model";

export const spend = internalMutation({
  args: { principal: v.string(), nonce: v.string(), expiresAt: v.number() },
  returns: v.null(),
  handler: async (ctx, signIn) => {
    await recordSignIn(ctx, signIn);
    return null;
  },
});

const BATCH = 200;

export const forgetExpired = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    const removed = await removeExpiredSignIns(ctx, Date.now(), BATCH);
    if (removed === BATCH) await ctx.scheduler.runAfter(0, internal.providers.signIns.forgetExpired, {});
    return null;
  },
});
