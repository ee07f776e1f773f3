/** What can be withdrawn now: one answer for whoever asks and whoever takes. Reads only. */
import { type Infer, v } from "convex/values";
import { freeToLeave, type Hold, heldUntil, NO_HOLD, onHold } from "../../src/domain/holds";
import { outflowRoom } from "../../src/domain/outflow";
import { formatAmount, type Token } from "../../src/domain/tokens";
import { checkWithdrawal, quoteWithdrawal, type WithdrawalRoom } from "../../src/domain/withdrawals";
import type { QueryCtx } from "../_generated/server";
import { requireClosed, requireSigningAllowed } from "../breakers/model";
import { accepted, refuseWith } from "../functions";
import { letGo } from "../health/kept";
import { accountBalance } from "../ledger/model";
import { type PositionKey, requirePosition, totalOf } from "../positions/model";
import { type Mirror, requireMirror } from "../sync/model";
import { termsOf } from "../tiers/model";
import { authorisedTotal, openWithdrawal, type Withdrawal } from "./model";
import type { WithdrawalOrigin } from "./schema";

/** Base units; times in ms of block time: from `holdUntil` on nothing is on hold. */
export const quoteValidator = v.object({
  max: v.int64(),
  binding: v.union(
    v.literal("available"),
    v.literal("hold"),
    v.literal("health"),
    v.literal("vault"),
    v.literal("outflow"),
    v.literal("minimum"),
  ),
  total: v.int64(),
  available: v.int64(),
  onHold: v.int64(),
  holdUntil: v.number(),
  minimumPosition: v.int64(),
  asOf: v.number(),
});

/** What the source of a withdrawal has in it, and what is to stay there. */
interface Holding extends Pick<WithdrawalRoom, "total" | "available" | "notOnHold" | "notNeeded" | "minimumPosition"> {
  source: Withdrawal["source"];
  hold: Hold;
}

/** Block time in unix seconds, which decides; and by which the age of a price is told, ms. */
interface Now {
  now: number;
  priceMs: number;
}

async function holdingOf(ctx: QueryCtx, { provider, token, from }: WithdrawalOrigin, at: Now): Promise<Holding> {
  if (from.kind === "position") return positionHolding(ctx, { provider, token, tier: from.tier }, at);
  const total = await accountBalance(ctx, { kind: "suspense", principal: provider }, token);
  const free = { available: total, notOnHold: total, notNeeded: total };
  return { source: from, total, ...free, minimumPosition: 0n, hold: NO_HOLD };
}

async function positionHolding(ctx: QueryCtx, key: PositionKey, { now, priceMs }: Now): Promise<Holding> {
  const position = await requirePosition(ctx, key);
  const { minimumPosition } = await termsOf(ctx, key);
  return {
    source: { kind: "position", positionId: position._id },
    total: totalOf(position),
    available: position.available,
    notOnHold: freeToLeave(position, now),
    notNeeded: await letGo(ctx, position, priceMs),
    minimumPosition,
    hold: position.hold,
  };
}

/** The vault's account of a token; refuses what no amount can help. */
function accountOf({ accounts, paused }: Mirror, token: Token) {
  if (paused) {
    const message = "The vault is paused by its guardian and pays nothing out. Your balances stand; try again later.";
    return refuseWith({ code: "VAULT_PAUSED", message });
  }
  const account = accounts.find((known) => known.token === token);
  return account ?? refuseWith({ code: "NOT_LAUNCHED", message: "The vault is not launched yet. Try again later." });
}

/** What the vault lets through now, whoever is paid, base units. */
async function vaultRoom(ctx: QueryCtx, token: Token, mirror: Mirror) {
  const account = accountOf(mirror, token);
  const authorised = await authorisedTotal(ctx, token);
  return {
    vaultFree: account.balance - account.locked - authorised,
    outflowRoom: outflowRoom(account, BigInt(mirror.tip.burnHeight)) - authorised,
  };
}

export interface Withdrawable {
  holding: Holding;
  room: WithdrawalRoom;
  /** Block time that this is as of, unix seconds. */
  now: number;
}

/**
 * How much may leave a position or suspense at the chain's newest block that we know.
 * @param clockMs what whoever may ask it knows of the time, ms: a price is as old as that tells
 */
export async function withdrawable(ctx: QueryCtx, origin: WithdrawalOrigin, clockMs = 0): Promise<Withdrawable> {
  const { token } = origin;
  await requireClosed(ctx, "withdraw");
  await requireSigningAllowed(ctx);
  const mirror = await requireMirror(ctx);
  const fromVault = await vaultRoom(ctx, token, mirror);
  const { time: now } = mirror.tip;
  const holding = await holdingOf(ctx, origin, { now, priceMs: Math.max(clockMs, now * 1_000) });
  const room = { ...holding, ...fromVault, token };
  return { holding, room, now };
}

/** Refuses while another withdrawal of the same source is open: what it has is promised, what is left is not known yet. */
export function refuseWhileOpen({ amount, token, expiresAt, status }: Withdrawal): never {
  const shown = `${formatAmount(amount, token)} ${token}`;
  const cancelling = `A withdrawal of ${shown} is being cancelled. Wait until the chain has confirmed it.`;
  const open = `A withdrawal of ${shown} is open. Request that amount again to finish it, cancel it, or wait until it expires.`;
  return refuseWith({
    code: "WITHDRAWAL_OPEN",
    message: status === "cancelling" ? cancelling : open,
    amount,
    expiresAt,
  });
}

/** The answer that a request in the next transaction is held to. */
export async function quoteOf(ctx: QueryCtx, origin: WithdrawalOrigin): Promise<Infer<typeof quoteValidator>> {
  const { holding, room, now } = await withdrawable(ctx, origin);
  const open = await openWithdrawal(ctx, { ...origin, source: holding.source });
  if (open) refuseWhileOpen(open);
  const { total, available, minimumPosition, hold } = holding;
  const kept = { onHold: onHold(hold, now), holdUntil: heldUntil(hold) * 1_000 };
  return { ...quoteWithdrawal(room), total, available, minimumPosition, ...kept, asOf: now * 1_000 };
}

/** Refuses WITHDRAWAL_ABOVE_MAXIMUM {max, binding} what the vault itself can't let go now, whoever is paid. */
export async function requireRoomFor(ctx: QueryCtx, token: Token, amount: bigint) {
  const room = await vaultRoom(ctx, token, await requireMirror(ctx));
  const free = { total: amount, available: amount, notOnHold: amount, notNeeded: amount, minimumPosition: 0n };
  accepted(checkWithdrawal(amount, { ...room, ...free, token }));
}
