/**
 * The outbox's loop: look at the chain, store what follows, send, store what the node said. Each turn schedules the next
 * while something waits or is watched, and then sleeps until `submit` wakes it; a cron restarts it should a turn die.
 * A lease makes sure that one turn at a time changes anything.
 */
import { v } from "convex/values";
import { stacksApi } from "../../src/stacks/api";
import { ServiceNode } from "../../src/stacks/serviceNode";
import { internal } from "../_generated/api";
import type { Id } from "../_generated/dataModel";
import { internalAction, internalMutation, internalQuery, type MutationCtx, type QueryCtx } from "../_generated/server";
import { stacksApiKey, stacksApiUrl, syncSettings, vaultDeployment } from "../settings";
import {
  anyWaiting,
  findLane,
  formsOf,
  type Loop,
  loopRow,
  recordLoop,
  recordReply,
  watchedTransactions,
} from "./model";
import { serviceLookValidator, watchedValidator } from "./schema";
import { MOST_WATCHED, serviceSender, takeStock } from "./turn";

/** A loop whose next turn is this much overdue is taken to be dead. */
const DEAD_AFTER_MS = 60_000;
/** At a tip that is dealt with there is nothing to store: a turn waits for the next one for this long before it ends. */
const QUIET_MS = 10_000;
/** Failures in a row double the pause between turns, up to a minute. */
const LONGEST_PAUSE_MS = 60_000;

const replyValidator = v.object({ formId: v.id("outboxForms"), refusal: v.union(v.null(), v.string()) });

async function scheduleNext(ctx: MutationCtx, delayMs: number, loop: Omit<Loop, "dueAt">) {
  await recordLoop(ctx, { ...loop, dueAt: Date.now() + delayMs });
  await ctx.scheduler.runAfter(delayMs, internal.outbox.loop.turn, { lease: loop.lease });
}

/** Starts a new loop; the old one, if it still lives, finds that its lease is gone and ends. */
async function takeOver(ctx: MutationCtx) {
  const lease = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
  await scheduleNext(ctx, 0, { lease, seenTip: null, wakes: 0, failures: 0, lastError: null });
}

function isAlive(row: Loop | null): row is Loop {
  return row !== null && row.dueAt !== null && Date.now() - row.dueAt <= DEAD_AFTER_MS;
}

/** Something has come to wait. */
export const wake = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    const row = await loopRow(ctx);
    if (isAlive(row)) {
      const { _id, _creationTime, ...loop } = row as NonNullable<typeof row>;
      await recordLoop(ctx, { ...loop, seenTip: null, wakes: loop.wakes + 1 });
    } else await takeOver(ctx);
    return null;
  },
});

/** For a backend that was down: the turn that was due or under way may have died with it, and need not be waited for. */
export const restart = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    const row = await loopRow(ctx);
    if (row !== null && row.dueAt !== null) await takeOver(ctx);
    return null;
  },
});

/** Restarts a loop that died. Run by a cron each minute. */
export const watch = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    const row = await loopRow(ctx);
    const sleeps = row === null || row.dueAt === null;
    if (sleeps ? await anyWaiting(ctx) : !isAlive(row)) await takeOver(ctx);
    return null;
  },
});

/** Whether there is anything to send or to watch. What waits behind a stopped lane can wait. */
async function hasWork(ctx: QueryCtx, sender: string): Promise<boolean> {
  if ((await watchedTransactions(ctx, sender, 1)).length > 0) return true;
  return (await findLane(ctx, sender))?.paused ? false : anyWaiting(ctx);
}

/** What a turn looks for; null if the lease is gone. */
export const start = internalQuery({
  args: { lease: v.string() },
  returns: v.union(
    v.null(),
    v.object({
      sender: v.string(),
      watched: v.array(watchedValidator),
      withVault: v.boolean(),
      seenTip: v.union(v.null(), v.string()),
      wakes: v.number(),
    }),
  ),
  handler: async (ctx, { lease }) => {
    const row = await loopRow(ctx);
    if (row?.lease !== lease) return null;
    const sender = serviceSender();
    const transactions = await watchedTransactions(ctx, sender, MOST_WATCHED);
    const watched = transactions.map(async ({ _id, nonce }) => {
      return { nonce, txIds: (await formsOf(ctx, _id)).map(({ txId }) => txId) };
    });
    return {
      sender,
      watched: await Promise.all(watched),
      withVault: await anyWaiting(ctx),
      seenTip: row.seenTip,
      wakes: row.wakes,
    };
  },
});

