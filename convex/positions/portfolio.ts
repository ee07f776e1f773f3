/** What a provider sees of its own capital. Reads only, and only that provider's rows. */
import { type Infer, v } from "convex/values";
import { HIGHEST_PRICE } from "../../src/domain/health";
import { heldUntil, onHold } from "../../src/domain/holds";
import { TOKENS } from "../../src/domain/tokens";
import type { Doc } from "../_generated/dataModel";
import type { QueryCtx } from "../_generated/server";
import { findCommitment, openCommitmentsOf } from "../commitments/model";
import { healthStatusValidator, tierValidator, tokenValidator } from "../functions";
import { type Health, healthOf } from "../health/model";
import { exposureValidator } from "../health/schema";
import { accountBalance } from "../ledger/model";
import { pendingDepositsOf } from "../sync/model";
import { openWithdrawals } from "../withdrawals/model";
import { withdrawalStatus } from "../withdrawals/schema";
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
      /** The lowest price at which it is better than it is; null: it can't be. */
      betterAtUsdMicros: v.union(v.null(), v.int64()),
      /** When a margin call has lasted too long, or the next takeover is tried: block time, ms; null: neither. */
      dueAt: v.union(v.null(), v.number()),
      /** True: it is Liquidating and nobody can take what it backs. */
      isStuck: v.boolean(),
      /** Its share of each policy that it backs: what src/domain/health tells its state at any price from. `expiresAt` in ms. */
      exposures: v.array(exposureValidator),
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
  /** Authorised and not paid yet: each holds its amount until it is paid, revoked, or expired at `expiresAt` (block time, ms). */
  openWithdrawals: v.array(
    v.object({
      withdrawalId: v.id("withdrawals"),
      token: tokenValidator,
      /** Null: out of suspense. */
      tier: v.union(v.null(), tierValidator),
      amount: v.int64(),
      status: withdrawalStatus,
      expiresAt: v.number(),
    }),
  ),
  /** `reserved`: what an open withdrawal may take, beside `amount`. */
  suspense: v.array(v.object({ token: tokenValidator, amount: v.int64(), reserved: v.int64() })),
});

type Portfolio = Infer<typeof portfolioValidator>;
type Position = Doc<"positions">;

/** @param health null where it stands behind no policy */
function shownPosition(position: Position, health: Health | null): Portfolio["positions"][number] {
  const { tier, token, available, reserved, locked, accruedYield, healthStatus, acceptingPolicies } = position;
  const betterAt = health?.betterAt ?? HIGHEST_PRICE;
  return {
    ...{ tier, token, total: totalOf(position), available, reserved, locked, accruedYield },
    ...{ healthStatus, acceptingPolicies },
    collateralizationRatio: health?.ratio ?? null,
    triggerPriceUsdMicros: health?.worseAt || null,
    betterAtUsdMicros: betterAt === HIGHEST_PRICE ? null : betterAt,
    dueAt: health?.dueAt ? health.dueAt * 1_000 : null,
    isStuck: health?.isStuck ?? false,
    exposures: (health?.exposures ?? []).map((share) => ({ ...share, expiresAt: share.expiresAt * 1_000 })),
    onHold: onHold(position.hold, position.asOf),
    holdUntil: heldUntil(position.hold) * 1_000,
    asOf: position.asOf * 1_000,
  };
}

async function shownWithdrawals(
  ctx: QueryCtx,
  address: string,
  held: Position[],
): Promise<Portfolio["openWithdrawals"]> {
  const open = await Promise.all(TOKENS.map((token) => openWithdrawals(ctx, address, token)));
  return open.flat().flatMap(({ _id: withdrawalId, token, amount, status, source, expiresAt }) => {
    // What leaves the treasury is nobody's capital.
    if (source.kind === "account") return [];
    const from = source.kind === "position" ? held.find(({ _id }) => _id === source.positionId) : undefined;
    return [{ withdrawalId, token, tier: from?.tier ?? null, amount, status, expiresAt: Number(expiresAt) * 1_000 }];
  });
}

export async function portfolioOf(ctx: QueryCtx, address: string): Promise<Portfolio> {
  const held = await positionsOf(ctx, address);
  const healths = await Promise.all(held.map(({ _id, policies }) => (policies > 0 ? healthOf(ctx, _id) : null)));
  const positions = held.map((position, n) => shownPosition(position, healths[n] ?? null));
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
    openWithdrawals: await shownWithdrawals(ctx, address, held),
    suspense: suspense.filter(({ amount, reserved }) => amount + reserved > 0n),
  };
}
