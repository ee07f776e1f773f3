/** The only writer of commitments. */
import type { ObjectType } from "convex/values";
import { amountTaken, COMMITMENT_SECONDS, isLate } from "../../src/domain/commitments";
import { checkIdempotencyKey } from "../../src/domain/idempotency";
import { checkAmount, formatAmount, type Token } from "../../src/domain/tokens";
import type { Doc, Id } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { accepted, refuseWith } from "../functions";
import { notify } from "../notifications/model";
import { openPosition } from "../positions/model";
import { requireMirror } from "../sync/model";
import { holdCapacity, requireRoom, roomIn, type TierKey, termsOf } from "../tiers/model";
import type { commitmentRequest } from "./schema";

export type CommitmentRequest = ObjectType<typeof commitmentRequest>;

/** A provider's open intents; more than any wallet signs at once. */
const MAX_OPEN = 100;

export function findCommitment(ctx: QueryCtx, reference: bigint): Promise<Doc<"commitments"> | null> {
  return ctx.db
    .query("commitments")
    .withIndex("by_reference", (q) => q.eq("reference", reference))
    .unique();
}

/**
 * Stores an intent, and holds the tier's capacity for it until it expires. The same idempotency key of the same provider
 * gives the same commitment again.
 */
export async function commit(ctx: MutationCtx, request: CommitmentRequest): Promise<Doc<"commitments">> {
  const repeated = await findByKey(ctx, request);
  if (repeated) return repeated;
  accepted(checkAmount(request.amount));
  const { minimumPosition: minimum } = await termsOf(ctx, request);
  if (request.amount < minimum) {
    const shown = `${formatAmount(minimum, request.token)} ${request.token}`;
    refuseWith({ code: "AMOUNT_BELOW_MINIMUM", message: `Commit at least ${shown}.`, minimum });
  }
  const { tip } = await requireMirror(ctx);
  await requireFewOpen(ctx, request.provider);
  await requireRoom(ctx, request, request.amount);
  if (await findCommitment(ctx, request.reference)) throw new Error(`Reference ${request.reference} is taken`);
  await holdCapacity(ctx, request, request.amount);
  const expiresAt = tip.time + COMMITMENT_SECONDS;
  const id = await ctx.db.insert("commitments", { ...request, expiresAt, status: "open" });
  return (await ctx.db.get("commitments", id)) as Doc<"commitments">;
}

async function findByKey(ctx: QueryCtx, request: CommitmentRequest): Promise<Doc<"commitments"> | null> {
  if (request.idempotencyKey === undefined) return null;
  accepted(checkIdempotencyKey(request.idempotencyKey));
  const known = await ctx.db
    .query("commitments")
    .withIndex("by_provider_and_key", (q) =>
      q.eq("provider", request.provider).eq("idempotencyKey", request.idempotencyKey),
    )
    .unique();
  if (!known) return null;
  const same =
    known.token === request.token &&
    known.tier === request.tier &&
    known.amount === request.amount &&
    known.depositor === request.depositor;
  if (same) return known;
  return refuseWith({
    code: "IDEMPOTENCY_KEY_REUSED",
    message: "This idempotency key was used for another commitment. Use a fresh key for a new one.",
  });
}

/** The intents of a provider that wait for their deposit, oldest first. */
export function openCommitmentsOf(ctx: QueryCtx, provider: string): Promise<Doc<"commitments">[]> {
  return ctx.db
    .query("commitments")
    .withIndex("by_provider_and_status", (q) => q.eq("provider", provider).eq("status", "open"))
    .take(MAX_OPEN);
}

async function requireFewOpen(ctx: QueryCtx, provider: string) {
  if ((await openCommitmentsOf(ctx, provider)).length < MAX_OPEN) return;
  refuseWith({
    code: "TOO_MANY_OPEN_COMMITMENTS",
    message: `You have ${MAX_OPEN} commitments without a deposit. Deposit for one or cancel one; each expires after a day.`,
    max: MAX_OPEN,
  });
}

/** What of a deposit goes into a position, and whose that is. */
export interface Share extends Omit<TierKey, "token"> {
  positionId: Id<"positions">;
  provider: string;
  amount: bigint;
}

/**
 * What a final deposit fulfils: the position that it is for and how much of it; null where nothing matches, or where it
 * comes late and the tier is full. The capacity that was held is free again: what arrived is capital from now on.
 * @param writeBalances writes what earlier events of the batch add to balances: only then is a tier's room what it is
 */
export async function fulfil(
  ctx: MutationCtx,
  deposit: { reference: bigint; depositor: string; token: Token; amount: bigint },
  writeBalances: () => Promise<void>,
): Promise<Share | null> {
  const commitment = await findCommitment(ctx, deposit.reference);
  if (!commitment) return null;
  const late = isLate(commitment);
  if (late) await writeBalances();
  const amount = amountTaken(commitment, deposit, late ? await roomIn(ctx, commitment) : null);
  if (amount === 0n) return null;
  if (!late) await holdCapacity(ctx, commitment, -commitment.amount);
  await ctx.db.patch("commitments", commitment._id, { status: "fulfilled" });
  const { provider, tier, token } = commitment;
  return { positionId: await openPosition(ctx, { provider, tier, token }), amount, provider, tier };
}

/** Ends a provider's own open intent and gives its capacity back; one that is cancelled already stays so. */
export async function cancelCommitment(
  ctx: MutationCtx,
  { provider, commitmentId }: { provider: string; commitmentId: string },
) {
  const id = ctx.db.normalizeId("commitments", commitmentId);
  const commitment = id && (await ctx.db.get("commitments", id));
  if (commitment?.provider !== provider) {
    return refuseWith({
      code: "NO_COMMITMENT",
      message: "You have no commitment with this id. Use the id that came when you committed.",
    });
  }
  const { _id, status, amount } = commitment;
  if (status === "cancelled") return;
  if (status !== "open") {
    refuseWith({
      code: "COMMITMENT_NOT_OPEN",
      message: `This commitment is ${status} already, so it holds no capacity. There is nothing to cancel.`,
      status,
    });
  }
  await holdCapacity(ctx, commitment, -amount);
  await ctx.db.patch("commitments", _id, { status: "cancelled" });
}

const EXPIRED_BATCH = 100;

/**
 * Returns the capacity of commitments whose time is over. To be called only when every event up to a final block of this
 * time is in the books: until then the deposit of one of them may still turn out to be in time.
 * @param finalTime block time of that final block, unix seconds
 */
export async function expireCommitments(ctx: MutationCtx, finalTime: number) {
  const expired = await ctx.db
    .query("commitments")
    .withIndex("by_status_and_expires_at", (q) => q.eq("status", "open").lte("expiresAt", finalTime))
    .take(EXPIRED_BATCH);
  const returned = new Map<string, TierKey & { amount: bigint }>();
  for (const { _id, provider, tier, token, amount } of expired) {
    await ctx.db.patch("commitments", _id, { status: "expired" });
    await notify(ctx, { provider, kind: "commitment.expired", facts: { commitmentId: _id, tier, token, amount } });
    const key = `${tier} ${token}`;
    returned.set(key, { tier, token, amount: amount + (returned.get(key)?.amount ?? 0n) });
  }
  for (const { amount, ...key } of returned.values()) await holdCapacity(ctx, key, -amount);
}
