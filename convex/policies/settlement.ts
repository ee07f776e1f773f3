/** Fixing what a policy pays, once, and asking the vault for it: seed 003's `requestSettlement` and `requestCollateralRelease`. */
import { duesOf, payoutOf, topUpFor } from "../../src/domain/payout";
import type { MutationCtx } from "../_generated/server";
import { earnRest } from "../earnings/model";
import { removeExposure } from "../health/model";
import { accountBalance, Books } from "../ledger/model";
import { notify, notifyOperators } from "../notifications/model";
import { submit } from "../outbox/model";
import { batchLimitOf, raise } from "./locks";
import { type Backing, backingsOf, behind, changePolicy, type Policy } from "./model";

/**
 * Fixes the payout at a price, raises the lock to it as far as there is money for that, and asks for the payment, or for
 * the release if nothing is owed.
 * @param at block time, unix seconds
 * @returns how many backings it has touched
 */
export async function fixOutcome(
  ctx: MutationCtx,
  policy: Policy,
  priceUsdMicros: bigint,
  at: number,
): Promise<number> {
  const { policyId, buyer, token } = policy;
  const backings = await backingsOf(ctx, policyId);
  const books = new Books(ctx);
  await earnRest(ctx, books, policy, at);
  await books.writeBalances();
  for (const { positionId } of backings) await removeExposure(ctx, positionId, policyId, at);

  const payout = payoutOf(policy, priceUsdMicros);
  const missing = payout === 0n ? 0n : await topUp(ctx, policy, { payout, backings, at });
  const outcome = { priceUsdMicros, payout, missing };
  if (payout > missing) await requestSettlement(ctx, await changePolicy(ctx, policy, { status: "settling", outcome }));
  else await endForNothing(ctx, await changePolicy(ctx, policy, { outcome }), at);
  const facts = { policyId, token, ...outcome, decidedBy: policy.exercisedAtMs === null ? "expiry" : "exercise" };
  await notify(ctx, { provider: buyer, kind: outcomeKind(outcome), facts });
  if (missing > 0n) await notifyOperators(ctx, { kind: "policy.payoutShort", facts: { buyer, ...facts } });
  return backings.length;
}

function outcomeKind({ payout, missing }: { payout: bigint; missing: bigint }): string {
  if (payout === 0n) return "policy.worthless";
  return missing === 0n ? "policy.payout" : "policy.payoutShort";
}

/** Adds what the payout needs beyond what is locked; says what nobody could add. */
async function topUp(
  ctx: MutationCtx,
  policy: Policy,
  { payout, backings, at }: { payout: bigint; backings: Backing[]; at: number },
): Promise<bigint> {
  const parties = behind(backings);
  const dues = duesOf(payout, parties);
  const available = new Map<string, bigint>();
  for (const { positionId, locked, reserved } of backings) {
    if ((dues.get(positionId) ?? 0n) <= locked + reserved) continue;
    available.set(positionId, (await ctx.db.get("positions", positionId))?.available ?? 0n);
  }
  const insurance = await accountBalance(ctx, { kind: "insurance" }, policy.token);
  const { added, insured, missing } = topUpFor(payout, parties, { available, insurance });
  const parts = backings.flatMap(({ positionId }) =>
    added.filter((part) => part.positionId === positionId).map(({ amount }) => ({ positionId, amount })),
  );
  await raise(ctx, policy, { parts, insured, at });
  return missing;
}

/** Owes the buyer the payout. The outbox sends it when the raise of the lock is on its way and the bucket has room. */
async function requestSettlement(ctx: MutationCtx, { policyId, token, outcome }: Policy) {
  if (!outcome) throw new Error(`The payout of policy ${policyId} is not fixed`);
  const amount = outcome.payout - outcome.missing;
  await submit(ctx, { key: `settle:${policyId}`, call: { kind: "settle", token, policyId, amount } });
}

/** The vault releases nothing before the expiry. */
async function endForNothing(ctx: MutationCtx, policy: Policy, at: number) {
  if (at < policy.expiresAt) await changePolicy(ctx, policy, { status: "worthless" });
  else await requestCollateralRelease(ctx, policy);
}

/**
 * Asks the vault to free the lock of a policy that has expired and pays nothing.
 * @returns how many backings it has touched
 */
export async function requestCollateralRelease(ctx: MutationCtx, policy: Policy): Promise<number> {
  const { policyId, token } = policy;
  const backings = await backingsOf(ctx, policyId);
  await changePolicy(ctx, policy, { status: "releasing" });
  const call = { kind: "release" as const, token, policyId };
  await submit(ctx, { key: `release:${policyId}`, call, batchLimit: batchLimitOf(backings) });
  return backings.length;
}
