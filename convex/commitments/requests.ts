/** The transaction behind `liquidity.requestCommitCapital`. */
import { v } from "convex/values";
import { internalMutation } from "../_generated/server";
import { requireClosed } from "../breakers/model";
import { commit } from "./model";
import { commitmentRequest } from "./schema";

export const create = internalMutation({
  args: commitmentRequest,
  returns: v.object({ commitmentId: v.id("commitments"), reference: v.int64() }),
  handler: async (ctx, request) => {
    await requireClosed(ctx, "commit");
    const { _id, reference } = await commit(ctx, request);
    return { commitmentId: _id, reference };
  },
});
