/** What a provider sees of its own capital. Reads only, and only that provider's rows. */
import { type Infer, v } from "convex/values";
import { heldUntil, onHold } from "../../src/domain/holds";
import { TOKENS } from "../../src/domain/tokens";
import type { QueryCtx } from "../_generated/server";
import { findCommitment, openCommitmentsOf } from "../commitments/model";
import { healthStatusValidator, tierValidator, tokenValidator } from "../functions";
import { healthOf } from "../health/model";
import { accountBalance } from "../ledger/model";
import { pendingDepositsOf } from "../sync/model";
import { positionsOf, totalOf } from "./model";

export const portfolioValidator = v.object({
  address: v.string(),
  positions: v.array(
    v.object({
      tier: tierValidator,
      token: tokenValidator,
      total: v.int64(),
      available: v.int64(),
      reserved: v.int64(),
      locked: v.int64(),
      accruedYield: v.int64(),
      healthStatus: healthStatusValidator,
      /** Capital by what its policies need before a margin call, millionths, at the price known at `asOf`; null: nothing. */
      collateralizationRatio: v.union(v.null(), v.number()),
      /** The highest price at which the status is worse than it is; null: at none. */
      triggerPriceUsdMicros: v.union(v.null(), v.int64()),
      /** False: the owner wants no new policies behind it. */
      acceptingPolicies: v.boolean(),
      /** Base units that the tier's minimum hold kept at `asOf`, and the block time from which none are, ms. */
      onHold: v.int64(),
      holdUntil: v.number(),
      asOf: v.number(),
    }),
  ),
  pendingDeposits: v.array(
    v.object({
      token: tokenValidator,
      amount: v.int64(),
      /** Null where no commitment of this caller is fulfilled by it. */
      tier: v.union(v.null(), tierValidator),
      reference: v.int64(),
      txId: v.string(),
      blockHeight: v.number(),
    }),
  ),
  /** Intents that wait for their deposit and hold capacity until `expiresAt` (block time, ms). */
  openCommitments: v.array(
    v.object({
      commitmentId: v.id("commitments"),
      tier: tierValidator,
      token: tokenValidator,
      amount: v.int64(),
      depositor: v.string(),
      reference: v.int64(),
      expiresAt: v.number(),
    }),
  ),
  /** `reserved`: what an open withdrawal may take, beside `amount`. */
  suspense: v.array(v.object({ token: tokenValidator, amount: v.int64(), reserved: v.int64() })),
});

export async function portfolioOf(ctx: QueryCtx, address: string): Promise<Infer<typeof portfolioValidator>> {
  const held = await positionsOf(ctx, address);
  const healths = await Promise.all(held.map(({ _id, policies }) => (policies > 0 ? healthOf(ctx, _id) : null)));
  const positions = held.map((position, n) => ({
    tier: position.tier,
    token: position.token,
    total: totalOf(position),
    available: position.available,
    reserved: position.reserved,
    locked: position.locked,
    accruedYield: position.accruedYield,
    healthStatus: position.healthStatus,
    collateralizationRatio: healths[n]?.ratio ?? null,
    triggerPriceUsdMicros: healths[n]?.worseAt || null,
    acceptingPolicies: position.acceptingPolicies,
    onHold: onHold(position.hold, position.asOf),
    holdUntil: heldUntil(position.hold) * 1_000,
    asOf: position.asOf * 1_000,
  }));
  const pendingDeposits = await Promise.all(
    (await pendingDepositsOf(ctx, address)).map(async ({ token, amount, reference, txId, blockHeight }) => {
      const commitment = await findCommitment(ctx, reference);
      const tier = commitment?.provider === address ? commitment.tier : null;
      return { token, amount, tier, reference, txId, blockHeight };
    }),
  );
  const openCommitments = (await openCommitmentsOf(ctx, address)).map((commitment) => {
    const { _id: commitmentId, tier, token, amount, depositor, reference, expiresAt } = commitment;
    return { commitmentId, tier, token, amount, depositor, reference, expiresAt: expiresAt * 1_000 };
  });
  const suspense = await Promise.all(
    TOKENS.map(async (token) => ({
      token,
      amount: await accountBalance(ctx, { kind: "suspense", principal: address }, token),
      reserved: await accountBalance(ctx, { kind: "reserved", principal: address }, token),
    })),
  );
  return {
    address,
    positions,
    pendingDeposits,
    openCommitments,
    suspense: suspense.filter(({ amount, reserved }) => amount + reserved > 0n),
  };
}
