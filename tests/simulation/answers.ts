/** What the backend should answer to a request: accepted, an earlier answer again, or which refusals fit. */
import type { Tier } from "../../src/domain/tiers";
import type { Token } from "../../src/domain/tokens";
import { roomOf } from "./buckets";
import { timeOf } from "./contract";
import { type Capability, free, type Model, type Place } from "./model";

export interface Answer {
  /** Codes that fit, with the facts that each must carry. Empty: it is accepted. */
  refusals: Map<string, Record<string, unknown>>;
  /** Codes of what stops everybody. */
  stopped: Set<string>;
  /** The id of the earlier answer that the same request has. */
  earlier: string | null;
}

function answer(): Answer {
  return { refusals: new Map(), stopped: new Set(), earlier: null };
}

function stop(model: Model, { stopped }: Answer, capability: Capability) {
  if (model.tripped.has(capability)) stopped.add("STOPPED");
  if (model.seen === null) stopped.add("NOT_SYNCED");
}

/** What a key of the same provider was used for, if it was: the same request, or another. */
function repeated<Request extends { provider: string; key: string | undefined; id: string }>(
  earlier: Request[],
  request: Omit<Request, "id" | "status" | "reference" | "expiresAt" | "authorizationId" | "signature">,
  { refusals }: Answer,
): string | null {
  const { provider, key } = request as unknown as Request;
  const known = key === undefined ? undefined : earlier.find((one) => one.provider === provider && one.key === key);
  if (!known) return null;
  const isSame = Object.entries(request).every(([name, value]) => known[name as keyof Request] === value);
  if (isSame) return known.id;
  refusals.set("IDEMPOTENCY_KEY_REUSED", {});
  return null;
}

function checkPositive(amount: bigint, { refusals }: Answer) {
  if (amount <= 0n) refusals.set("AMOUNT_NOT_POSITIVE", {});
}

function checkRoom(model: Model, tier: Tier, token: Token, amount: bigint, { refusals }: Answer) {
  const room = model.roomIn(tier, token);
  if (room !== null && amount > room) refusals.set("TIER_FULL", { room });
}

export interface CommitRequest {
  provider: string;
  depositor: string;
  token: Token;
  tier: Tier;
  amount: bigint;
  key: string | undefined;
}

export function answerCommit(model: Model, request: CommitRequest): Answer {
  const found = answer();
  stop(model, found, "commit");
  found.earlier = repeated(model.commitments, request, found);
  const { tier, token, amount } = request;
  checkPositive(amount, found);
  const minimum = model.termsOf(tier, token).minimumPosition;
  if (amount < minimum) found.refusals.set("AMOUNT_BELOW_MINIMUM", { minimum });
  checkRoom(model, tier, token, amount, found);
  return found;
}

export interface WithdrawalRequest {
  provider: string;
  token: Token;
  place: Place;
  amount: bigint;
  key: string | undefined;
}

/** Whether an amount may go, each limit by itself. */
function mayGo(model: Model, { provider, token, place }: Omit<WithdrawalRequest, "amount" | "key">, amount: bigint) {
  if (amount <= 0n || amount > limit(model, { provider, token, place })) return false;
  return leavesEnough(model, { provider, token, place }, amount);
}

function leavesEnough(model: Model, origin: Omit<WithdrawalRequest, "amount" | "key">, amount: bigint) {
  const { provider, token, place } = origin;
  const rest = model.totalOf(provider, place, token) - amount;
  return rest === 0n || place === "suspense" || rest >= model.termsOf(place, token).minimumPosition;
}

function limit(model: Model, { provider, token, place }: Omit<WithdrawalRequest, "amount" | "key">): bigint {
  const account = model.seen?.accounts.find((one) => one.token === token);
  if (!model.seen || !account) throw new Error("The chain has not been seen");
  const { tip } = model.seen;
  const hold = place === "suspense" ? 0n : model.onHold(provider, place, token, timeOf(tip.height));
  const { withdrawalCap: cap, usedByWindow, drainedAt } = account;
  const bucket = { cap, usedByWindow, drainedAt: Number(drainedAt) };
  const limits = [
    model.balance(free(provider, place), token),
    model.totalOf(provider, place, token) - hold,
    account.balance - model.authorised(token),
    roomOf(bucket, tip.burnHeight) - model.authorised(token),
  ];
  return limits.reduce((least, one) => (one < least ? one : least));
}

/** The largest amount that may go, found by trying all. */
export function largest(model: Model, origin: Omit<WithdrawalRequest, "amount" | "key">): bigint {
  let amount = limit(model, origin);
  while (amount > 0n && !mayGo(model, origin, amount)) amount -= 1n;
  return amount > 0n ? amount : 0n;
}

function stopSignatures(model: Model, found: Answer) {
  stop(model, found, "withdraw");
  if (model.restore !== "no") found.stopped.add("RESTORING");
  if (model.seen?.paused) found.stopped.add("VAULT_PAUSED");
}

