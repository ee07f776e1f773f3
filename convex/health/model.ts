/**
 * The only writer of positions' health. A row holds what a position's policies need of it; what follows from that and
 * from its balances (its triggers) is kept beside it and renewed whenever either changes. Which state a position is in
 * only a price or a time decides: `monitor.ts`.
 */

import type { PaginationOptions } from "convex/server";
import { BACKEND } from "../../src/domain/audit";
import {
  boundsOf,
  collateralization,
  type Exposure,
  type HealthStatus,
  HIGHEST_PRICE,
  joined,
  lockTrigger,
  NEVER,
  triggersOf,
} from "../../src/domain/health";
import { type PolicyRules, UNDERLYING_OF } from "../../src/domain/policies";
import type { Token } from "../../src/domain/tokens";
import { internal } from "../_generated/api";
import type { Doc, Id } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { recordAct } from "../audit/model";
import { paged, refuseWith } from "../functions";
import { notify, notifyOperators } from "../notifications/model";
import { requirePositionOf, setProviderHealthStatus } from "../positions/model";
import { latestPrice } from "../prices/model";
import { rulesOf } from "../tiers/model";

export type Health = Doc<"health">;

/** Policies that one position backs at most; allocation gives it no more. */
export const MAX_EXPOSURES = 100;

export function healthOf(ctx: QueryCtx, positionId: Id<"positions">): Promise<Health | null> {
  return ctx.db
    .query("health")
    .withIndex("by_position", (q) => q.eq("positionId", positionId))
    .unique();
}

/** The rows of a token that a price is at or beyond a trigger of, those that it is furthest beyond first. */
export function crossedBy(ctx: QueryCtx, token: Token, price: bigint) {
  const rows = ctx.db.query("health");
  return {
    worse: (most: number) =>
      rows
        .withIndex("by_token_and_worse_at", (q) => q.eq("token", token).gte("worseAt", price))
        .order("desc")
        .take(most),
    better: (most: number) =>
      rows.withIndex("by_token_and_better_at", (q) => q.eq("token", token).lte("betterAt", price)).take(most),
    short: (most: number) =>
      rows
        .withIndex("by_token_and_lock_at", (q) => q.eq("token", token).gte("lockAt", price))
        .order("desc")
        .take(most),
  };
}

/** Those in a state whose time has come by `at`, the longest overdue first. */
export function dueBy(ctx: QueryCtx, token: Token, { status, at }: { status: HealthStatus; at: number }, most: number) {
  return ctx.db
    .query("health")
    .withIndex("by_token_and_status_and_due_at", (q) =>
      q.eq("token", token).eq("status", status).gte("dueAt", 0).lte("dueAt", at),
    )
    .take(most);
}

/** Whether a position of the tier is being liquidated and nobody can take what it backs: no new policies until then. */
export async function hasStuck(ctx: QueryCtx, { tier, token }: Pick<Health, "tier" | "token">): Promise<boolean> {
  const stuck = ctx.db
    .query("health")
    .withIndex("by_tier_and_token_and_is_stuck", (q) => q.eq("tier", tier).eq("token", token).eq("isStuck", true));
  return (await stuck.first()) !== null;
}

/** Refuses TIER_STOPPED. To be asked before new risk is sold, not before a transfer. */
export async function requireNoneStuck(ctx: QueryCtx, key: Pick<Health, "tier" | "token">) {
  if (!(await hasStuck(ctx, key))) return;
  const message = `${key.tier} sells no new ${key.token} policies until those of a position in liquidation are taken over. Choose another tier.`;
  refuseWith({ code: "TIER_STOPPED", message, tier: key.tier, token: key.token });
}

/** What a row follows from: a state, exposures, and what its position has free. */
interface State extends Pick<Health, "status" | "exposures" | "isStuck"> {
  available: bigint;
}

/** The prices at which a row is due. Whose policies are being taken over raises no locks, unless nobody takes them. */
function boundsIn({ status, exposures, isStuck, available }: State, rules: PolicyRules) {
  const { worseAt, betterAt } = boundsOf(status, triggersOf(exposures, available, rules));
  const locks = exposures.map((exposure) => lockTrigger(exposure, rules.marginCallBuffer, rules.floorRate));
  const raises = available > 0n && (status !== "Liquidating" || isStuck);
  const lockAt = raises ? locks.reduce((most, price) => (price > most ? price : most), NEVER) : NEVER;
  return { worseAt, betterAt: betterAt ?? HIGHEST_PRICE, lockAt };
}

async function derived(ctx: QueryCtx, state: State & Pick<Health, "tier" | "token">) {
  const rules = await rulesOf(ctx, state);
  const price = (await latestPrice(ctx, UNDERLYING_OF[state.token]))?.priceUsdMicros;
  const ratio = price === undefined ? null : collateralization(state.exposures, state.available, price, rules);
  return { ...boundsIn(state, rules), ratio };
}

/**
 * Writes what a row follows from anew. `changes`: what else is to be written with it.
 * @param at block time, unix seconds
 */
export async function renew(
  ctx: MutationCtx,
  row: Health,
  at: number,
  changes: Partial<Pick<Health, "status" | "exposures" | "dueAt" | "isStuck">> = {},
): Promise<Health> {
  const { available } = await requirePositionOf(ctx, row.positionId);
  const fields = { ...changes, ...(await derived(ctx, { ...row, ...changes, available })), asOf: at };
  await ctx.db.patch("health", row._id, fields);
  return { ...row, ...fields };
}

