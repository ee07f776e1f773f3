/** The transaction behind `liquidity.assignSuspense` and `liquidity.moveCapital`. */
import { internalMutation } from "../_generated/server";
import { requireClosed } from "../breakers/model";
import { moveCapital } from "./model";
import { moveRequest, moveResult } from "./schema";

/** Capital that enters a tier by a move is committed to it, so what stops commitments stops it. */
export const create = internalMutation({
  args: moveRequest,
  returns: moveResult,
  handler: async (ctx, request) => {
    await requireClosed(ctx, "commit");
    const { _id, freeAt } = await moveCapital(ctx, request);
    return { moveId: _id, freeAt: freeAt * 1_000 };
  },
});
