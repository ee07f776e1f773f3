/**
 * Tells the webhook what waits for it: a turn posts a bounded batch at once, records all answers in one mutation, and that
 * mutation schedules the next turn, or lets the loop sleep until a notification wakes it. A cron restarts it should a turn
 * die, and then the same messages go out again under the same ids.
 */
import { type Infer, v } from "convex/values";
import { messageOf } from "../../src/domain/webhooks";
import { internal } from "../_generated/api";
import { internalAction, internalMutation, internalQuery, type MutationCtx, type QueryCtx } from "../_generated/server";
import { recordForOperators } from "../notifications/model";
import { hasWebhook, webhookSettings } from "../settings";
import { type Delivery, dueBy, type Loop, loopRow, nextDue, recordAnswer, recordLoop } from "./model";
import { post } from "./post";

/** Messages that are on their way at once. */
const BATCH = 20;
/** A loop whose next turn is this much overdue is taken to be dead: several times what a turn can last. */
const DEAD_AFTER_MS = 60_000;
/** Turns in a row that came to nothing double the pause, from a second up to a minute. */
const SHORTEST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

async function scheduleNext(ctx: MutationCtx, delayMs: number, loop: Omit<Loop, "dueAt">) {
  await recordLoop(ctx, { ...loop, dueAt: Date.now() + delayMs });
  await ctx.scheduler.runAfter(delayMs, internal.webhooks.loop.turn, { lease: loop.lease });
}

/** Starts a new loop; the old one, if it still lives, finds that its lease is gone and ends. */
async function takeOver(ctx: MutationCtx) {
  const lease = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
  await scheduleNext(ctx, 0, { lease, failures: 0, lastError: null });
}

/** A turn is due or under way, and not for too long. */
function isAtWork({ dueAt }: Loop, now: number): boolean {
  return dueAt !== null && dueAt <= now && now - dueAt <= DEAD_AFTER_MS;
}

/** Something has come to wait. A turn that is under way looks again when it is over. */
export const wake = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    const row = await loopRow(ctx);
    if (row === null || !isAtWork(row, Date.now())) await takeOver(ctx);
    return null;
  },
});

/** Restarts a loop that died, and one that sleeps over what is due. Run by a cron each minute. */
export const watch = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    if (!hasWebhook()) return null;
    const now = Date.now();
    const dueAt = (await loopRow(ctx))?.dueAt ?? (await nextDue(ctx));
    const isLate = dueAt !== null && now - dueAt > DEAD_AFTER_MS;
    if (isLate) await takeOver(ctx);
    return null;
  },
});

const messageValidator = v.object({
  deliveryId: v.id("webhookDeliveries"),
  /** The notification's: the same whenever it is sent again. */
  id: v.string(),
  body: v.string(),
});

/** What is due at `now` (ms); null if the lease is gone. */
export const start = internalQuery({
  args: { lease: v.string(), now: v.number() },
  returns: v.union(v.null(), v.array(messageValidator)),
  handler: async (ctx, { lease, now }) => {
    if ((await loopRow(ctx))?.lease !== lease) return null;
    return Promise.all((await dueBy(ctx, now, BATCH)).map((delivery) => messageFor(ctx, delivery)));
  },
});

async function messageFor(ctx: QueryCtx, { _id, notificationId }: Delivery): Promise<Infer<typeof messageValidator>> {
  const told = await ctx.db.get("notifications", notificationId);
  if (!told) throw new Error(`There is no notification ${notificationId}`);
  return { deliveryId: _id, id: notificationId, body: messageOf({ id: notificationId, ...told }) };
}

const answerValidator = v.union(
  v.object({ kind: v.literal("delivered") }),
  v.object({ kind: v.literal("gone"), error: v.string() }),
  v.object({ kind: v.literal("failed"), error: v.string() }),
);
const recordValidator = v.object({ deliveryId: v.id("webhookDeliveries"), answer: answerValidator });

export const turn = internalAction({
  args: { lease: v.string() },
  returns: v.null(),
  handler: async (ctx, { lease }) => {
    try {
      const settings = webhookSettings();
      const messages = settings ? await ctx.runQuery(internal.webhooks.loop.start, { lease, now: Date.now() }) : [];
      if (!messages) return null;
      const answers = messages.map(async ({ deliveryId, ...message }) => {
        return { deliveryId, answer: await post(settings as NonNullable<typeof settings>, message) };
      });
      await ctx.runMutation(internal.webhooks.loop.finish, { lease, answers: await Promise.all(answers) });
    } catch (error) {
      await ctx.runMutation(internal.webhooks.loop.fail, { lease, error: String(error) });
    }
    return null;
  },
});

/** Records what the receiver said, and schedules the next turn, or none if nothing waits or nobody is to be told any more. */
export const finish = internalMutation({
  args: { lease: v.string(), answers: v.array(recordValidator) },
  returns: v.null(),
  handler: async (ctx, { lease, answers }) => {
    if ((await loopRow(ctx))?.lease !== lease) return null;
    await recordAnswers(ctx, answers);
    const loop = { lease, failures: 0, lastError: null };
    const dueAt = hasWebhook() ? await nextDue(ctx) : null;
    if (dueAt === null) await recordLoop(ctx, { ...loop, dueAt });
    else await scheduleNext(ctx, Math.max(0, dueAt - Date.now()), loop);
    return null;
  },
});

/** What is given up is told to the operators, and not by the webhook: it would go the same way. */
async function recordAnswers(ctx: MutationCtx, answers: Infer<typeof recordValidator>[]) {
  const errors: string[] = [];
  for (const { deliveryId, answer } of answers) {
    const isGivenUp = await recordAnswer(ctx, deliveryId, answer);
    if (isGivenUp && answer.kind !== "delivered") errors.push(answer.error);
  }
  const [error] = errors;
  if (error === undefined) return;
  console.error(`The webhook could not be told of ${errors.length} notifications: ${error}`);
  await recordForOperators(ctx, { kind: "webhook.failed", facts: { deliveries: errors.length, error } });
}

/** A turn that came to nothing changes nothing but this: settings that can't be used, usually. */
export const fail = internalMutation({
  args: { lease: v.string(), error: v.string() },
  returns: v.null(),
  handler: async (ctx, { lease, error }) => {
    const row = await loopRow(ctx);
    if (row?.lease !== lease) return null;
    const failures = row.failures + 1;
    console.warn(`A turn of the webhook failed (${failures} in a row): ${error}`);
    const pauseMs = Math.min(SHORTEST_PAUSE_MS * 2 ** Math.min(failures, 10), LONGEST_PAUSE_MS);
    await scheduleNext(ctx, pauseMs, { lease, failures, lastError: error });
    return null;
  },
});
