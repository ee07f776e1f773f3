/** The webhook's deliveries, for operators; and the job that forgets old ones. */
import { paginationOptsValidator, paginationResultValidator } from "convex/server";
import { v } from "convex/values";
import { internal } from "../_generated/api";
import { internalMutation, internalQuery } from "../_generated/server";
import { recordAct } from "../audit/model";
import { actorAndReason } from "../audit/schema";
import { listDeliveries, loopRow, removeDelivered, tryAgain } from "./model";
import { deliveryFields, deliveryStatusValidator } from "./schema";

/** `at`: when it was made; server time, ms. */
export const deliveryValidator = v.object({ deliveryId: v.id("webhookDeliveries"), at: v.number(), ...deliveryFields });

/** At most 100 a page: `npx convex run webhooks/control:list '{"status": "failed", "paginationOpts": {…}}'`. */
export const list = internalQuery({
  args: { status: v.optional(deliveryStatusValidator), paginationOpts: paginationOptsValidator },
  returns: paginationResultValidator(deliveryValidator),
  handler: (ctx, { status, paginationOpts }) => listDeliveries(ctx, { status, page: paginationOpts }),
});

/** When the next turn is due (server time, ms; null: the loop sleeps), and why the last ones came to nothing. */
export const status = internalQuery({
  args: {},
  returns: v.object({
    dueAt: v.union(v.null(), v.number()),
    failures: v.number(),
    lastError: v.union(v.null(), v.string()),
  }),
  handler: async (ctx) => {
    const { dueAt = null, failures = 0, lastError = null } = (await loopRow(ctx)) ?? {};
    return { dueAt, failures, lastError };
  },
});

/**
 * Has a delivery that was given up tried again, at once and as often as a new one. Refuses: NO_DELIVERY, WRONG_STATUS
 * {status}, ACT_INCOMPLETE {field}, ACT_TOO_LONG {field, max}.
 */
export const retry = internalMutation({
  args: { deliveryId: v.string(), ...actorAndReason },
  returns: v.null(),
  handler: async (ctx, { deliveryId, ...author }) => {
    const { kind, notificationId } = await tryAgain(ctx, deliveryId);
    await recordAct(ctx, { act: "webhooks.retry", ...author, facts: { deliveryId, kind, notificationId } });
    await ctx.runMutation(internal.webhooks.loop.wake, {});
    return null;
  },
});

const KEPT_MS = 30 * 86_400_000;
const BATCH = 500;

/** Removes what was delivered long ago; the notifications stay, and so does what was given up. Run by a cron. */
export const forgetDelivered = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    const removed = await removeDelivered(ctx, Date.now() - KEPT_MS, BATCH);
    if (removed === BATCH) await ctx.scheduler.runAfter(0, internal.webhooks.control.forgetDelivered, {});
    return null;
  },
});
