/** The transaction behind `liquidity.requestCommitCapital`. */
import { v } from "convex/values";
import { internalMutation } from "../_generated/server";
import { requireClosed } from "../breakers/model";
import { tierValidator, tokenValidator } from "../functions";
import { commit } from "./model";

export const create = internalMutation({
  args: {
    reference: v.int64(),
    provider: v.string(),
    depositor: v.string(),
    token: tokenValidator,
    tier: tierValidator,
    amount: v.int64(),
    idempotencyKey: v.optional(v.string()),
  },
  returns: v.object({ commitmentId: v.id("commitments"), reference: v.int64() }),
  handler: async (ctx, request) => {
    await requireClosed(ctx, "commit");
    const { _id, reference } = await commit(ctx, request);
    return { commitmentId: _id, reference };
  },
});
