/**
 * Looks at all price sources, again and again: one action asks them, a mutation an underlying records what they said and
 * lets what waits for it happen, and the last one schedules the next look. A cron restarts it should a look die in between. Nothing else asks
 * for prices.
 */
import { v } from "convex/values";
import { lookAtSources, type PriceLook, priceSources } from "../../src/prices/look";
import { internal } from "../_generated/api";
import { internalAction, internalMutation, internalQuery, type MutationCtx } from "../_generated/server";
import { priceSettings } from "../settings";
import { type Loop, loopRow, recordLoop, tellOfMissing } from "./model";
import { lookValidator, takeLooks } from "./record";
import { priceStanding, priceStandingValidator } from "./standing";

/** A loop whose next look is this much overdue is taken to be dead. */
const DEAD_AFTER_MS = 60_000;
/** Looks in a row that could not be recorded double the pause, up to a minute. */
const LONGEST_PAUSE_MS = 60_000;

async function scheduleNext(ctx: MutationCtx, delayMs: number, loop: Omit<Loop, "dueAt">) {
  await recordLoop(ctx, { ...loop, dueAt: Date.now() + delayMs });
  await ctx.scheduler.runAfter(delayMs, internal.prices.loop.look, { lease: loop.lease });
}

/** Starts a new loop; the old one, if it still lives, finds that its lease is gone and ends. */
async function takeOver(ctx: MutationCtx) {
  const lease = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
  await scheduleNext(ctx, 0, { lease, failures: 0, troubles: [] });
}

/** Looks at once, whatever the loop is doing. For operators and deployments. */
export const wake = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    if (priceSettings().sources.length > 0) await takeOver(ctx);
    return null;
  },
});

/** Restarts a loop that died, and tells the operators of prices that are missing. Run by a cron each minute. */
export const watch = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    if (priceSettings().sources.length === 0) return null;
    const row = await loopRow(ctx);
    // One that was dead may find a price yet.
    if (!row || Date.now() - row.dueAt > DEAD_AFTER_MS) await takeOver(ctx);
    else await tellOfMissing(ctx);
    return null;
  },
});

/** Whether the loop with this lease still is the one. */
export const isMine = internalQuery({
  args: { lease: v.string() },
  returns: v.boolean(),
  handler: async (ctx, { lease }) => (await loopRow(ctx))?.lease === lease,
});

function troublesOf(looks: PriceLook[]): string[] {
  return looks.flatMap(({ underlying, failures }) =>
    failures.map(({ source, kind, message }) => `${source} ${underlying} ${kind}: ${message}`),
  );
}

/** Each underlying by itself: what keeps one from being recorded is no reason to miss the other's price. */
export const look = internalAction({
  args: { lease: v.string() },
  returns: v.null(),
  handler: async (ctx, { lease }) => {
    if (!(await ctx.runQuery(internal.prices.loop.isMine, { lease }))) return null;
    const looks = await lookAtSources(priceSources(priceSettings()));
    const unrecorded: string[] = [];
    for (const { underlying, quotes } of looks) {
      await ctx
        .runMutation(internal.prices.loop.record, { lease, underlying, quotes })
        .catch((error) => unrecorded.push(`${underlying} could not be recorded: ${error}`));
    }
    await ctx.runMutation(internal.prices.loop.finish, { lease, troubles: troublesOf(looks), unrecorded });
    return null;
  },
});

/** What a look of this loop said about one underlying. */
export const record = internalMutation({
  args: { lease: v.string(), ...lookValidator.fields },
  returns: v.null(),
  handler: async (ctx, { lease, ...look }) => {
    if ((await loopRow(ctx))?.lease === lease) await takeLooks(ctx, [look]);
    return null;
  },
});

/** Schedules the next look: more slowly while looks can't be recorded, and none if nobody is to be asked any more. */
export const finish = internalMutation({
  args: { lease: v.string(), troubles: v.array(v.string()), unrecorded: v.array(v.string()) },
  returns: v.null(),
  handler: async (ctx, { lease, troubles, unrecorded }) => {
    const row = await loopRow(ctx);
    if (row?.lease !== lease) return null;
    const failures = unrecorded.length > 0 ? row.failures + 1 : 0;
    for (const reason of unrecorded) console.warn(`A price (${failures} looks in a row): ${reason}`);
    const { sources, pollMs } = priceSettings();
    const loop = { lease, failures, troubles: [...unrecorded, ...troubles] };
    const pauseMs = Math.min(pollMs * 2 ** Math.min(failures, 10), Math.max(pollMs, LONGEST_PAUSE_MS));
    if (sources.length > 0) await scheduleNext(ctx, pauseMs, loop);
    else await recordLoop(ctx, { ...loop, dueAt: Date.now() });
    return null;
  },
});

/** For operators. */
export const status = internalQuery({
  args: {},
  returns: priceStandingValidator,
  handler: (ctx) => priceStanding(ctx),
});
