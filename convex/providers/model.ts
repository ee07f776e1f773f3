/** Identity: who calls, and that each sign-in counts once. The only writer of `providers` and `spentSignIns`. */
import type { Auth } from "convex/server";
import type { MutationCtx } from "../_generated/server";
import { refuseWith } from "../functions";

/** The signed-in Stacks address; refuses a caller without a session. */
export async function requireProvider(ctx: { auth: Auth }): Promise<string> {
  const identity = await ctx.auth.getUserIdentity();
  if (identity) return identity.subject;
  return refuseWith({
    code: "NOT_SIGNED_IN",
    message: "Sign in with your Stacks wallet first; a session may have expired.",
  });
}

/** Spends a sign-in's nonce; refuses one that is spent. */
export async function recordSignIn(ctx: MutationCtx, signIn: { principal: string; nonce: string; expiresAt: number }) {
  const { principal, nonce, expiresAt } = signIn;
  const spent = await ctx.db
    .query("spentSignIns")
    .withIndex("by_nonce", (q) => q.eq("nonce", nonce))
    .unique();
  if (spent)
    refuseWith({ code: "CHALLENGE_SPENT", message: "This challenge has been used. Request a new one and sign it." });
  await ctx.db.insert("spentSignIns", { nonce, expiresAt });
  const known = await ctx.db
    .query("providers")
    .withIndex("by_principal", (q) => q.eq("principal", principal))
    .unique();
  if (!known) await ctx.db.insert("providers", { principal, firstSeen: Date.now() });
}

/** Removes up to `limit` spent sign-ins whose challenge has expired, and says how many it found. */
export async function removeExpiredSignIns(ctx: MutationCtx, now: number, limit: number): Promise<number> {
  const expired = await ctx.db
    .query("spentSignIns")
    .withIndex("by_expires_at", (q) => q.lt("expiresAt", now))
    .take(limit);
  for (const row of expired) await ctx.db.delete("spentSignIns", row._id);
  return expired.length;
}
