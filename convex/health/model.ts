/**
 * The only writer of positions' health. A row holds what a position's policies need of it; what follows from that and
 * from its balances (its triggers) is kept beside it and renewed whenever either changes. Which state a position is in
 * only a price or a time decides: `monitor.ts`.
 */
import {
  boundsOf,
  type Exposure,
  type HealthStatus,
  HIGHEST_PRICE,
  lockTrigger,
  NEVER,
  triggersOf,
} from "../../src/domain/health";
import type { PolicyRules } from "../../src/domain/policies";
import type { Doc, Id } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { notify } from "../notifications/model";
import { setProviderHealthStatus } from "../positions/model";
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

async function requirePositionOf(ctx: QueryCtx, positionId: Id<"positions">): Promise<Doc<"positions">> {
  const position = await ctx.db.get("positions", positionId);
  if (!position) throw new Error(`There is no position ${positionId}`);
  return position;
}

/** The prices at which a row is due, by its exposures and what its position has free. */
function boundsIn(status: HealthStatus, exposures: Exposure[], available: bigint, rules: PolicyRules) {
  const { worseAt, betterAt } = boundsOf(status, triggersOf(exposures, available, rules));
  const locks = exposures.map((exposure) => lockTrigger(exposure, rules.marginCallBuffer, rules.floorRate));
  const lockAt = available === 0n ? NEVER : locks.reduce((most, price) => (price > most ? price : most), NEVER);
  return { worseAt, betterAt: betterAt ?? HIGHEST_PRICE, lockAt };
}

/** Writes what a row follows from anew. `changes`: what else is to be written with it. */
export async function renew(
  ctx: MutationCtx,
  row: Health,
  at: number,
  changes: Partial<Pick<Health, "status" | "exposures" | "dueAt" | "isStuck" | "ratio">> = {},
): Promise<Health> {
  const { available } = await requirePositionOf(ctx, row.positionId);
  const { status = row.status, exposures = row.exposures } = changes;
  const bounds = boundsIn(status, exposures, available, await rulesOf(ctx, row));
  const fields = { ...changes, ...bounds, asOf: at };
  await ctx.db.patch("health", row._id, fields);
  return { ...row, ...fields };
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
  const position = await requirePositionOf(ctx, positionId);
  const { tier, token, healthStatus: status, available } = position;
  const bounds = boundsIn(status, [added], available, await rulesOf(ctx, position));
  const unused = { dueAt: null, isStuck: false, ratio: null, asOf: at };
  await ctx.db.insert("health", { positionId, tier, token, status, exposures: [added], ...bounds, ...unused });
}

function joined(exposures: Exposure[], added: Exposure): Exposure[] {
  const known = exposures.find(({ policyId }) => policyId === added.policyId);
  if (!known) return [...exposures, added];
  const sum = {
    ...known,
    quantity: known.quantity + added.quantity,
    coverage: known.coverage + added.coverage,
    lock: known.lock + added.lock,
  };
  return exposures.map((exposure) => (exposure === known ? sum : exposure));
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
 * Renews the triggers of positions whose balances have changed. Called by the ledger, in the transaction of the change.
 * @param at block time, unix seconds
 */
export async function refreshHealth(ctx: MutationCtx, positionIds: Id<"positions">[], at: number) {
  for (const positionId of positionIds) {
    const row = await healthOf(ctx, positionId);
    if (row) await renew(ctx, row, at);
  }
}

/** Puts a position into a state, if it is not there: its history and its owner hear of it. */
export async function recordChange(
  ctx: MutationCtx,
  { positionId, tier, token, status: from }: Health,
  to: HealthStatus,
  { priceUsdMicros, at }: { priceUsdMicros: bigint | null; at: number },
) {
  if (from === to) return;
  const { provider } = await requirePositionOf(ctx, positionId);
  await setProviderHealthStatus(ctx, positionId, to);
  const change = { tier, token, from, to, priceUsdMicros };
  await ctx.db.insert("healthChanges", { positionId, ...change, at });
  await notify(ctx, { provider, kind: `health.${to}`, facts: { ...change, at: at * 1_000 } });
}
