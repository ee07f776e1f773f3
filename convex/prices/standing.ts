/** How prices stand, for operators. Reads only. */
import { type Infer, v } from "convex/values";
import type { QueryCtx } from "../_generated/server";
import { allLatest, loopRow } from "./model";
import { latestPriceValidator } from "./schema";

/**
 * The prices that are believed, why one is not, and what was wrong with the last look, a line a source. `failures`: looks in
 * a row that could not be recorded; `dueAt`: when the next one begins, ms of server time.
 */
export const priceStandingValidator = v.object({
  prices: v.array(latestPriceValidator),
  troubles: v.array(v.string()),
  failures: v.number(),
  dueAt: v.union(v.null(), v.number()),
});

export async function priceStanding(ctx: QueryCtx): Promise<Infer<typeof priceStandingValidator>> {
  const prices = (await allLatest(ctx)).map(({ _id, _creationTime, ...row }) => row);
  const { troubles = [], failures = 0, dueAt = null } = (await loopRow(ctx)) ?? {};
  return { prices, troubles, failures, dueAt };
}