/** Puts off a lock that can't be raised now, until the price falls further or the position changes. */
export async function deferLock(ctx: MutationCtx, { _id }: Health, price: bigint) {
  await ctx.db.patch("health", _id, { lockAt: price - 1n });
}

/**
 * A position backs this share of a policy from now on, beside what it has of it already.
 * @param at block time, unix seconds
 */
export async function addExposure(ctx: MutationCtx, positionId: Id<"positions">, added: Exposure, at: number) {
  const row = await healthOf(ctx, positionId);
  if (row) {
    await renew(ctx, row, at, { exposures: joined(row.exposures, added) });
    return;
  }
  const { tier, token, healthStatus: status, available } = await requirePositionOf(ctx, positionId);
  const fields = { tier, token, status, exposures: [added], isStuck: false };
  const follows = await derived(ctx, { ...fields, available });
  await ctx.db.insert("health", { positionId, ...fields, ...follows, dueAt: null, asOf: at });
}

/** The position owes this policy nothing more that is not fixed. Harmless where it never did. */
export async function removeExposure(ctx: MutationCtx, positionId: Id<"positions">, policyId: bigint, at: number) {
  const row = await healthOf(ctx, positionId);
  if (!row) return;
  const exposures = row.exposures.filter((exposure) => exposure.policyId !== policyId);
  if (exposures.length > 0) {
    await renew(ctx, row, at, { exposures });
    return;
  }
  // A position without policies needs nothing, whatever the price.
  await recordChange(ctx, row, "Healthy", { priceUsdMicros: null, at });
  await ctx.db.delete("health", row._id);
}

/** The locks of these policies were raised to so much of this position, or are on the way there. */
export function recordLocks(ctx: MutationCtx, row: Health, locks: ReadonlyMap<bigint, bigint>, at: number) {
  const exposures = row.exposures.map((exposure) => ({
    ...exposure,
    lock: locks.get(exposure.policyId) ?? exposure.lock,
  }));
  return renew(ctx, row, at, { exposures });
}

/**
 * Renews the triggers of positions whose balances have changed, and has the monitor look if the price is beyond one now.
 * Called by the ledger, in the transaction of the change. `at`: its block time, unix seconds.
 */
export async function refreshHealth(ctx: MutationCtx, changed: { positionId: Id<"positions">; at: number }[]) {
  const crossed = new Set<Token>();
  for (const { positionId, at } of changed) {
    const before = await healthOf(ctx, positionId);
    const row = before && (await renew(ctx, before, at));
    if (row && (await isCrossed(ctx, row))) crossed.add(row.token);
  }
  for (const token of crossed) {
    await ctx.scheduler.runAfter(0, internal.health.monitor.run, { underlying: UNDERLYING_OF[token] });
  }
}

async function isCrossed(ctx: QueryCtx, { token, worseAt, betterAt, lockAt }: Health): Promise<boolean> {
  const price = (await latestPrice(ctx, UNDERLYING_OF[token]))?.priceUsdMicros;
  return price !== undefined && (price <= worseAt || price >= betterAt || price <= lockAt);
}

const SOLVED = "The position is out of liquidation; its tier may sell policies again if no other is stuck.";

/** Nobody can take over what a position backs: its tier sells nothing new until that is solved, and operators hear of it. */
export async function recordStuck(ctx: MutationCtx, row: Health, { dueAt, at }: { dueAt: number; at: number }) {
  await renew(ctx, row, at, { dueAt, isStuck: true });
  if (row.isStuck) return;
  const { tier, token, positionId } = row;
  const reason = `Nobody in ${tier} can take over the ${token} policies of a position in liquidation; new ones are stopped.`;
  console.error(reason);
  await recordAct(ctx, { act: "health.stuck", actor: BACKEND, reason, facts: { tier, token, positionId } });
  await notifyOperators(ctx, { kind: "health.stuck", facts: { reason, tier, token, positionId } });
}

/** Puts a position into a state, if it is not there: its history and its owner hear of it. */
export async function recordChange(
  ctx: MutationCtx,
  { positionId, tier, token, status: from, isStuck }: Health,
  to: HealthStatus,
  { priceUsdMicros, at }: { priceUsdMicros: bigint | null; at: number },
) {
  if (from === to) return;
  const { provider } = await requirePositionOf(ctx, positionId);
  await setProviderHealthStatus(ctx, positionId, to);
  if (isStuck)
    await recordAct(ctx, { act: "health.solved", actor: BACKEND, reason: SOLVED, facts: { tier, token, positionId } });
  const change = { tier, token, from, to, priceUsdMicros };
  await ctx.db.insert("healthChanges", { positionId, ...change, at });
  await notify(ctx, { provider, kind: `health.${to}`, facts: { ...change, at: at * 1_000 } });
}

/** A page of a position's changes, newest first; `at` in ms. */
export async function listChanges(ctx: QueryCtx, positionId: Id<"positions">, page: PaginationOptions) {
  const changes = ctx.db.query("healthChanges").withIndex("by_position", (q) => q.eq("positionId", positionId));
  const listed = await paged(changes.order("desc"), page);
  const shown = ({ tier, token, from, to, priceUsdMicros, at }: Doc<"healthChanges">) => ({
    ...{ tier, token, from, to, priceUsdMicros },
    at: at * 1_000,
  });
  return { ...listed, page: listed.page.map(shown) };
}
