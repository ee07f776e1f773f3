/** What is told of authorised withdrawals to whoever knows their ids. Reads only. */
import { type Infer, v } from "convex/values";
import type { QueryCtx } from "../_generated/server";
import { refuseWith, tokenValidator } from "../functions";
import { findWithdrawal } from "./model";
import { withdrawalStatus } from "./schema";

/** Base units; unix seconds of block time. */
export const authorizationValidator = v.object({
  id: v.int64(),
  token: tokenValidator,
  amount: v.int64(),
  withdrawer: v.string(),
  expiresAt: v.int64(),
  status: withdrawalStatus,
});
type Authorization = Infer<typeof authorizationValidator>;

const MOST_IDS = 100;

/** Those of these ids that were authorised here. Refuses TOO_MANY_IDS {max}. */
export async function authorizationsOf(ctx: QueryCtx, ids: bigint[]): Promise<Authorization[]> {
  if (ids.length > MOST_IDS) {
    const message = `At most ${MOST_IDS} ids can be asked for at once. Ask for the others by another call.`;
    refuseWith({ code: "TOO_MANY_IDS", message, max: MOST_IDS });
  }
  const found = await Promise.all([...new Set(ids)].map((id) => findWithdrawal(ctx, id)));
  return found.flatMap((withdrawal) => {
    if (!withdrawal) return [];
    const { authorizationId: id, provider: withdrawer, token, amount, expiresAt, status } = withdrawal;
    return [{ id, token, amount, withdrawer, expiresAt, status }];
  });
}
