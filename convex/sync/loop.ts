/**
 * The poll loop, the truth about the chain: each cycle looks until it sees a new tip, applies what it saw in one
 * mutation, and that same mutation schedules the next cycle. A cron restarts it should a cycle die in between. Nothing
 * else reads the chain.
 */
import { type Infer, v } from "convex/values";
import { ApiError, stacksApi } from "../../src/stacks/api";
import type { Known } from "../../src/stacks/canonical";
import { observeVault } from "../../src/stacks/observe";
import { internal } from "../_generated/api";
import {
  type ActionCtx,
  internalAction,
  internalMutation,
  internalQuery,
  type MutationCtx,
} from "../_generated/server";
import { MONEY, tripAll, trippedReason } from "../breakers/model";
import { stacksApiKey, stacksApiUrl, syncSettings, vaultDeployment } from "../settings";
import { haltReason } from "./apply";
import { type Loop, loopRow, mirrorRow, newestPending, recordLoop } from "./model";
import { type Applied, applyBacklog, applyObservation, hasBacklog, isDoubt } from "./observation";
import { blockMarkValidator, observationValidator } from "./schema";

/** A loop whose next cycle is this much overdue is taken to be dead. */
const DEAD_AFTER_MS = 60_000;
/** All that one cycle asks has to be answered in this time, so that a slow node is not taken for a dead loop. */
const CYCLE_MS = 50_000;
/** Looks that find nothing new cost no transaction: a cycle repeats them for this long before it ends. */
const QUIET_MS = 10_000;
/** Failures in a row double the pause between looks, up to a minute. */
const LONGEST_PAUSE_MS = 60_000;
/** An API that asks to be left alone is, for at most this long. */
const LONGEST_RETRY_AFTER_MS = 600_000;
/** A chain that stays shorter than the one we saw for this long has replaced it. */
const BEHIND_MS = 600_000;

const RUNNING = { failures: 0, lastError: null, isWoken: false, behindSince: null, doubts: 0 };

async function scheduleNext(ctx: MutationCtx, delayMs: number, loop: Omit<Loop, "dueAt">) {
  await recordLoop(ctx, { ...loop, dueAt: Date.now() + delayMs });
  await ctx.scheduler.runAfter(delayMs, internal.sync.loop.poll, { lease: loop.lease });
}

/** Starts a new loop; the old one, if it still lives, finds that its lease is gone and ends. */
async function takeOver(ctx: MutationCtx, was: Partial<Loop> = {}) {
  const lease = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
  await scheduleNext(ctx, 0, { ...RUNNING, behindSince: was.behindSince ?? null, doubts: was.doubts ?? 0, lease });
}

/** Looks at once, whatever the loop is doing. For operators and deployments. */
export const wake = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    await takeOver(ctx);
    return null;
  },
});

/**
 * What a push from outside calls; it carries no facts. A loop that waits looks now; one that is looking looks once more
 * afterwards, however often it is told; one that waits because looking failed keeps to its pause.
 */
export const nudge = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    const row = await loopRow(ctx);
    if (!row) await takeOver(ctx);
    else if (row.dueAt <= Date.now()) {
      if (!row.isWoken) await recordLoop(ctx, { ...fieldsOf(row), isWoken: true });
    } else if (row.failures === 0) await takeOver(ctx, row);
    return null;
  },
});

function fieldsOf({ lease, dueAt, failures, lastError, isWoken, behindSince, doubts }: Loop): Loop {
  return { lease, dueAt, failures, lastError, isWoken, behindSince, doubts };
}

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

const rungValidator = v.object({ sequence: v.int64(), height: v.number(), hash: v.string() });

const startValidator = v.union(
  /** Another loop took over. */
  v.object({ kind: v.literal("superseded") }),
  v.object({ kind: v.literal("halted") }),
  /** What is known already has to be booked before there is a reason to look again. */
  v.object({ kind: v.literal("backlog") }),
  v.object({
    kind: v.literal("look"),
    booked: v.int64(),
    newest: v.union(v.null(), rungValidator),
    final: v.union(v.null(), blockMarkValidator),
    tip: v.union(v.null(), blockMarkValidator),
    seenTip: v.union(v.null(), v.string()),
  }),
);

/** What the next look starts from. */
export const start = internalQuery({
  args: { lease: v.string() },
  returns: startValidator,
  handler: async (ctx, { lease }): Promise<Infer<typeof startValidator>> => {
    const row = await loopRow(ctx);
    if (row?.lease !== lease) return { kind: "superseded" };
    if (await trippedReason(ctx, "sync")) return { kind: "halted" };
    const mirror = await mirrorRow(ctx);
    if (!mirror) return { kind: "look", booked: 0n, newest: null, final: null, tip: null, seenTip: null };
    if (await hasBacklog(ctx, mirror)) return { kind: "backlog" };
    const [newest] = await newestPending(ctx, 1);
    const { cursor: booked, final, tip, complete } = mirror;
    // A chain that was behind for long is the chain.
    const trusted = row.behindSince !== null && Date.now() - row.behindSince > BEHIND_MS ? null : tip;
    return {
      kind: "look",
      booked,
      newest: newest ? rungOf(newest) : null,
      final,
      tip: trusted,
      seenTip: complete ? tip.hash : null,
    };
  },
});

function rungOf({ sequence, blockHeight, blockHash }: { sequence: bigint; blockHeight: number; blockHash: string }) {
  return { sequence, height: blockHeight, hash: blockHash };
}

