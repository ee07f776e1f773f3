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

export type Sending =
  /** On its way, or on record as what may be. */
  | { kind: "sent" }
  /** Nothing was sent. */
  | { kind: "refused"; problem: Explanation }
  /** On record and looked for, as only the chain can tell whether it was sent. */
  | { kind: "unclear"; problem: Explanation };

/** What an error says about the transaction. */
function judged(error: unknown, isOnRecord: boolean): Sending {
  const problem = explain(error);
  if (error instanceof BroadcastRejected) return { kind: "refused", problem };
  if (error instanceof WalletProblem) {
    return { kind: error.trouble === "WALLET_UNCLEAR" ? "unclear" : "refused", problem };
  }
  // Once it is on record, a lost reply says nothing: the record finds out whether the transaction has arrived.
  return isOnRecord ? { kind: "sent" } : { kind: "refused", problem };
}

/** @param now ms */
export async function sendReviewed(
  { intent, call, wallet, movement, feeUstx }: Review,
  change: (step: RecordChange) => void,
  now: number,
): Promise<Sending> {
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
    const outcome = judged(error, isOnRecord);
    if (outcome.kind === "refused" && isOnRecord) change({ kind: "withdrawn", id });
    return outcome;
  }
  return { kind: "sent" };
}
