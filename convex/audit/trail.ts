/** The trail of privileged acts, for operators. */
import { paginationOptsValidator, paginationResultValidator } from "convex/server";
import { v } from "convex/values";
import { internalQuery } from "../_generated/server";
import { listActs } from "./model";
import { actFields } from "./schema";

export const actValidator = v.object({ _id: v.id("acts"), _creationTime: v.number(), ...actFields });

/**
 * Newest first, at most 100 a page: `npx convex run audit/trail:list '{"paginationOpts": {"numItems": 20, "cursor":
 * null}}'`. `act`: only such acts, as "breakers.reset". `at` is server time, ms.
 */
export const list = internalQuery({
  args: { act: v.optional(v.string()), paginationOpts: paginationOptsValidator },
  returns: paginationResultValidator(actValidator),
  handler: (ctx, { act, paginationOpts }) => listActs(ctx, { act, page: paginationOpts }),
});
