/** The rule after a restore (DESIGN section 5, src/domain/restore): when it begins; sync ends it. */
import { v } from "convex/values";
import { internal } from "../_generated/api";
import { internalMutation } from "../_generated/server";
import { actorAndReason } from "../audit/schema";
import { forbidSigning } from "./model";

/**
 * To be called after the documents were restored and before anybody is served. The loop gets a new lease in the same
 * transaction, so that only looks which begin after the restore count.
 *
 * `signedUpTo`: where the chain itself was restored, the block time (unix seconds) up to which something may have been
 * signed before. A real chain's own tip tells it.
 * Refuses: ACT_INCOMPLETE {field}, ACT_TOO_LONG {field, max}.
 */
export const begin = internalMutation({
  args: { signedUpTo: v.optional(v.number()), ...actorAndReason },
  returns: v.null(),
  handler: async (ctx, { signedUpTo = 0, ...author }) => {
    await forbidSigning(ctx, signedUpTo, author);
    await ctx.runMutation(internal.sync.loop.wake, {});
    return null;
  },
});
