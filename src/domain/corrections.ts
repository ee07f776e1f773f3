/**
 * A breach is money that left the vault without an authorisation in these books, as one that was signed after the backup that
 * they were restored from. Its principal owes it, while the books may still show the same money as the principal's own. A
 * correction sets one off against the other, never above either.
 *
 * It takes what is free whatever the minimum hold and the policies behind the position want to keep of it: that money is
 * gone, and to go on counting it would let it be locked again at the others' expense. What is reserved may still be paid,
 * and what is locked is locked on-chain: both stay.
 */
import { type Outcome, refuse } from "./refusal";
import { checkAmount, formatAmount, type Token } from "./tokens";

/** Base units: what the principal owes, and what it has free where the correction takes it from. */
export interface Correctable {
  breach: bigint;
  free: bigint;
}

export function checkCorrection(amount: bigint, token: Token, { breach, free }: Correctable): Outcome<bigint> {
  if (breach <= 0n) return refuse("NO_BREACH", `There is no breach of this principal in ${token} to correct.`);
  const max = free < breach ? free : breach;
  if (amount > max) {
    const binding = free < breach ? "free" : "breach";
    const reason = binding === "free" ? "No more of its own is free there" : "It owes no more";
    const message = `${reason}: correct at most ${formatAmount(max, token)} ${token}.`;
    return refuse("CORRECTION_ABOVE_MAXIMUM", message, { max, binding });
  }
  return checkAmount(amount);
}
