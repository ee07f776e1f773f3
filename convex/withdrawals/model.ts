/** The only writer of withdrawals: reserve and sign in one transaction, then paid or expired by the sync loop. */
import type { ObjectType } from "convex/values";
import { onHold } from "../../src/domain/holds";
import { reserveEntry, unreserveEntry } from "../../src/domain/ledger";
import { outflowRoom } from "../../src/domain/outflow";
import { checkAmount, formatAmount, type Token } from "../../src/domain/tokens";
import { AUTHORIZATION_SECONDS, checkWithdrawal } from "../../src/domain/withdrawals";
import { signWithdrawal } from "../../src/stacks/authorization";
import type { Doc } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { accepted, refuseWith } from "../functions";
import { applyEntry } from "../ledger/model";
import { findPosition, totalOf } from "../positions/model";
import { authoriserKey, vaultDeployment } from "../settings";
import { requireMirror } from "../sync/model";
import { termsOf } from "../tiers/model";
import type { withdrawalRequest } from "./schema";

export type WithdrawalRequest = ObjectType<typeof withdrawalRequest>;
type Withdrawal = Doc<"withdrawals">;

export function findWithdrawal(ctx: QueryCtx, authorizationId: bigint): Promise<Withdrawal | null> {
  return ctx.db
    .query("withdrawals")
    .withIndex("by_authorization_id", (q) => q.eq("authorizationId", authorizationId))
    .unique();
}

function openWithdrawal(ctx: QueryCtx, positionId: Withdrawal["positionId"]): Promise<Withdrawal | null> {
  return ctx.db
    .query("withdrawals")
    .withIndex("by_position_and_status", (q) => q.eq("positionId", positionId).eq("status", "authorised"))
    .unique();
}

async function authorisedRow(ctx: QueryCtx, token: Token) {
  return ctx.db
    .query("authorisedTotals")
    .withIndex("by_token", (q) => q.eq("token", token))
    .unique();
}

/** Base units that open withdrawals may still take from the vault. */
export async function authorisedTotal(ctx: QueryCtx, token: Token): Promise<bigint> {
  return (await authorisedRow(ctx, token))?.amount ?? 0n;
}

async function addAuthorised(ctx: MutationCtx, token: Token, amount: bigint) {
  const row = await authorisedRow(ctx, token);
  if (row) await ctx.db.patch("authorisedTotals", row._id, { amount: row.amount + amount });
  else await ctx.db.insert("authorisedTotals", { token, amount });
}

/**
 * An earlier answer to the same request: by its idempotency key, or the position's open authorisation for the same
 * amount, so that a page that lost the transaction gets it again. Another amount has to wait: one authorisation a
 * position is open at a time.
 */
async function earlierAnswer(
  ctx: QueryCtx,
  request: WithdrawalRequest,
  positionId: Withdrawal["positionId"],
): Promise<Withdrawal | null> {
  if (request.idempotencyKey !== undefined) {
    const known = await ctx.db
      .query("withdrawals")
      .withIndex("by_provider_and_key", (q) =>
        q.eq("provider", request.provider).eq("idempotencyKey", request.idempotencyKey),
      )
      .unique();
    if (known?.positionId === positionId && known.amount === request.amount) return known;
    if (known) {
      refuseWith({
        code: "IDEMPOTENCY_KEY_REUSED",
        message: "This idempotency key was used for another withdrawal. Use a fresh key for a new one.",
      });
    }
  }
  const open = await openWithdrawal(ctx, positionId);
  if (!open || open.amount === request.amount) return open;
  const shown = `${formatAmount(open.amount, open.token)} ${open.token}`;
  return refuseWith({
    code: "WITHDRAWAL_OPEN",
    message: `A withdrawal of ${shown} from this position is open. Request that amount again to finish it, or wait until it expires.`,
    amount: open.amount,
    expiresAt: open.expiresAt,
  });
}

/** Reserves the amount and signs its authorisation, or gives the earlier answer to the same request. */
export async function authoriseWithdrawal(ctx: MutationCtx, request: WithdrawalRequest): Promise<Withdrawal> {
  const { provider, token, tier, amount, authorizationId } = request;
  accepted(checkAmount(amount));
  const position = await findPosition(ctx, { provider, tier, token });
  if (!position) {
    return refuseWith({
      code: "NO_POSITION",
      message: `You have no ${token} in ${tier}. Choose a position that you hold.`,
    });
  }
  const earlier = await earlierAnswer(ctx, request, position._id);
  if (earlier) return earlier;

  const mirror = await requireMirror(ctx);
  const account = mirror.accounts.find((known) => known.token === token);
  if (!account) return refuseWith({ code: "NOT_LAUNCHED", message: "The vault is not launched yet. Try again later." });
  const terms = await termsOf(ctx, { tier, token });
  const authorised = (await authorisedRow(ctx, token))?.amount ?? 0n;
  accepted(
    checkWithdrawal(amount, {
      token,
      available: position.available,
      total: totalOf(position),
      onHold: onHold(position.hold, mirror.tip.time),
      minimumPosition: terms.minimumPosition,
      vaultFree: account.balance - account.locked - authorised,
      outflowRoom: outflowRoom(account, BigInt(mirror.tip.burnHeight)) - authorised,
    }),
  );
  if (await findWithdrawal(ctx, authorizationId)) throw new Error(`Authorisation id ${authorizationId} is taken`);
  const expiresAt = BigInt(mirror.tip.time) + AUTHORIZATION_SECONDS;
  const authorization = { withdrawer: provider, token, amount, id: authorizationId, expiresAt };
  await applyEntry(ctx, reserveEntry(authorizationId, token, position._id, amount), mirror.tip.time);
  await addAuthorised(ctx, token, amount);
  const id = await ctx.db.insert("withdrawals", {
    ...request,
    positionId: position._id,
    expiresAt,
    signature: signWithdrawal(vaultDeployment(), authorization, authoriserKey()),
    status: "authorised",
  });
  return (await ctx.db.get("withdrawals", id)) as Withdrawal;
}

/** Marks a withdrawal paid by a final event and returns its position; null if we never authorised exactly this. */
export async function markPaid(
  ctx: MutationCtx,
  event: { authorizationId: bigint; withdrawer: string; token: Token; amount: bigint },
): Promise<string | null> {
  const known = await findWithdrawal(ctx, event.authorizationId);
  const matches =
    known?.status === "authorised" &&
    known.provider === event.withdrawer &&
    known.token === event.token &&
    known.amount === event.amount;
  if (!matches) return null;
  await ctx.db.patch("withdrawals", known._id, { status: "paid" });
  await addAuthorised(ctx, known.token, -known.amount);
  return known.positionId;
}

const EXPIRED_BATCH = 100;

/**
 * Returns the reserve of authorisations that can't be used any more. To be called only when every event up to a final
 * block of this time is in the books: until then one of them may still turn out to be paid.
 * @param finalTime block time of that final block, unix seconds
 */
export async function expireWithdrawals(ctx: MutationCtx, finalTime: number) {
  const expired = await ctx.db
    .query("withdrawals")
    .withIndex("by_status_and_expires_at", (q) => q.eq("status", "authorised").lte("expiresAt", BigInt(finalTime)))
    .take(EXPIRED_BATCH);
  for (const { _id, authorizationId, token, positionId, amount } of expired) {
    await ctx.db.patch("withdrawals", _id, { status: "expired" });
    await addAuthorised(ctx, token, -amount);
    await applyEntry(ctx, unreserveEntry(authorizationId, token, positionId, amount), finalTime);
  }
}