export function answerWithdrawal(model: Model, request: WithdrawalRequest): Answer {
  const found = answer();
  stopSignatures(model, found);
  const { provider, token, place, amount } = request;
  const { refusals } = found;
  checkPositive(amount, found);
  if (place !== "suspense" && !model.hasPosition(provider, place, token)) {
    refusals.set("NO_POSITION", {});
    if (request.key) repeated(model.withdrawals, request, found);
    return found;
  }
  found.earlier = repeated(model.withdrawals, request, found);
  const open = model.openWithdrawals(token).find((one) => one.provider === provider && one.place === place);
  if (open && !found.earlier) {
    if (open.amount === amount && open.status === "authorised") found.earlier = open.id;
    else refusals.set("WITHDRAWAL_OPEN", { amount: open.amount, expiresAt: open.expiresAt });
  }
  if (!model.seen || found.earlier || open) return found;
  const max = largest(model, request);
  if (amount > max) refusals.set("WITHDRAWAL_ABOVE_MAXIMUM", { max });
  else if (!leavesEnough(model, request, amount)) {
    refusals.set("REMAINDER_BELOW_MINIMUM", { total: model.totalOf(provider, place, token) });
  }
  return found;
}

/** What the quote must be; a null maximum where there is none to tell. */
export function answerQuote(
  model: Model,
  { provider, token, tier }: { provider: string; token: Token; tier: Tier },
): { answer: Answer; max: bigint | null } {
  const found = answer();
  stopSignatures(model, found);
  if (!model.hasPosition(provider, tier, token)) found.refusals.set("NO_POSITION", {});
  const open = model.openWithdrawals(token).find((one) => one.provider === provider && one.place === tier);
  if (open) found.refusals.set("WITHDRAWAL_OPEN", { amount: open.amount, expiresAt: open.expiresAt });
  const hasMax = found.refusals.size + found.stopped.size === 0;
  return { answer: found, max: hasMax ? largest(model, { provider, token, place: tier }) : null };
}

export interface MoveRequest {
  provider: string;
  token: Token;
  from: Place;
  to: Tier;
  amount: bigint;
  key: string | undefined;
}

export function answerMove(model: Model, request: MoveRequest): Answer {
  const found = answer();
  stop(model, found, "commit");
  found.earlier = repeated(model.moves, request, found);
  const { provider, token, from, to, amount } = request;
  const { refusals } = found;
  checkPositive(amount, found);
  if (from === to) refusals.set("SAME_TIER", {});
  if (from === "suspense") {
    const max = model.balance(free(provider, from), token);
    if (amount > max) refusals.set("ASSIGNMENT_ABOVE_SUSPENSE", { max });
  } else if (!model.hasPosition(provider, from, token)) refusals.set("NO_POSITION", {});
  else checkDeparture(model, { provider, token, from, amount }, found);
  const minimum = model.termsOf(to, token).minimumPosition;
  if (model.balance(free(provider, to), token) + amount < minimum) refusals.set("POSITION_BELOW_MINIMUM", { minimum });
  checkRoom(model, to, token, amount, found);
  return found;
}

function checkDeparture(
  model: Model,
  { provider, token, from, amount }: { provider: string; token: Token; from: Tier; amount: bigint },
  { refusals }: Answer,
) {
  const available = model.balance(free(provider, from), token);
  const hold = model.seen ? model.onHold(provider, from, token, model.seen.tip.time) : 0n;
  const max = available - hold > 0n ? available - hold : 0n;
  if (amount > max) refusals.set("MOVE_ABOVE_MAXIMUM", { max });
  const stays = [available - amount, model.totalOf(provider, from, token) - amount];
  const { minimumPosition } = model.termsOf(from, token);
  if (stays.some((rest) => rest > 0n && rest < minimumPosition)) refusals.set("REMAINDER_BELOW_MINIMUM", {});
}

export function answerCancelCommitment(model: Model, provider: string, id: string): Answer {
  const found = answer();
  const known = model.commitments.find((one) => one.id === id && one.provider === provider);
  if (!known) found.refusals.set("NO_COMMITMENT", {});
  else if (known.status === "fulfilled" || known.status === "expired") {
    found.refusals.set("COMMITMENT_NOT_OPEN", { status: known.status });
  }
  return found;
}

export function answerCancelWithdrawal(model: Model, provider: string, id: string): Answer {
  const found = answer();
  if (!model.withdrawals.some((one) => one.id === id && one.provider === provider)) {
    found.refusals.set("NO_WITHDRAWAL", {});
  }
  return found;
}

export function answerAccepting(model: Model, provider: string, tier: Tier, token: Token): Answer {
  const found = answer();
  if (!model.hasPosition(provider, tier, token)) found.refusals.set("NO_POSITION", {});
  return found;
}
