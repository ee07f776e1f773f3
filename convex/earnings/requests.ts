/** The transaction behind `policies.collectYield`. */
import { internalMutation } from "../_generated/server";
import { requireClosed } from "../breakers/model";
import { collect } from "./model";
import { collectionRequest, collectionResult } from "./schema";

/** What is collected can be withdrawn at once, so what stops withdrawals stops it. */
export const create = internalMutation({
  args: collectionRequest,
  returns: collectionResult,
  handler: async (ctx, request) => {
    await requireClosed(ctx, "withdraw");
    const { _id: collectionId, amount } = await collect(ctx, request);
    return { collectionId, amount };
  },
});
