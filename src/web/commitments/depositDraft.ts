/** A deposit while it is being typed. The service checks everything again; this only says early what it would say. */
import { accept, type Outcome, refuse } from "../../domain/refusal";
import type { Tier } from "../../domain/tiers";
import { formatAmount, type Token } from "../../domain/tokens";
import { readableAmount, readTyped } from "../amounts/typing";

/** As it is kept: text is what was typed. */
export interface DepositDraft {
  token: Token;
  tier: Tier;
  amountText: string;
  /** Who sends it, if not the one who is signed in: an exchange, a contract. Empty: oneself. */
  depositorText: string;
  /** New with every change, so that a repeated request for the same draft commits once. */
  idempotencyKey: string;
}

export function emptyDeposit(): DepositDraft {
  const choice = { token: "STX", tier: "Conservative" } as const;
  return { ...choice, amountText: "", depositorText: "", idempotencyKey: crypto.randomUUID() };
}

/** The only way that a draft changes. */
export function editDeposit(draft: DepositDraft, part: Partial<Omit<DepositDraft, "idempotencyKey">>): DepositDraft {
  return { ...draft, ...part, idempotencyKey: crypto.randomUUID() };
}

/** What a deposit into one tier is held against. Base units; null: not known yet, or no limit. */
export interface DepositFacts {
  /** The tier's smallest position. */
  minimum: bigint;
  /** The wallet's own. */
  balance: bigint | null;
  /** What the tier takes. */
  room: bigint | null;
}

/** Kept back of a wallet's STX when STX is deposited, for the network's fee: 0.01 STX. */
const FEE_ROOM_USTX = 10_000n;

/** What lets no more through. */
export type DepositBinding = "wallet" | "fee" | "capacity";

export interface DepositLimit {
  max: bigint;
  binding: DepositBinding;
}

/** The most that a wallet can deposit and still pay the fee. */
export function maximumDeposit(token: Token, balance: bigint): bigint {
  const room = token === "STX" ? balance - FEE_ROOM_USTX : balance;
  return room > 0n ? room : 0n;
}

/** The exact maximum, and the limit that binds; null while neither is known. What is sent by others knows no wallet. */
export function depositLimit(
  { token, depositorText }: Pick<DepositDraft, "token" | "depositorText">,
  { balance, room }: DepositFacts,
): DepositLimit | null {
  const isOwn = depositorText.trim() === "";
  const fromWallet: DepositLimit | null =
    balance === null || !isOwn
      ? null
      : { max: maximumDeposit(token, balance), binding: token === "STX" ? "fee" : "wallet" };
  const intoTier: DepositLimit | null = room === null ? null : { max: room, binding: "capacity" };
  if (fromWallet === null || intoTier === null) return fromWallet ?? intoTier;
  return intoTier.max < fromWallet.max ? intoTier : fromWallet;
}

function aboveMaximum(
  { max, binding }: DepositLimit,
  { token, tier }: Pick<DepositDraft, "token" | "tier">,
): Outcome<never> {
  const most = `${readableAmount(max, token)} ${token}`;
  if (binding === "capacity") {
    const takes = max > 0n ? `takes ${most} more` : `takes no more ${token} now`;
    return refuse("TIER_FULL", `${tier} ${takes}. Choose a smaller amount or another tier.`, { max });
  }
  const room = binding === "fee" ? ", with 0.01 STX left for the network's fee" : "";
  return refuse("WALLET_HOLDS_LESS", `The wallet can deposit at most ${most}${room}.`, { max });
}

export function checkDeposit(draft: Omit<DepositDraft, "idempotencyKey">, facts: DepositFacts): Outcome<bigint> {
  const { token } = draft;
  const read = readTyped(draft.amountText, token);
  if (!read.ok) return read;
  const { minimum } = facts;
  if (read.value < minimum) {
    return refuse("AMOUNT_BELOW_MINIMUM", `Deposit at least ${formatAmount(minimum, token)} ${token}.`, { minimum });
  }
  const limit = depositLimit(draft, facts);
  return limit && read.value > limit.max ? aboveMaximum(limit, draft) : accept(read.value);
}

const WHY: Record<DepositBinding, string> = {
  wallet: "all that your wallet holds",
  fee: "what your wallet holds, with 0.01 STX left for the network's fee",
  capacity: "the room that is left in this tier",
};

/** Why no amount can be right now, and what to do; null if some can. */
export function depositDeadEnd(
  draft: Pick<DepositDraft, "token" | "tier" | "depositorText">,
  facts: DepositFacts,
): string | null {
  const { token, tier } = draft;
  const limit = depositLimit(draft, facts);
  if (!limit || limit.max >= facts.minimum) return null;
  const minimum = `${readableAmount(facts.minimum, token)} ${token}`;
  const max = `${readableAmount(limit.max, token)} ${token}`;
  if (limit.binding === "capacity") {
    return `${tier} has room for ${max} and takes no deposit below ${minimum}. Choose another tier, or come back when capital has left.`;
  }
  return `Your wallet can deposit ${max} and the smallest deposit is ${minimum}. Send ${token} to your wallet first.`;
}

/** What is true of the amount while nothing is wrong with it. */
export function depositHint(
  draft: Pick<DepositDraft, "token" | "tier" | "depositorText">,
  facts: DepositFacts,
): string {
  const deadEnd = depositDeadEnd(draft, facts);
  if (deadEnd) return deadEnd;
  const { token } = draft;
  const minimum = `At least ${readableAmount(facts.minimum, token)} ${token}`;
  const limit = depositLimit(draft, facts);
  if (!limit) return `${minimum}.`;
  return `${minimum}, at most ${readableAmount(limit.max, token)} ${token}: ${WHY[limit.binding]}.`;
}
