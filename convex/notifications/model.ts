/** The only writer of notifications. */
import type { PaginationOptions } from "convex/server";
import type { Doc } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import type { Facts } from "../audit/model";

export interface Notification {
  provider: string;
  /** What happened, as "health.MarginCall". */
  kind: string;
  facts: Facts;
}

/** Tells a provider or a buyer something, in the transaction that makes it true. */
export async function notify(ctx: MutationCtx, notification: Notification): Promise<void> {
  await tell(ctx, notification);
}

/**
 * Tells the operators something, in the transaction that makes it true.
 * @param notice `cause`: where it may come about again and again, it is told once for each of these
 */
export async function notifyOperators(
  ctx: MutationCtx,
  { cause, ...notice }: Omit<Notification, "provider"> & { cause?: string },
): Promise<void> {
  if (cause === undefined) await tell(ctx, { provider: null, ...notice });
  else if (!(await isTold(ctx, cause))) await tell(ctx, { provider: null, cause, ...notice });
}

async function isTold(ctx: MutationCtx, cause: string): Promise<boolean> {
  const told = ctx.db.query("notifications").withIndex("by_cause", (q) => q.eq("cause", cause));
  return (await told.first()) !== null;
}

const LONGEST_FACT = 500;

function clipped(facts: Facts): Facts {
  const short = Object.entries(facts).map(([name, fact]) => [
    name,
    typeof fact === "string" ? fact.slice(0, LONGEST_FACT) : fact,
  ]);
  return Object.fromEntries(short);
}

async function tell(ctx: MutationCtx, told: Omit<Doc<"notifications">, "_id" | "_creationTime" | "at">) {
  await ctx.db.insert("notifications", { ...told, facts: clipped(told.facts), at: Date.now() });
}

const LARGEST_PAGE = 100;

/** A page of what a provider was told, or (null) the operators, newest first. */
export async function listNotifications(ctx: QueryCtx, provider: string | null, page: PaginationOptions) {
  const listed = await ctx.db
    .query("notifications")
    .withIndex("by_provider", (q) => q.eq("provider", provider))
    .order("desc")
    .paginate({ ...page, numItems: Math.min(page.numItems, LARGEST_PAGE) });
  return { ...listed, page: listed.page.map(({ kind, facts, at }) => ({ kind, facts, at })) };
}
