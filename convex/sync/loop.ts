/**
 * The poll loop, the truth about the chain: each cycle looks until it sees a new tip, applies what it saw in one
 * mutation, and that same mutation schedules the next cycle. A cron restarts it should a cycle die in between. Nothing
 * else reads the chain.
 */
import { v } from "convex/values";
import { stacksApi } from "../../src/stacks/api";
import { observeVault } from "../../src/stacks/observe";
import { internal } from "../_generated/api";
import { internalAction, internalMutation, internalQuery, type MutationCtx } from "../_generated/server";
import { MONEY, tripAll, trippedReason } from "../breakers/model";
import { stacksApiUrl, syncSettings, vaultDeployment } from "../settings";
import { applyObservation, haltReason } from "./apply";
import { type Loop, loopRow, mirrorRow, recordLoop } from "./model";
import { observationValidator } from "./schema";

/** A loop whose next cycle is this much overdue is taken to be dead. */
const DEAD_AFTER_MS = 60_000;
/** Looks that find nothing new cost no transaction: a cycle repeats them for this long before it ends. */
const QUIET_MS = 10_000;
/** Failures in a row double the pause between looks, up to a minute. */
const LONGEST_PAUSE_MS = 60_000;

async function scheduleNext(ctx: MutationCtx, delayMs: number, loop: Omit<Loop, "dueAt">) {
  await recordLoop(ctx, { ...loop, dueAt: Date.now() + delayMs });
  await ctx.scheduler.runAfter(delayMs, internal.sync.loop.poll, { lease: loop.lease });
}

/** Starts a new loop; the old one, if it still lives, finds that its lease is gone and ends. */
async function takeOver(ctx: MutationCtx) {
  const lease = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
  await scheduleNext(ctx, 0, { lease, failures: 0, lastError: null });
}

/** Looks at once instead of at the next poll. What a push from outside would call: it carries no facts. */
export const wake = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    await takeOver(ctx);
    return null;
  },
});

/** Restarts a loop that died. Run by a cron each minute. */
export const watch = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    const row = await loopRow(ctx);
    if (!row || Date.now() - row.dueAt > DEAD_AFTER_MS) await takeOver(ctx);
    return null;
  },
});

/** Where the next look begins; null while sync is halted. */
export const start = internalQuery({
  args: {},
  returns: v.union(v.null(), v.object({ cursor: v.int64(), seenTip: v.union(v.null(), v.string()) })),
  handler: async (ctx) => {
    if (await trippedReason(ctx, "sync")) return null;
    const mirror = await mirrorRow(ctx);
    return { cursor: mirror?.cursor ?? 0n, seenTip: mirror?.complete ? mirror.tip.hash : null };
  },
});

export const poll = internalAction({
  args: { lease: v.string() },
  returns: v.null(),
  handler: async (ctx, { lease }) => {
    try {
      const { finalityBurnBlocks, pollMs } = syncSettings();
      const api = stacksApi(stacksApiUrl());
      const quietUntil = Date.now() + QUIET_MS;
      for (;;) {
        const from = await ctx.runQuery(internal.sync.loop.start, {});
        const observation = from && (await observeVault(api, vaultDeployment(), { ...from, finalityBurnBlocks }));
        if (observation !== null || Date.now() + pollMs >= quietUntil) {
          await ctx.runMutation(internal.sync.loop.finishCycle, { lease, observation });
          return null;
        }
        await new Promise((resolve) => setTimeout(resolve, pollMs));
      }
    } catch (error) {
      const failure = { lease, error: String(error), halt: haltReason(error) };
      await ctx.runMutation(internal.sync.loop.failCycle, failure);
      return null;
    }
  },
});

/** Applies what a cycle saw (null: nothing new) and schedules the next one. */
export const finishCycle = internalMutation({
  args: { lease: v.string(), observation: v.union(v.null(), observationValidator) },
  returns: v.null(),
  handler: async (ctx, { lease, observation }) => {
    const row = await loopRow(ctx);
    if (row?.lease !== lease) return null;
    const applied = observation && (await applyObservation(ctx, observation));
    const backlog = applied !== null && !applied.complete && applied.advanced;
    await scheduleNext(ctx, backlog ? 0 : syncSettings().pollMs, { lease, failures: 0, lastError: null });
    return null;
  },
});

/** A cycle that failed changes nothing but this: the loop goes on, more slowly, unless what it saw must halt it. */
export const failCycle = internalMutation({
  args: { lease: v.string(), error: v.string(), halt: v.union(v.null(), v.string()) },
  returns: v.null(),
  handler: async (ctx, { lease, error, halt }) => {
    const row = await loopRow(ctx);
    if (row?.lease !== lease) return null;
    if (halt !== null) await tripAll(ctx, ["sync", ...MONEY], halt);
    const failures = row.failures + 1;
    console.warn(`Looking at the chain failed (${failures} in a row): ${error}`);
    const pauseMs = Math.min(syncSettings().pollMs * 2 ** Math.min(failures, 10), LONGEST_PAUSE_MS);
    await scheduleNext(ctx, pauseMs, { lease, failures, lastError: error });
    return null;
  },
});
