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

/** Positions whose locks one mutation raises, and the calls that it owes for that, at most. */
const BATCH = 10;
const MOST_CALLS = 20;

/** What the positions of a batch add, by policy: one call raises a policy's lock for all of them. */
type Parts = Map<bigint, RaisePart[]>;

/** Raises the locks that are short at this price. Says whether that was all. */
export async function raiseShortLocks(ctx: MutationCtx, { token, price, at }: Moment): Promise<boolean> {
  const rows = await crossedBy(ctx, token, price).short(BATCH);
  const parts: Parts = new Map();
  const touched: Health[] = [];
  for (const row of rows) {
    if (parts.size >= MOST_CALLS) break;
    await plan(ctx, row, { parts, price, at });
    touched.push(row);
  }
  for (const [policyId, added] of parts) await raise(ctx, policyId, added, at);
  for (const { positionId } of touched) await putOff(ctx, positionId, price);
  return rows.length < BATCH && touched.length === rows.length;
}

/** Records what the position is to add, so that it counts as locked when its balances change. */
async function plan(ctx: MutationCtx, row: Health, { parts, price, at }: { parts: Parts; price: bigint; at: number }) {
  const { available } = await requirePositionOf(ctx, row.positionId);
  const locks = topUps(row.exposures, available, price, await rulesOf(ctx, row));
  for (const { policyId, lock } of row.exposures) {
    const amount = (locks.get(policyId) ?? lock) - lock;
    if (amount === 0n) continue;
    parts.set(policyId, [...(parts.get(policyId) ?? []), { positionId: row.positionId, amount }]);
  }
  if (locks.size > 0) await recordLocks(ctx, row, locks, at);
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
