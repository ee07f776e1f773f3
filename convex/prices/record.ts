/** One look at the sources becomes prices, and what follows from them, in one transaction. */
import { type Infer, v } from "convex/values";
import type { Underlying } from "../../src/domain/policies";
import { internalMutation, type MutationCtx } from "../_generated/server";
import { underlyingValidator } from "../functions";
import { monitorCollateralHealth } from "../health/monitor";
import { onPrice } from "../policies/life";
import { nowOf, recordPrice } from "./model";
import { priceQuoteValidator } from "./schema";

export const lookValidator = v.object({ underlying: underlyingValidator, quotes: v.array(priceQuoteValidator) });

/**
 * Records each underlying's price and, where it is a new one, lets what waits for it happen. If that fails, so does the
 * price: better none than one by which risk is sold and nobody's health is watched.
 * @returns what has a new price
 */
export async function takeLooks(ctx: MutationCtx, looks: Infer<typeof lookValidator>[]): Promise<Underlying[]> {
  const nowMs = await nowOf(ctx);
  const moved: Underlying[] = [];
  for (const { underlying, quotes } of looks) {
    if (!(await recordPrice(ctx, underlying, quotes, nowMs))) continue;
    await onPrice(ctx, underlying);
    await monitorCollateralHealth(ctx, underlying);
    moved.push(underlying);
  }
  return moved;
}

/** What one look said, without the loop that looked. */
export const recordLook = internalMutation({
  args: { looks: v.array(lookValidator) },
  returns: v.array(underlyingValidator),
  handler: (ctx, { looks }) => takeLooks(ctx, looks),
});
