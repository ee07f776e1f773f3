/**
 * A transfer at mark: who can no longer stand behind a policy pays others what it is worth, and they take it over with the
 * lock as it is. Each taker puts its part of the lock in and is paid for exactly what it takes: at least what an exercise
 * would cost it now. What is left of the leaver's lock is free again, less a penalty to insurance.
 *
 * All amounts are base units of the policy's token. Rounding is always against the leaver.
 */
import { type Account, type Entry, makeEntry, type Pocket, type Posting } from "./ledger";
import { type Put, WHOLE } from "./policies";
import { fairValue, type Market } from "./premium";
import { accept, type Outcome, refuse } from "./refusal";
import { ceilDiv } from "./rounding";
import type { Token } from "./tokens";

export interface Taker {
  id: string;
  /** Its part of the policy; all parts come to the leaver's. */
  put: Put;
  lock: bigint;
}

export interface Transfer {
  /** What each taker puts into its lock, and what it is paid. */
  takers: { id: string; lock: bigint; paid: bigint }[];
  penalty: bigint;
  /** What comes back to the leaver's free capital; negative: what it adds out of it. */
  returned: bigint;
}

/** What the leaver has: its lock behind the policy, and what it has free beside it. */
export interface Leaver {
  lock: bigint;
  available: bigint;
}

/**
 * Refuses UNDERWATER {missing} where the leaver can't pay what the takers would owe at once: nobody takes over a loss.
 * @param penaltyRate of what the transfer frees, millionths
 */
export function transferAtMark(
  leaver: Leaver,
  takers: Taker[],
  { market, penaltyRate }: { market: Market; penaltyRate: number },
): Outcome<Transfer> {
  const paid = takers.map(({ id, put, lock }) => {
    const fair = worthOf(put, market);
    const limited = fair < lock ? fair : lock;
    const least = worthOf(put, { ...market, seconds: 0 });
    return { id, lock, paid: limited > least ? limited : least };
  });
  const rest = paid.reduce((left, taker) => left - taker.paid, leaver.lock);
  if (rest + leaver.available < 0n) {
    const missing = -(rest + leaver.available);
    return refuse("UNDERWATER", "What the policy is worth now is more than its backing can pay.", { missing });
  }
  const penalty = rest > 0n ? ceilDiv(rest * BigInt(penaltyRate), BigInt(WHOLE)) : 0n;
  return accept({ takers: paid, penalty, returned: rest - penalty });
}

/** A part may be so small that nothing of the policy is left in it. */
function worthOf(put: Put, market: Market): bigint {
  return put.quantity === 0n || put.coverage === 0n ? 0n : fairValue(put, market);
}

/**
 * What a transfer does to the books: what is locked behind the policy stays as it is in all.
 * @param cause unique to this leaving: the document of the backing that ends
 */
export function transferEntry(
  { token, cause, positionId, lock }: { token: Token; cause: string; positionId: string; lock: bigint },
  { takers, penalty, returned }: Transfer,
): Entry {
  const inPosition = (id: string, pocket: Pocket, amount: bigint): Posting => {
    const account: Account = { kind: "position", positionId: id, pocket };
    return { account, amount };
  };
  return makeEntry(`transfer:${cause}`, token, [
    inPosition(positionId, "locked", -lock),
    inPosition(positionId, "available", returned),
    { account: { kind: "insurance" }, amount: penalty },
    ...takers.flatMap((taker) => [
      inPosition(taker.id, "available", taker.paid - taker.lock),
      inPosition(taker.id, "locked", taker.lock),
    ]),
  ]);
}
