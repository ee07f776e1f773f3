/** The transaction behind `liquidity.setAcceptingPolicies`. */
import { v } from "convex/values";
import { internalMutation } from "../_generated/server";
import { recordAccepting } from "./model";
import { positionKey } from "./schema";

export const setAccepting = internalMutation({
  args: { ...positionKey, accepting: v.boolean() },
  returns: v.null(),
  handler: async (ctx, { accepting, ...key }) => {
    await recordAccepting(ctx, key, accepting);
    return null;
  },
});
