/**
 * Breakers by hand, for operators:
 * `npx convex run breakers/control:resetBreaker '{"capability": "withdraw", "actor": "Ada", "reason": "…"}'`.
 */
import { v } from "convex/values";
import { internal } from "../_generated/api";
import { internalMutation, internalQuery } from "../_generated/server";
import { actorAndReason } from "../audit/schema";
import { reset, stoppedNow, tripByHand } from "./model";
import { capabilityValidator, stoppedValidator } from "./schema";

const change = { capability: capabilityValidator, ...actorAndReason };

/** Refuses: ACT_INCOMPLETE {field}, ACT_TOO_LONG {field, max}. */
export const tripBreaker = internalMutation({
  args: change,
  returns: v.null(),
  handler: async (ctx, { capability, ...author }) => {
    await tripByHand(ctx, capability, author);
    return null;
  },
});

/** What tripped it trips it again, should it persist. Refuses: ACT_INCOMPLETE {field}, ACT_TOO_LONG {field, max}. */
export const resetBreaker = internalMutation({
  args: change,
  returns: v.null(),
  handler: async (ctx, { capability, ...author }) => {
    await reset(ctx, capability, author);
    // While halted the loop looks ever less often: the operator need not wait for it.
    if (capability === "sync") await ctx.runMutation(internal.sync.loop.wake, {});
    return null;
  },
});

export const status = internalQuery({
  args: {},
  returns: stoppedValidator,
  handler: (ctx) => stoppedNow(ctx),
});
