/** The transaction behind `administration.correctBreach`. */
import { internalMutation } from "../_generated/server";
import { actorAndReason } from "../audit/schema";
import { correctBreach } from "./model";
import { correctionRequest, correctionResult } from "./schema";

/**
 * Refuses: NO_BREACH, NO_POSITION, CORRECTION_ABOVE_MAXIMUM {max, binding}, AMOUNT_NOT_POSITIVE, IDEMPOTENCY_KEY_REUSED,
 * IDEMPOTENCY_KEY_TOO_LONG {max}, NOT_SYNCED, ACT_INCOMPLETE {field}, ACT_TOO_LONG {field, max}.
 */
export const create = internalMutation({
  args: { ...correctionRequest, ...actorAndReason },
  returns: correctionResult,
  handler: async (ctx, { actor, reason, ...request }) => {
    const { _id: correctionId, breach } = await correctBreach(ctx, request, { actor, reason });
    return { correctionId, breach };
  },
});