/** So many of the newest events that wait are looked through for where a fork began; it is what one mutation orphans. */
const LADDER_EVENTS = 100;

/** The blocks of the newest events that wait, newest first, each with its last event. */
export const ladder = internalQuery({
  args: {},
  returns: v.object({ rungs: v.array(rungValidator), floor: v.int64() }),
  handler: async (ctx) => {
    const rows = await newestPending(ctx, LADDER_EVENTS);
    const rungs = rows.filter((row, n) => row.blockHash !== rows[n - 1]?.blockHash).map(rungOf);
    return { rungs, floor: (rows.at(-1)?.sequence ?? 1n) - 1n };
  },
});

type Cycle = { observation: Infer<typeof observationValidator> | null; isBehind?: boolean };

/** Looks until there is something new, or until it was quiet for long enough. Null: another loop took over. */
async function look(ctx: ActionCtx, lease: string): Promise<Cycle | null> {
  const { finalityBurnBlocks, pollMs } = syncSettings();
  const api = stacksApi(stacksApiUrl(), { apiKey: stacksApiKey(), withinMs: CYCLE_MS });
  const quietUntil = Date.now() + QUIET_MS;
  for (;;) {
    const from = await ctx.runQuery(internal.sync.loop.start, { lease });
    if (from.kind === "superseded") return null;
    let isBehind = false;
    if (from.kind === "backlog") return { observation: null };
    if (from.kind === "look") {
      const known: Known = { ...from, ladder: () => ctx.runQuery(internal.sync.loop.ladder, {}) };
      const seen = await observeVault(api, vaultDeployment(), known, finalityBurnBlocks);
      if (seen.kind === "seen") return { observation: seen.observation };
      isBehind = seen.kind === "behind";
    }
    if (Date.now() + pollMs >= quietUntil) return { observation: null, isBehind };
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

export const poll = internalAction({
  args: { lease: v.string() },
  returns: v.null(),
  handler: async (ctx, { lease }) => {
    try {
      const cycle = await look(ctx, lease);
      if (cycle) await ctx.runMutation(internal.sync.loop.finishCycle, { lease, ...cycle });
    } catch (error) {
      const failure = failureOf(error);
      await ctx.runMutation(internal.sync.loop.failCycle, { lease, error: String(error), failure });
    }
    return null;
  },
});

const failureValidator = v.union(
  v.object({ kind: v.literal("halt"), reason: v.string() }),
  /** The look may have been of a fork that is gone. */
  v.object({ kind: v.literal("doubt") }),
  /** To be tried again, not before the API wants it. */
  v.object({ kind: v.literal("retry"), afterMs: v.number() }),
);

export function failureOf(error: unknown): Infer<typeof failureValidator> {
  const reason = haltReason(error);
  if (reason !== null) return { kind: "halt", reason };
  if (isDoubt(error)) return { kind: "doubt" };
  return { kind: "retry", afterMs: error instanceof ApiError ? error.retryAfterMs : 0 };
}

function applyCycle(ctx: MutationCtx, observation: Cycle["observation"], doubts: number): Promise<Applied> {
  return observation ? applyObservation(ctx, observation, doubts) : applyBacklog(ctx);
}

/** Applies what a cycle saw (null: nothing new, so what waits is booked) and schedules the next one. */
export const finishCycle = internalMutation({
  args: { lease: v.string(), observation: v.union(v.null(), observationValidator), isBehind: v.optional(v.boolean()) },
  returns: v.object({ isDone: v.boolean() }),
  handler: async (ctx, { lease, observation, isBehind = false }): Promise<Applied> => {
    const row = await loopRow(ctx);
    if (row?.lease !== lease) return { isDone: true };
    const isHalted = (await trippedReason(ctx, "sync")) !== null;
    const applied = isHalted ? { isDone: true } : await applyCycle(ctx, observation, row.doubts);
    const behindSince = isBehind ? (row.behindSince ?? Date.now()) : null;
    const doubts = observation ? 0 : row.doubts;
    const isAtOnce = !applied.isDone || row.isWoken;
    await scheduleNext(ctx, isAtOnce ? 0 : syncSettings().pollMs, { ...RUNNING, behindSince, doubts, lease });
    return applied;
  },
});

/** A cycle that failed changes nothing but this: the loop goes on, more slowly, unless what it saw must halt it. */
export const failCycle = internalMutation({
  args: { lease: v.string(), error: v.string(), failure: failureValidator },
  returns: v.null(),
  handler: async (ctx, { lease, error, failure }) => {
    const row = await loopRow(ctx);
    if (row?.lease !== lease) return null;
    if (failure.kind === "halt") await tripAll(ctx, ["sync", ...MONEY], failure.reason, { kind: "sync.halted" });
    const failures = row.failures + 1;
    console.warn(`Looking at the chain failed (${failures} in a row): ${error}`);
    const backoffMs = Math.min(syncSettings().pollMs * 2 ** Math.min(failures, 10), LONGEST_PAUSE_MS);
    const wishedMs = failure.kind === "retry" ? Math.min(failure.afterMs, LONGEST_RETRY_AFTER_MS) : 0;
    const doubts = failure.kind === "doubt" ? row.doubts + 1 : row.doubts;
    const delayMs = failure.kind === "doubt" ? syncSettings().pollMs : Math.max(backoffMs, wishedMs);
    await scheduleNext(ctx, delayMs, { ...fieldsOf(row), failures, lastError: error, isWoken: false, doubts });
    return null;
  },
});
