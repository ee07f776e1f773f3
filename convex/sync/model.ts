/** The only writer of what is known of the chain; reads of it for the other modules. */
import type { Infer } from "convex/values";
import { TOKENS } from "../../src/domain/tokens";
import type { ObservedEvent } from "../../src/stacks/observe";
import type { VaultEvent } from "../../src/stacks/vaultEvents";
import type { Doc } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
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

export async function recordMirror(ctx: MutationCtx, fields: Omit<Mirror, "_id" | "_creationTime">) {
  const row = await mirrorRow(ctx);
  if (row) await ctx.db.replace("chainMirror", row._id, fields);
  else await ctx.db.insert("chainMirror", fields);
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

/** More pending rows than one look can bring, so that none is overlooked. */
const MAX_PENDING = 256;

/** Sees to it that exactly the observed events are pending; what was pending and is not there any more is orphaned. */
export async function recordPending(ctx: MutationCtx, observed: ObservedEvent[]) {
  const known = await ctx.db
    .query("vaultEvents")
    .withIndex("by_status_and_sequence", (q) => q.eq("status", "pending"))
    .take(MAX_PENDING);
  const isSame = (row: Doc<"vaultEvents">, event: ObservedEvent) =>
    row.txId === event.txId && row.eventIndex === event.eventIndex && row.blockHash === event.blockHash;
  const last = observed.at(-1)?.event.sequence;
  for (const row of known) {
    const beyondThisLook = last !== undefined && row.sequence > last;
    if (!beyondThisLook && !observed.some((event) => isSame(row, event))) {
      await ctx.db.patch("vaultEvents", row._id, { status: "orphaned" });
    }
  }
  for (const event of observed) {
    if (known.some((row) => isSame(row, event))) continue;
    await ctx.db.insert("vaultEvents", {
      ...event,
      sequence: event.event.sequence,
      status: "pending",
      ...partyOf(event.event),
    });
  }
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

/** The pending row of this sequence has become final. */
export async function markFinal(ctx: MutationCtx, sequence: bigint) {
  const row = await ctx.db
    .query("vaultEvents")
    .withIndex("by_status_and_sequence", (q) => q.eq("status", "pending").eq("sequence", sequence))
    .unique();
  if (!row) throw new Error(`Event ${sequence} became final without being pending`);
  await ctx.db.patch("vaultEvents", row._id, { status: "final" });
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
