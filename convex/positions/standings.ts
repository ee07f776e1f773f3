/**
 * After a change of a tier's rules: what is kept beside its positions for allocation and health follows from the rules too,
 * so it is made anew, some positions a transaction. Until then allocation judges each position that it reads by the rules
 * in force, but does not find those that only the new ones let in.
 */
import { v } from "convex/values";
import { internal } from "../_generated/api";
import { internalMutation } from "../_generated/server";
import { tierValidator, tokenValidator } from "../functions";
import { refreshHealth } from "../health/model";
import { mirrorRow } from "../sync/model";
import { positionsAfter, renewStanding } from "./model";

/** Positions of one transaction; a health row of each may hold a hundred policies. */
const PAGE = 40;

/** `after`: creation time of the last position that is done, ms. */
export const renew = internalMutation({
  args: { tier: tierValidator, token: tokenValidator, after: v.number() },
  returns: v.null(),
  handler: async (ctx, { tier, token, after }) => {
    const positions = await positionsAfter(ctx, { tier, token }, { after, most: PAGE });
    for (const position of positions) await renewStanding(ctx, position);
    const at = (await mirrorRow(ctx))?.tip.time ?? 0;
    const backing = positions.filter(({ policies }) => policies > 0);
    await refreshHealth(
      ctx,
      backing.map(({ _id: positionId }) => ({ positionId, at })),
    );
    const last = positions[PAGE - 1];
    if (last)
      await ctx.scheduler.runAfter(0, internal.positions.standings.renew, { tier, token, after: last._creationTime });
    return null;
  },
});
