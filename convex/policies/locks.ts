/** Raising what is locked behind a policy: set aside at once, locked when the vault's event says so. */
import { type Part, raiseEntry } from "../../src/domain/policyEntries";
import type { Id } from "../_generated/dataModel";
import type { MutationCtx } from "../_generated/server";
import { applyEntry } from "../ledger/model";
import { submit } from "../outbox/model";
import {
  type Backing,
  backingsOf,
  changePolicy,
  isOpen,
  MAX_BACKINGS,
  type Policy,
  requirePolicy,
  setBacking,
} from "./model";

/** Backings that the calls of one transaction touch together, so that its event can be booked in one mutation. */
export function batchLimitOf(backings: Backing[]): number {
  return Math.max(1, Math.floor(MAX_BACKINGS / Math.max(1, backings.length)));
}

/** What one position is to add to the lock of a policy that it backs. */
export interface RaisePart extends Part {
  positionId: Id<"positions">;
}

/** As much of the part as the position has free and its share of the coverage lets it lock. */
async function fitting(ctx: MutationCtx, { positionId, coverage, locked, reserved }: Backing, wanted: bigint) {
  const available = (await ctx.db.get("positions", positionId))?.available ?? 0n;
  const room = coverage - locked - reserved;
  const most = available < room ? available : room;
  return wanted < most ? wanted : most;
}

/**
 * Sets these parts aside out of the positions' free capital, and asks the vault to raise the policy's lock by as much. A part
 * that is more than its position has free, or than its share of the coverage, is taken as far as it goes.
 * @param at block time, unix seconds
 * @returns base units set aside; 0 for a policy whose payout is fixed or whose premium is not paid
 */
export async function raiseLocks(ctx: MutationCtx, policyId: bigint, parts: RaisePart[], at: number): Promise<bigint> {
  const policy = await requirePolicy(ctx, policyId);
  if (!isOpen(policy)) return 0n;
  return raise(ctx, policy, { parts, insured: 0n, at });
}

/**
 * The same for a policy whose payout is being fixed, with what insurance adds.
 * @returns base units set aside, of positions and insurance
 */
export async function raise(
  ctx: MutationCtx,
  policy: Policy,
  { parts, insured, at }: { parts: RaisePart[]; insured: bigint; at: number },
): Promise<bigint> {
  const { policyId, token } = policy;
  const backings = await backingsOf(ctx, policyId);
  const taken: RaisePart[] = [];
  for (const { positionId, amount } of parts) {
    const backing = backings.find((known) => known.positionId === positionId);
    if (!backing) throw new Error(`Position ${positionId} does not back policy ${policyId}`);
    const fits = await fitting(ctx, backing, amount);
    if (fits <= 0n) continue;
    taken.push({ positionId, amount: fits });
    await setBacking(ctx, backing, { locked: backing.locked, reserved: backing.reserved + fits });
  }
  const added = taken.reduce((sum, { amount }) => sum + amount, insured);
  if (added === 0n) return 0n;
  const target = policy.lockTarget + added;
  await changePolicy(ctx, policy, { lockTarget: target });
  await applyEntry(ctx, raiseEntry({ policyId, token, target }, taken, insured), at);
  const call = { kind: "lock" as const, token, policyId, amount: target };
  await submit(ctx, { key: `lock:${policyId}:${target}`, call, batchLimit: batchLimitOf(backings) });
  return added;
}
