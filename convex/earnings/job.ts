/** Earns premiums that nothing else has touched for a day, so that yields show without anybody asking. */
import { v } from "convex/values";
import { internal } from "../_generated/api";
import { internalMutation, type MutationCtx } from "../_generated/server";
import { Books } from "../ledger/model";
import { earnedBefore, type Policy, type PolicyStatus } from "../policies/model";
import { mirrorRow } from "../sync/model";
import { earn } from "./model";

const DAY_SECONDS = 86_400;
/** Of one run: policies, and positions after which no other policy is begun. A policy has at most 256. */
const BATCH = { policies: 20, positions: 44 };

/** While its payout is open a premium earns; an expired one's rest is earned with its payout. */
const EARNING: PolicyStatus[] = ["active", "exercising", "expiring"];

async function longestUnearned(ctx: MutationCtx, before: number): Promise<Policy[]> {
  const found: Policy[] = [];
  for (const status of EARNING) {
    const room = BATCH.policies - found.length;
    if (room > 0) found.push(...(await earnedBefore(ctx, status, before, room)));
  }
  return found;
}

/** One bounded batch, up to the newest final block's time. What is left follows at once. Run by a cron. */
export const accrue = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    const until = (await mirrorRow(ctx))?.final?.time;
    if (until === undefined) return null;
    const waiting = await longestUnearned(ctx, until - DAY_SECONDS);
    const books = new Books(ctx);
    let done = 0;
    for (let positions = 0; done < waiting.length && positions < BATCH.positions; done += 1) {
      positions += await earn(ctx, books, waiting[done] as Policy, until);
    }
    await books.writeBalances();
    if (done < waiting.length || waiting.length === BATCH.policies)
      await ctx.scheduler.runAfter(0, internal.earnings.job.accrue, {});
    return null;
  },
});
