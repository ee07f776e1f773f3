/** Positions add to the locks of their policies, out of what they have free, when the price has fallen. */
import { topUps } from "../../src/domain/topUps";
import type { Id } from "../_generated/dataModel";
import type { MutationCtx } from "../_generated/server";
import { type RaisePart, raiseLocks } from "../policies/locks";
import { backingsOf } from "../policies/model";
import { requirePositionOf } from "../positions/model";
import { rulesOf } from "../tiers/model";
import { crossedBy, deferLock, type Health, healthOf, recordLocks } from "./model";
import type { Moment } from "./moment";

/** Positions whose locks one mutation raises, and the policies that it raises them for, at most. */
const BATCH = 10;
const MOST_POLICIES = 10;

/** What the positions of a batch add, by policy: one call raises a policy's lock for all of them. */
type Parts = Map<bigint, RaisePart[]>;

/** Raises the locks that are short at this price. Says whether that was all. */
export async function raiseShortLocks(ctx: MutationCtx, { token, price, at }: Moment): Promise<boolean> {
  const rows = await crossedBy(ctx, token, price).short(BATCH);
  const parts: Parts = new Map();
  const done: Health[] = [];
  for (const row of rows) if (await plan(ctx, row, { parts, price, at })) done.push(row);
  for (const [policyId, added] of parts) await raise(ctx, policyId, added, at);
  for (const { positionId } of done) await putOff(ctx, positionId, price);
  return rows.length < BATCH && done.length === rows.length;
}

/**
 * Records what the position is to add, so that it counts as locked when its balances change. Says whether that is all that
 * it has to: more policies than one mutation takes wait for the next.
 */
async function plan(ctx: MutationCtx, row: Health, { parts, price, at }: { parts: Parts; price: bigint; at: number }) {
  const { available } = await requirePositionOf(ctx, row.positionId);
  const wanted = topUps(row.exposures, available, price, await rulesOf(ctx, row));
  const locks = new Map<bigint, bigint>();
  for (const { policyId, lock } of row.exposures) {
    const raised = wanted.get(policyId);
    if (raised === undefined || (parts.size === MOST_POLICIES && !parts.has(policyId))) continue;
    parts.set(policyId, [...(parts.get(policyId) ?? []), { positionId: row.positionId, amount: raised - lock }]);
    locks.set(policyId, raised);
  }
  if (locks.size > 0) await recordLocks(ctx, row, locks, at);
  return locks.size === wanted.size;
}

/** Where not all of it was taken, what the backings say counts. */
async function raise(ctx: MutationCtx, policyId: bigint, parts: RaisePart[], at: number) {
  const raised = await raiseLocks(ctx, policyId, parts, at);
  if (raised === parts.reduce((sum, { amount }) => sum + amount, 0n)) return;
  const backings = await backingsOf(ctx, policyId);
  for (const { positionId } of parts) {
    const row = await healthOf(ctx, positionId);
    const backing = backings.find((known) => known.positionId === positionId);
    if (row && backing) await recordLocks(ctx, row, new Map([[policyId, backing.locked + backing.reserved]]), at);
  }
}

/** What is short still has nothing to be raised with, or not enough to be worth a transaction. */
async function putOff(ctx: MutationCtx, positionId: Id<"positions">, price: bigint) {
  const row = await healthOf(ctx, positionId);
  if (row && row.lockAt >= price) await deferLock(ctx, row, price);
}
