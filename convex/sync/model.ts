/** The only writer of what is known of the chain; reads of it for the other modules. */
import { type Infer, v } from "convex/values";
import { TOKENS } from "../../src/domain/tokens";
import type { ObservedEvent } from "../../src/stacks/observe";
import type { VaultEvent } from "../../src/stacks/vaultEvents";
import type { Doc } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { trippedReason } from "../breakers/model";
import { refuseWith } from "../functions";
import type { observationValidator } from "./schema";

export type Mirror = Doc<"chainMirror">;
export type Observed = Infer<typeof observationValidator>;

export function mirrorRow(ctx: QueryCtx): Promise<Mirror | null> {
  return ctx.db.query("chainMirror").unique();
}

/** The chain as last seen; refuses before the first look. */
export async function requireMirror(ctx: QueryCtx): Promise<Mirror> {
  const mirror = await mirrorRow(ctx);
  return (
    mirror ?? refuseWith({ code: "NOT_SYNCED", message: "The chain has not been read yet. Try again in a minute." })
  );
}

export type MirrorFields = Omit<Mirror, "_id" | "_creationTime">;

/** Keeps what is known of the chain now, and the short of it for those who watch. */
export async function recordMirror(ctx: MutationCtx, fields: MirrorFields) {
  const row = await mirrorRow(ctx);
  if (row) await ctx.db.replace("chainMirror", row._id, fields);
  else await ctx.db.insert("chainMirror", fields);
  await recordStatus(ctx, fields);
  await recordStanding(ctx, fields);
}

/** What the vault lets be done, as of the newest look; null before the first. */
export function vaultStanding(ctx: QueryCtx): Promise<Doc<"vaultStanding"> | null> {
  return ctx.db.query("vaultStanding").unique();
}

/** Written only when it has changed: pages subscribe to it. */
async function recordStanding(ctx: MutationCtx, { paused, accounts }: MirrorFields) {
  const row = await vaultStanding(ctx);
  const fields = { paused, launched: accounts.length > 0 };
  if (row?.paused === fields.paused && row.launched === fields.launched) return;
  if (row) await ctx.db.replace("vaultStanding", row._id, fields);
  else await ctx.db.insert("vaultStanding", fields);
}

function statusRow(ctx: QueryCtx) {
  return ctx.db.query("syncStatus").unique();
}

async function recordStatus(ctx: MutationCtx, { cursor, seen, tip, final, complete }: MirrorFields) {
  const row = await statusRow(ctx);
  const fields = {
    watermark: cursor,
    seen,
    tipHeight: tip.height,
    finalHeight: final?.height ?? null,
    asOf: complete ? tip.time : (row?.asOf ?? 0),
  };
  if (row) await ctx.db.replace("syncStatus", row._id, fields);
  else await ctx.db.insert("syncStatus", fields);
}

export const syncStatusValidator = v.object({
  watermark: v.int64(),
  seen: v.int64(),
  tipHeight: v.number(),
  finalHeight: v.union(v.null(), v.number()),
  asOf: v.number(),
  halted: v.union(v.null(), v.string()),
});

/** How far the books are behind the chain, and whether sync is halted. Reads two small rows. */
export async function syncStatus(ctx: QueryCtx): Promise<Infer<typeof syncStatusValidator>> {
  const row = await statusRow(ctx);
  const { watermark = 0n, seen = 0n, tipHeight = 0, finalHeight = null, asOf = 0 } = row ?? {};
  const halted = await trippedReason(ctx, "sync");
  return { watermark, seen, tipHeight, finalHeight, asOf: asOf * 1_000, halted };
}

export type Loop = Omit<Doc<"syncLoop">, "_id" | "_creationTime">;

export function loopRow(ctx: QueryCtx): Promise<Doc<"syncLoop"> | null> {
  return ctx.db.query("syncLoop").unique();
}

export async function recordLoop(ctx: MutationCtx, fields: Loop) {
  const row = await loopRow(ctx);
  if (row) await ctx.db.replace("syncLoop", row._id, fields);
  else await ctx.db.insert("syncLoop", fields);
}

