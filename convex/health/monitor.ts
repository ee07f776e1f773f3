/**
 * Moves positions between states when a price crosses their triggers, or a margin call has lasted too long. Reads only
 * positions that are due; a mutation moves a bounded number, and what is left is taken up by the next at once.
 */
import { v } from "convex/values";
import { type HealthStatus, statusAt, triggersOf } from "../../src/domain/health";
import { UNDERLYINGS, type Underlying } from "../../src/domain/policies";
import { internal } from "../_generated/api";
import { internalMutation, type MutationCtx } from "../_generated/server";
import { underlyingValidator } from "../functions";
import { requirePositionOf } from "../positions/model";
import { rulesOf } from "../tiers/model";
import { crossedBy, dueBy, type Health, recordChange, renew } from "./model";
import { type Moment, momentOf } from "./moment";
import { raiseShortLocks } from "./topUps";

/** Positions that one mutation moves to another state, at most. */
const BATCH = 25;
/** So long a margin call may last, seconds of block time. */
export const MARGIN_CALL_SECONDS = 3_600;

/**
 * Seed 003's `monitorCollateralHealth`: called with each accepted price in its transaction, and by the clock. Without a good
 * price nothing changes.
 */
export async function monitorCollateralHealth(ctx: MutationCtx, underlying: Underlying): Promise<void> {
  const moment = await momentOf(ctx, underlying);
  if (!moment) return;
  const isDone = await moveStates(ctx, moment);
  if (!isDone || !(await raiseShortLocks(ctx, moment))) {
    await ctx.scheduler.runAfter(0, internal.health.monitor.run, { underlying });
    return;
  }
  const waiting = await dueBy(ctx, moment.token, { status: "Liquidating", at: moment.at }, 1);
  if (waiting.length > 0) await ctx.scheduler.runAfter(0, internal.health.transfers.next, { underlying });
}

/** Says whether every position is in the state of this moment. */
async function moveStates(ctx: MutationCtx, { token, price, at }: Moment): Promise<boolean> {
  const crossed = crossedBy(ctx, token, price);
  const called = await dueBy(ctx, token, { status: "MarginCall", at }, BATCH);
  const due = [called, await crossed.worse(BATCH), await crossed.better(BATCH)].flat();
  const rows = [...new Map(due.map((row) => [row._id, row])).values()];
  for (const row of rows.slice(0, BATCH)) await judge(ctx, row, { price, at });
  return rows.length < BATCH;
}

/** Puts a position into the state that it is in at this price and time. */
export async function judge(
  ctx: MutationCtx,
  row: Health,
  { price, at }: Pick<Moment, "price" | "at">,
): Promise<Health> {
  const { available } = await requirePositionOf(ctx, row.positionId);
  const triggers = triggersOf(row.exposures, available, await rulesOf(ctx, row));
  const priced = statusAt(row.status, triggers, price);
  const isOverdue = row.status === "MarginCall" && row.dueAt !== null && row.dueAt <= at;
  const status = priced === "MarginCall" && isOverdue ? "Liquidating" : priced;
  if (status === row.status) return renew(ctx, row, at);
  await recordChange(ctx, row, status, { priceUsdMicros: price, at });
  return renew(ctx, row, at, { status, dueAt: dueAfter(status, at), isStuck: false });
}

function dueAfter(status: HealthStatus, at: number): number | null {
  switch (status) {
    case "Healthy":
    case "Warning":
      return null;
    case "MarginCall":
      return at + MARGIN_CALL_SECONDS;
    case "Liquidating":
      return at;
  }
}

/** What is left of a price, or has become due without one. */
export const run = internalMutation({
  args: { underlying: underlyingValidator },
  returns: v.null(),
  handler: async (ctx, { underlying }) => {
    await monitorCollateralHealth(ctx, underlying);
    return null;
  },
});

/** Run by a cron each minute: margin calls end and transfers are tried again by time alone. */
export const watch = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    for (const underlying of UNDERLYINGS) await monitorCollateralHealth(ctx, underlying);
    return null;
  },
});
