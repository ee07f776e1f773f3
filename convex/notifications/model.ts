/** The only writer of notifications. */
import type { PaginationOptions } from "convex/server";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import type { Facts } from "../audit/model";

export interface Notification {
  provider: string;
  /** What happened, as "health.MarginCall". */
  kind: string;
  facts: Facts;
}

/** Tells a provider something, in the transaction that makes it true. */
export async function notify(ctx: MutationCtx, notification: Notification): Promise<void> {
  await ctx.db.insert("notifications", { ...notification, at: Date.now() });
}

const LARGEST_PAGE = 100;

/** A page of what a provider was told, newest first. */
export async function listNotifications(ctx: QueryCtx, provider: string, page: PaginationOptions) {
  const listed = await ctx.db
    .query("notifications")
    .withIndex("by_provider", (q) => q.eq("provider", provider))
    .order("desc")
    .paginate({ ...page, numItems: Math.min(page.numItems, LARGEST_PAGE) });
  return { ...listed, page: listed.page.map(({ kind, facts, at }) => ({ kind, facts, at })) };
}