export type EventRow = Doc<"vaultEvents">;

function pendingRows(ctx: QueryCtx, after: bigint) {
  return ctx.db
    .query("vaultEvents")
    .withIndex("by_status_and_sequence", (q) => q.eq("status", "pending").gt("sequence", after));
}

/** The oldest `limit` events that wait. */
export function oldestPending(ctx: QueryCtx, limit: number): Promise<EventRow[]> {
  return pendingRows(ctx, 0n).take(limit);
}

/** The newest `limit` events that wait, newest first; of those after a sequence. */
export function newestPending(ctx: QueryCtx, limit: number, after = 0n): Promise<EventRow[]> {
  return pendingRows(ctx, after).order("desc").take(limit);
}

/** An event of the vault that is in the books, by its number. */
export function finalEvent(ctx: QueryCtx, sequence: bigint): Promise<EventRow | null> {
  return ctx.db
    .query("vaultEvents")
    .withIndex("by_status_and_sequence", (q) => q.eq("status", "final").eq("sequence", sequence))
    .unique();
}

export async function insertEvent(ctx: MutationCtx, observed: ObservedEvent, status: "pending" | "final") {
  await ctx.db.insert("vaultEvents", {
    ...observed,
    sequence: observed.event.sequence,
    status,
    ...partyOf(observed.event),
  });
}

/** An event that waited is in the books now, or was taken back by a reorganisation. */
export async function settleEvent(ctx: MutationCtx, row: EventRow, status: "final" | "orphaned") {
  await ctx.db.patch("vaultEvents", row._id, { status });
}

function partyOf(event: VaultEvent): { party?: string } {
  switch (event.kind) {
    case "deposit":
      return { party: event.depositor };
    case "withdrawal":
      return { party: event.withdrawer };
    case "premium":
    case "settlement":
      return { party: event.buyer };
    case "lock":
    case "release":
    case "surplus":
    case "revocation":
    case "control":
      return {};
  }
}

/** Deposits of a principal that are on-chain but not final yet; the newest 50. */
export async function pendingDepositsOf(ctx: QueryCtx, principal: string) {
  const rows = await ctx.db
    .query("vaultEvents")
    .withIndex("by_party_and_status", (q) => q.eq("party", principal).eq("status", "pending"))
    .order("desc")
    .take(50);
  return rows.flatMap(({ event, txId, blockHeight }) =>
    event.kind === "deposit" ? [{ ...event, txId, blockHeight }] : [],
  );
}

/** Mirrors the vault's counters after an event: seed 003's `syncPoolBalancesFromEvent`. */
export async function syncPoolBalancesFromEvent(ctx: MutationCtx, { event, blockTime }: ObservedEvent) {
  if (!("token" in event)) return;
  const fields = {
    token: event.token,
    totalBalanceOnChain: event.balance,
    totalLocked: event.locked,
    lastSequence: event.sequence,
    lastSyncTimestamp: blockTime * 1_000,
  };
  const row = await poolMetricsRow(ctx, event.token);
  if (row) await ctx.db.replace("poolMetrics", row._id, fields);
  else await ctx.db.insert("poolMetrics", fields);
}

function poolMetricsRow(ctx: QueryCtx, token: (typeof TOKENS)[number]) {
  return ctx.db
    .query("poolMetrics")
    .withIndex("by_token", (q) => q.eq("token", token))
    .unique();
}

/** A row a token, zeros before its first event. */
export function poolMetrics(ctx: QueryCtx) {
  return Promise.all(
    TOKENS.map(async (token) => {
      const row = await poolMetricsRow(ctx, token);
      const { totalBalanceOnChain = 0n, totalLocked = 0n, lastSequence = 0n, lastSyncTimestamp = 0 } = row ?? {};
      return {
        token,
        totalBalanceOnChain,
        totalLocked,
        totalAvailable: totalBalanceOnChain - totalLocked,
        lastSequence,
        lastSyncTimestamp,
      };
    }),
  );
}
