/** The transaction behind `liquidity.requestWithdrawal`. */
import { v } from "convex/values";
import { internalMutation } from "../_generated/server";
import { requireClosed, requireSigningAllowed } from "../breakers/model";
import { authoriseWithdrawal } from "./model";
import { withdrawalRequest } from "./schema";

export const authorise = internalMutation({
  args: withdrawalRequest,
  returns: v.object({
    withdrawalId: v.id("withdrawals"),
    authorizationId: v.int64(),
    expiresAt: v.int64(),
    signature: v.string(),
  }),
  handler: async (ctx, request) => {
    await requireClosed(ctx, "withdraw");
    await requireSigningAllowed(ctx);
    const { _id, authorizationId, expiresAt, signature } = await authoriseWithdrawal(ctx, request);
    return { withdrawalId: _id, authorizationId, expiresAt, signature };
  },
});
