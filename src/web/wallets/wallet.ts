/** What the page needs of a wallet, whichever it is: to show who it is, to sign a message, to sign and send a call. */
import type { FunctionReturnType } from "convex/server";
import type { api } from "../../../convex/_generated/api";

/** A contract call as the backend returns it, for a wallet to sign. */
export type UnsignedCall = FunctionReturnType<typeof api.liquidity.requestCommitCapital>["transaction"];

export interface SendingTerms {
  feeUstx: bigint;
  /** Told the transaction's id before it leaves, so that it is on record whatever happens to the reply. */
  onSigned(txId: string): void;
}

export interface Wallet {
  name: string;
  address: string;
  /** Compressed, hex. */
  publicKey: string;
  /** A message signature as Stacks wallets make it: RSV, hex. */
  signMessage(message: string): Promise<string>;
  /** Ends when the network has taken the transaction. Refused: `BroadcastRejected`. */
  signAndBroadcast(call: UnsignedCall, terms: SendingTerms): Promise<void>;
}

/** The network looked at the transaction and did not take it: nothing happened. */
export class BroadcastRejected extends Error {
  override name = "BroadcastRejected";

  constructor(readonly reason: string) {
    super(`The network refused the transaction: ${reason}`);
  }
}

/** "ST1SJ…SSP2B": enough to tell two addresses apart at a glance. */
export function shortAddress(address: string): string {
  return `${address.slice(0, 5)}…${address.slice(-5)}`;
}
