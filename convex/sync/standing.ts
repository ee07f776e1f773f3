/** What operators need to know of sync, above all when it halts. Reads only. */
import { type Infer, v } from "convex/values";
import type { QueryCtx } from "../_generated/server";
import { trippedReason } from "../breakers/model";
import { loopRow, mirrorRow } from "./model";
import { blockMarkValidator } from "./schema";

export const syncStandingValidator = v.object({
  /** Why sync stopped; null while it goes on. */
  halted: v.union(v.null(), v.string()),
  /** Looks that failed, in a row, and what the last one failed by; null once one has succeeded. */
  failures: v.number(),
  lastError: v.union(v.null(), v.string()),
  /** When the next look begins, ms of server time; null before the first. */
  nextLookAt: v.union(v.null(), v.number()),
  /** Since when what answers is behind what is known already, ms of server time; null while it is not. */
  behindSince: v.union(v.null(), v.number()),
  /** Looks in a row that may have been of a fork that is gone. */
  doubts: v.number(),
  /** The newest block that was seen, and the newest final one; heights, hash, block time in unix seconds. */
  tip: v.union(v.null(), blockMarkValidator),
  final: v.union(v.null(), blockMarkValidator),
  /** The last sequence of the vault that is in the books, the last that was seen, and how many events wait between them. */
  watermark: v.int64(),
  seen: v.int64(),
  pending: v.int64(),
  /** Whether the last look left nothing unread. */
  complete: v.boolean(),
  /** As the vault says of itself at the tip; null where no look has read it. */
  paused: v.union(v.null(), v.boolean()),
  guardian: v.union(v.null(), v.string()),
});
type Standing = Infer<typeof syncStandingValidator>;

export async function syncStanding(ctx: QueryCtx): Promise<Standing> {
  const [loop, mirror] = [await loopRow(ctx), await mirrorRow(ctx)];
  const { failures = 0, lastError = null, dueAt: nextLookAt = null, behindSince = null, doubts = 0 } = loop ?? {};
  const { tip = null, final = null, cursor = 0n, seen = 0n, complete = false } = mirror ?? {};
  return {
    ...{ halted: await trippedReason(ctx, "sync"), failures, lastError, nextLookAt, behindSince, doubts },
    ...{ tip, final, watermark: cursor, seen, pending: seen - cursor, complete },
    ...{ paused: mirror?.paused ?? null, guardian: mirror?.guardian ?? null },
  };
}
