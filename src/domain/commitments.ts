/** Commitments: intents to deposit. How long one holds its tier's capacity, and which deposit fulfils it. */
import type { Token } from "./tokens";

/**
 * Seconds of block time for which a commitment holds capacity: long enough for an exchange or several signers to send the
 * deposit, short enough that intents without money don't keep others out for long.
 */
export const COMMITMENT_SECONDS = 86_400;

/** Only what is open holds capacity. The deposit of one that was cancelled or has expired is late. */
export type CommitmentStatus = "open" | "fulfilled" | "cancelled" | "expired";

export interface Commitment {
  depositor: string;
  token: Token;
  amount: bigint;
  status: CommitmentStatus;
}

/** Whether a deposit for it comes too late to find capacity held. */
export function isLate({ status }: Pick<Commitment, "status">): boolean {
  return status === "cancelled" || status === "expired";
}

/**
 * How much of a deposit its commitment takes: once, only from the named depositor in the agreed token, and at most the
 * committed amount; a late deposit only if the tier has room for all of that. What it does not take goes to the depositor's
 * suspense account.
 * @param room what the tier still takes, beside what is held for open commitments; null: not asked, as none is needed
 */
export function amountTaken(
  commitment: Commitment | null,
  deposit: { depositor: string; token: Token; amount: bigint },
  room: bigint | null,
): bigint {
  if (!commitment || commitment.status === "fulfilled") return 0n;
  if (commitment.depositor !== deposit.depositor || commitment.token !== deposit.token) return 0n;
  const amount = deposit.amount < commitment.amount ? deposit.amount : commitment.amount;
  const fits = !isLate(commitment) || room === null || amount <= room;
  return fits ? amount : 0n;
}