/** Until the node falls silent: a turn that got on so far is no failure, and the next one goes on from there at once. */
async function send(node: ServiceNode, forms: { formId: Id<"outboxForms">; bytes: string }[]) {
  const replies: { formId: Id<"outboxForms">; refusal: string | null }[] = [];
  for (const { formId, bytes } of forms) {
    try {
      const reply = await node.broadcast(bytes);
      replies.push({ formId, refusal: reply.kind === "refused" ? reply.reason : null });
    } catch (error) {
      if (replies.length === 0) throw error;
      break;
    }
  }
  return replies;
}

export const turn = internalAction({
  args: { lease: v.string() },
  returns: v.null(),
  handler: async (ctx, { lease }) => {
    try {
      const [url, apiKey] = [stacksApiUrl(), stacksApiKey()];
      const node = new ServiceNode(url, stacksApi(url, { apiKey }), apiKey);
      const { finalityBurnBlocks, pollMs } = syncSettings();
      const quietUntil = Date.now() + QUIET_MS;
      for (;;) {
        const from = await ctx.runQuery(internal.outbox.loop.start, { lease });
        if (from === null) return null;
        const { seenTip, wakes, ...asked } = from;
        if (seenTip === null || seenTip !== (await node.tipHash())) {
          const look = await node.look(vaultDeployment(), { ...asked, finalityBurnBlocks });
          const { forms, hasNew } = look
            ? await ctx.runMutation(internal.outbox.loop.store, { lease, look })
            : { forms: [], hasNew: false };
          const replies = await send(node, forms);
          const hasMore = hasNew || replies.length < forms.length;
          const done = { seenTip: hasMore ? null : (look?.tip.hash ?? null), wakes, replies, at: look?.tip.time ?? 0 };
          await ctx.runMutation(internal.outbox.loop.finish, { lease, ...done });
          return null;
        }
        if (Date.now() + pollMs >= quietUntil) {
          await ctx.runMutation(internal.outbox.loop.finish, { lease, seenTip, wakes, replies: [], at: 0 });
          return null;
        }
        await new Promise((resolve) => setTimeout(resolve, pollMs));
      }
    } catch (error) {
      await ctx.runMutation(internal.outbox.loop.fail, { lease, error: String(error) });
      return null;
    }
  },
});

/** Stores what follows from a look, and returns the signed bytes to send, by nonce. */
export const store = internalMutation({
  args: { lease: v.string(), look: serviceLookValidator },
  returns: v.object({
    forms: v.array(v.object({ formId: v.id("outboxForms"), bytes: v.string() })),
    hasNew: v.boolean(),
  }),
  handler: async (ctx, { lease, look }) => {
    if ((await loopRow(ctx))?.lease !== lease) return { forms: [], hasNew: false };
    const { forms, hasNew } = await takeStock(ctx, look);
    return { forms: forms.map(({ _id, bytes }) => ({ formId: _id, bytes })), hasNew };
  },
});

/** Stores what the node said, and schedules the next turn, or none if there is nothing left to do. */
export const finish = internalMutation({
  args: {
    lease: v.string(),
    seenTip: v.union(v.null(), v.string()),
    wakes: v.number(),
    replies: v.array(replyValidator),
    /** Block time, unix seconds. */
    at: v.number(),
  },
  returns: v.null(),
  handler: async (ctx, { lease, seenTip, wakes, replies, at }) => {
    const row = await loopRow(ctx);
    if (row?.lease !== lease) return null;
    for (const { formId, refusal } of replies) await recordReply(ctx, formId, { refusal, at });
    const loop = {
      lease,
      seenTip: row.wakes === wakes ? seenTip : null,
      wakes: row.wakes,
      failures: 0,
      lastError: null,
    };
    if (!(await hasWork(ctx, serviceSender()))) await recordLoop(ctx, { ...loop, dueAt: null });
    else await scheduleNext(ctx, loop.seenTip === null ? 0 : syncSettings().pollMs, loop);
    return null;
  },
});

/** A turn that failed loses nothing: what it did not store, the next one sees again. */
export const fail = internalMutation({
  args: { lease: v.string(), error: v.string() },
  returns: v.null(),
  handler: async (ctx, { lease, error }) => {
    const row = await loopRow(ctx);
    if (row?.lease !== lease) return null;
    const failures = row.failures + 1;
    console.warn(`A turn of the outbox failed (${failures} in a row): ${error}`);
    const pauseMs = Math.min(syncSettings().pollMs * 2 ** Math.min(failures, 10), LONGEST_PAUSE_MS);
    await scheduleNext(ctx, pauseMs, { lease, seenTip: null, wakes: row.wakes, failures, lastError: error });
    return null;
  },
});
