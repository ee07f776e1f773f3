/** One look at the sources becomes prices, and what follows from them, in one transaction. */
import { v } from "convex/values";
import type { Underlying } from "../../src/domain/policies";
import { internalMutation } from "../_generated/server";
import { underlyingValidator } from "../functions";
import { nowOf, recordPrice } from "./model";
import { priceQuoteValidator } from "./schema";

export const lookValidator = v.object({ underlying: underlyingValidator, quotes: v.array(priceQuoteValidator) });

/** Records each underlying's price, if it has a new one; returns those. */
export const recordLook = internalMutation({
  args: { looks: v.array(lookValidator) },
  returns: v.array(underlyingValidator),
  handler: async (ctx, { looks }) => {
    const nowMs = await nowOf(ctx);
    const moved: Underlying[] = [];
    for (const { underlying, quotes } of looks) {
      if (await recordPrice(ctx, underlying, quotes, nowMs)) moved.push(underlying);
    }
    return moved;
  },
});
