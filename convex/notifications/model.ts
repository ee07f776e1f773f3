/** The only writer of notifications. */
import type { PaginationOptions } from "convex/server";
import type { Doc } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import type { Facts } from "../audit/model";
import { paged } from "../functions";
import { enqueue } from "../webhooks/model";

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

type Notice = Omit<Notification, "provider">;

/**
 * Tells the operators something, in the transaction that makes it true.
 * @param notice `cause`: where it may come about again and again, it is told once for each of these
 */
export async function notifyOperators(ctx: MutationCtx, { cause, ...notice }: Notice & { cause?: string }) {
  if (cause === undefined) await tell(ctx, { provider: null, ...notice });
  else if (!(await isTold(ctx, cause))) await tell(ctx, { provider: null, cause, ...notice });
}

/** Tells the operators what the webhook must not carry. */
export async function recordForOperators(ctx: MutationCtx, notice: Notice): Promise<void> {
  await record(ctx, { provider: null, ...notice });
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

type Told = Omit<Doc<"notifications">, "_id" | "_creationTime" | "at">;

function record(ctx: MutationCtx, told: Told) {
  return ctx.db.insert("notifications", { ...told, facts: clipped(told.facts), at: Date.now() });
}

async function tell(ctx: MutationCtx, told: Told) {
  await enqueue(ctx, await record(ctx, told), told.kind);
}

/** A page of what a provider was told, or (null) the operators, newest first. */
export async function listNotifications(ctx: QueryCtx, provider: string | null, page: PaginationOptions) {
  const told = ctx.db.query("notifications").withIndex("by_provider", (q) => q.eq("provider", provider));
  const listed = await paged(told.order("desc"), page);
  return { ...listed, page: listed.page.map(({ kind, facts, at }) => ({ kind, facts, at })) };
}

/** A page of all that was told to anybody, newest first, for operators. */
export async function listAllNotifications(ctx: QueryCtx, page: PaginationOptions) {
  const listed = await paged(ctx.db.query("notifications").order("desc"), page);
  return { ...listed, page: listed.page.map(({ provider, kind, facts, at }) => ({ provider, kind, facts, at })) };
}
