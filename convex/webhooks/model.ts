/** The only writer of what a webhook is to be told, and of the loop that tells it. */
import type { PaginationOptions } from "convex/server";
import { type Answer, afterAttempt } from "../../src/domain/webhooks";
import { internal } from "../_generated/api";
import type { Doc, Id } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { paged, refuseWith } from "../functions";
import { hasWebhook } from "../settings";
import { deliveryStatusValidator } from "./schema";

export type Delivery = Doc<"webhookDeliveries">;

/** Transactions that have woken the loop: once is enough, whatever else they tell. */
const woken = new WeakSet<MutationCtx>();

/** Owes the webhook a notification of this transaction, if there is a webhook. Reads nothing. */
export async function enqueue(ctx: MutationCtx, notificationId: Id<"notifications">, kind: string): Promise<void> {
  if (!hasWebhook()) return;
  await ctx.db.insert("webhookDeliveries", {
    ...{ notificationId, kind, status: "pending", attempts: 0 },
    ...{ nextAttemptAt: Date.now(), endedAt: null, lastError: null },
  });
  if (woken.has(ctx)) return;
  woken.add(ctx);
  await ctx.scheduler.runAfter(0, internal.webhooks.loop.wake, {});
}

/** Those whose time has come, the longest waiting first. */
export function dueBy(ctx: QueryCtx, now: number, most: number): Promise<Delivery[]> {
  return ctx.db
    .query("webhookDeliveries")
    .withIndex("by_status_and_next_attempt_at", (q) => q.eq("status", "pending").lte("nextAttemptAt", now))
    .take(most);
}

/** When the next attempt is due, server time, ms; null: nothing waits. */
export async function nextDue(ctx: QueryCtx): Promise<number | null> {
  const next = await ctx.db
    .query("webhookDeliveries")
    .withIndex("by_status_and_next_attempt_at", (q) => q.eq("status", "pending"))
    .first();
  return next?.nextAttemptAt ?? null;
}

/** Records what became of an attempt, and says whether that was the last one and in vain. */
export async function recordAnswer(
  ctx: MutationCtx,
  deliveryId: Id<"webhookDeliveries">,
  answer: Answer,
): Promise<boolean> {
  const delivery = await ctx.db.get("webhookDeliveries", deliveryId);
  if (delivery?.status !== "pending") return false;
  const now = Date.now();
  const attempts = delivery.attempts + 1;
  const next = afterAttempt({ id: deliveryId, attempts }, answer, now);
  const lastError = answer.kind === "delivered" ? delivery.lastError : answer.error;
  if (next.kind === "again") {
    await ctx.db.patch("webhookDeliveries", deliveryId, { attempts, lastError, nextAttemptAt: next.at });
    return false;
  }
  const status = next.kind === "delivered" ? "delivered" : "failed";
  const ended = { status, nextAttemptAt: null, endedAt: now } as const;
  await ctx.db.patch("webhookDeliveries", deliveryId, { attempts, lastError, ...ended });
  return status === "failed";
}

/** Refuses NO_DELIVERY, WRONG_STATUS {status}. */
async function requireFailed(ctx: QueryCtx, deliveryId: string): Promise<Delivery> {
  const id = ctx.db.normalizeId("webhookDeliveries", deliveryId);
  const delivery = id && (await ctx.db.get("webhookDeliveries", id));
  if (!delivery) {
    const message = "There is no delivery with this id. The list of deliveries shows those that there are.";
    return refuseWith({ code: "NO_DELIVERY", message });
  }
  const { status } = delivery;
  if (status === "failed") return delivery;
  const message = `This delivery is ${status}; only one that was given up can be tried again.`;
  return refuseWith({ code: "WRONG_STATUS", message, status });
}

/** Has a delivery that was given up tried again, at once and as often as a new one. Refuses as `requireFailed` does. */
export async function tryAgain(ctx: MutationCtx, deliveryId: string): Promise<Delivery> {
  const delivery = await requireFailed(ctx, deliveryId);
  const pending = { status: "pending", attempts: 0, nextAttemptAt: Date.now(), endedAt: null } as const;
  await ctx.db.patch("webhookDeliveries", delivery._id, pending);
  return delivery;
}

/** Removes up to `limit` that were delivered before a time (ms), and says how many it found. */
export async function removeDelivered(ctx: MutationCtx, before: number, limit: number): Promise<number> {
  const old = await ctx.db
    .query("webhookDeliveries")
    .withIndex("by_status_and_ended_at", (q) => q.eq("status", "delivered").lt("endedAt", before))
    .take(limit);
  for (const { _id } of old) await ctx.db.delete("webhookDeliveries", _id);
  return old.length;
}

const STATUSES = deliveryStatusValidator.members.map(({ value }) => value);

/** Refuses UNKNOWN_STATUS. */
export function requireDeliveryStatus(text: string): Delivery["status"] {
  const message = `There is no status "${text}" of a delivery. Choose one of: ${STATUSES.join(", ")}.`;
  return STATUSES.find((known) => known === text) ?? refuseWith({ code: "UNKNOWN_STATUS", message });
}

/** A page of deliveries: of all the newest first, of one status those that are due or were made last first. */
export async function listDeliveries(
  ctx: QueryCtx,
  { status, page }: { status?: Delivery["status"] | undefined; page: PaginationOptions },
) {
  const deliveries = ctx.db.query("webhookDeliveries");
  const listed = status
    ? deliveries.withIndex("by_status_and_next_attempt_at", (q) => q.eq("status", status))
    : deliveries;
  const found = await paged(listed.order("desc"), page);
  const shown = ({ _id, _creationTime, ...fields }: Delivery) => ({ deliveryId: _id, at: _creationTime, ...fields });
  return { ...found, page: found.page.map(shown) };
}

export type Loop = Omit<Doc<"webhookLoop">, "_id" | "_creationTime">;

export function loopRow(ctx: QueryCtx): Promise<Doc<"webhookLoop"> | null> {
  return ctx.db.query("webhookLoop").unique();
}

export async function recordLoop(ctx: MutationCtx, fields: Loop) {
  const row = await loopRow(ctx);
  if (row) await ctx.db.replace("webhookLoop", row._id, fields);
  else await ctx.db.insert("webhookLoop", fields);
}
