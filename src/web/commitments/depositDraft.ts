/** A deposit while it is being typed. The service checks everything again; this only says early what it would say. */
import { accept, type Outcome, refuse } from "../../domain/refusal";
import { MINIMUM_POSITION, type Tier } from "../../domain/tiers";
import { formatAmount, parseAmount, type Token } from "../../domain/tokens";

export interface DepositDraft {
  token: Token;
  tier: Tier;
  amountText: string;
  /** New with every change, so that a repeated request for the same draft commits once. */
  idempotencyKey: string;
}

/** Kept back of a wallet's STX when STX is deposited, for the network's fee: 0.01 STX. */
const FEE_ROOM_USTX = 10_000n;

/** The most that a wallet can deposit and still pay the fee. */
export function maximumDeposit(token: Token, balance: bigint): bigint {
  const room = token === "STX" ? balance - FEE_ROOM_USTX : balance;
  return room > 0n ? room : 0n;
}

/** @param balance the wallet's own, null while it is not known */
export function checkDeposit(
  { token, amountText }: Pick<DepositDraft, "token" | "amountText">,
  balance: bigint | null,
): Outcome<bigint> {
  const parsed = parseAmount(amountText, token);
  if (!parsed.ok) return parsed;
  const minimum = MINIMUM_POSITION[token];
  if (parsed.value < minimum) {
    return refuse("AMOUNT_BELOW_MINIMUM", `Deposit at least ${formatAmount(minimum, token)} ${token}.`, { minimum });
  }
  if (balance === null) return accept(parsed.value);
  const max = maximumDeposit(token, balance);
  if (parsed.value > max) {
    const room = token === "STX" ? ", with 0.01 STX left for the network's fee" : "";
    return refuse("WALLET_HOLDS_LESS", `The wallet can deposit at most ${formatAmount(max, token)} ${token}${room}.`, {
      max,
    });
  }
  return accept(parsed.value);
}
