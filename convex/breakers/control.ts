/** Breakers by hand, for operators: `npx convex run breakers/control:resetBreaker '{"capability": …, "reason": …}'`. */
import { v } from "convex/values";
import { internalMutation } from "../_generated/server";
import { reset, trip } from "./model";
import { capabilityValidator } from "./schema";

const change = { capability: capabilityValidator, reason: v.string() };

export const tripBreaker = internalMutation({
  args: change,
  returns: v.null(),
  handler: async (ctx, { capability, reason }) => {
    await trip(ctx, capability, reason);
    return null;
  },
});

export const resetBreaker = internalMutation({
  args: change,
  returns: v.null(),
  handler: async (ctx, { capability, reason }) => {
    await reset(ctx, capability, reason);
    return null;
  },
});
