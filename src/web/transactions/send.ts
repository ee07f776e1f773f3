/** From a reviewed call to a transaction on its way: on record before anything of it can be lost. */
import { type Explanation, explain } from "../refusals/explain";
import { BroadcastRejected, type UnsignedCall, type Wallet, WalletProblem } from "../wallets/wallet";
import type { Intent } from "./intent";
import type { RecordChange } from "./record";
import type { Movement } from "./review";

export interface Review {
  intent: Intent;
  call: UnsignedCall;
  wallet: Wallet;
  movement: Movement;
  feeUstx: bigint;
}

/** Whether it is certain that nothing was sent. */
function isSurelyUnsent(error: unknown, isOnRecord: boolean): boolean {
  if (error instanceof BroadcastRejected) return true;
  if (error instanceof WalletProblem) return error.trouble !== "WALLET_UNCLEAR";
  // Once it is on record, a lost reply says nothing: the record finds out whether the transaction has arrived.
  return !isOnRecord;
}

/** @param now ms; @returns why nothing was sent; null: it is on its way, or on record as what may be */
export async function sendReviewed(
  { intent, call, wallet, movement, feeUstx }: Review,
  change: (step: RecordChange) => void,
  now: number,
): Promise<Explanation | null> {
  const id = crypto.randomUUID();
  let isOnRecord = false;
  const add = (txId: string | null) => {
    const { mark, expiresAt } = movement;
    const progress = { kind: txId === null ? ("handed" as const) : ("signed" as const) };
    const kept = { id, txId, sender: wallet.address, mark, feeUstx, signedAt: now, expiresAt, progress };
    change({ kind: "added", transaction: { ...intent, ...kept } });
    isOnRecord = true;
  };
  try {
    await wallet.signAndBroadcast(call, {
      feeUstx,
      onHanded: () => add(null),
      onSigned: (txId) => (isOnRecord ? change({ kind: "identified", id, txId }) : add(txId)),
    });
  } catch (error) {
    if (!isSurelyUnsent(error, isOnRecord)) return null;
    if (isOnRecord) change({ kind: "withdrawn", id });
    return explain(error);
  }
  return null;
}
