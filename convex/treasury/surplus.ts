/**
 * Tokens that somebody sent to the vault directly, for operators: once `absorb-surplus` has counted them they are nobody's,
 * and can be put into insurance.
 */
import { v } from "convex/values";
import { parseToken } from "../../src/domain/tokens";
import { internalMutation } from "../_generated/server";
import { actorAndReason } from "../audit/schema";
import { accepted, baseUnits, typedAmount } from "../functions";
import { assignSurplus } from "./model";

/**
 * `npx convex run treasury/surplus:assign '{"token": "STX", "amount": "1000000", "actor": "Ada", "reason": "…"}'`; `amount`:
 * base units, in digits too. Refuses: UNKNOWN_TOKEN, AMOUNT_NOT_A_NUMBER, AMOUNT_NOT_POSITIVE, ASSIGNMENT_ABOVE_SUSPENSE {max},
 * NOT_SYNCED, ACT_INCOMPLETE {field}, ACT_TOO_LONG {field, max}.
 */
export const assign = internalMutation({
  args: { token: v.string(), amount: typedAmount, ...actorAndReason },
  returns: v.null(),
  handler: async (ctx, { token, amount, ...author }) => {
    await assignSurplus(ctx, accepted(parseToken(token)), baseUnits(amount), author);
    return null;
  },
});
