/** Matching deposits to commitments. */
import type { Token } from "./tokens";

export interface Commitment {
  depositor: string;
  token: Token;
  amount: bigint;
  fulfilled: boolean;
}

/**
 * How much of a deposit its commitment takes: once, only from the named depositor in the agreed token, and at most the
 * committed amount. Whatever it does not take goes to the depositor's suspense account.
 */
export function amountTaken(
  commitment: Commitment | null,
  deposit: { depositor: string; token: Token; amount: bigint },
): bigint {
  if (!commitment || commitment.fulfilled) return 0n;
  if (commitment.depositor !== deposit.depositor || commitment.token !== deposit.token) return 0n;
  return deposit.amount < commitment.amount ? deposit.amount : commitment.amount;
}
