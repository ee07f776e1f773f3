/** The rule after a restore (DESIGN section 5, src/domain/restore): when it begins; sync ends it. */
import { v } from "convex/values";
import { internal } from "../_generated/api";
import { internalMutation } from "../_generated/server";
import { actorAndReason } from "../audit/schema";
import { beginRestore } from "./model";

/**
 * To be called after the documents were restored and before anybody is served. The loop gets a new lease in the same
 * transaction, so that only looks which begin after the restore count.
 * Refuses: ACT_INCOMPLETE {field}, ACT_TOO_LONG {field, max}.
 */
export const begin = internalMutation({
  args: actorAndReason,
  returns: v.null(),
  handler: async (ctx, author) => {
    await beginRestore(ctx, author);
    await ctx.runMutation(internal.sync.loop.wake, {});
    return null;
  },
});
