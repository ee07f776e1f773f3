/** What the page needs of a wallet, whichever it is: to show who it is, to sign a message, to sign and send a call. */
import type { FunctionReturnType } from "convex/server";
import type { api } from "../../../convex/_generated/api";

/** A contract call as the backend returns it, for a wallet to sign. */
export type UnsignedCall = FunctionReturnType<typeof api.liquidity.requestCommitCapital>["transaction"];

export interface SendingTerms {
  feeUstx: bigint;
  /** A wallet that signs and sends by itself is about to get the call: from here on its answer may be lost. */
  onHanded(): void;
  /** Told the transaction's id as soon as it is known: where the page signs, that is before it leaves. */
  onSigned(txId: string): void;
}

/** A message signature as Stacks wallets make it, and the key behind it. */
export interface SignedMessage {
  /** RSV, hex without 0x. */
  signature: string;
  /** Compressed, hex. */
  publicKey: string;
}

export interface Wallet {
  name: string;
  address: string;
  /** Whether it shows a window of its own before it signs, with a fee of its own. */
  asksItsOwner: boolean;
  /** Refused: `WalletProblem`. */
  signMessage(message: string): Promise<SignedMessage>;
  /** Ends when the network has taken the transaction. Refused: `BroadcastRejected`, `WalletProblem`. */
  signAndBroadcast(call: UnsignedCall, terms: SendingTerms): Promise<void>;
}

/** The network looked at the transaction and did not take it: nothing happened. */
export class BroadcastRejected extends Error {
  override name = "BroadcastRejected";

  constructor(readonly reason: string) {
    super(`The network refused the transaction: ${reason}`);
  }
}

export type WalletTrouble =
  | "WALLET_REJECTED"
  | "NO_WALLET"
  | "NO_ADDRESS"
  | "OTHER_NETWORK"
  | "OTHER_ACCOUNT"
  | "NO_PUBLIC_KEY"
  | "WALLET_CANNOT"
  | "WALLET_FAILED"
  /** It may have sent the transaction: only the chain can tell. */
  | "WALLET_UNCLEAR";

/** A wallet did not do what it was asked. But for WALLET_UNCLEAR nothing was sent. */
export class WalletProblem extends Error {
  override name = "WalletProblem";

  constructor(
    readonly trouble: WalletTrouble,
    /** What happened and what to do. */
    message: string,
  ) {
    super(message);
  }
}

/** "ST1SJ…SSP2B": enough to tell two addresses apart at a glance. */
export function shortAddress(address: string): string {
  return `${address.slice(0, 5)}…${address.slice(-5)}`;
}
