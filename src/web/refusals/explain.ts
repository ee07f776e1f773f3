/** Turns whatever went wrong into words for a person: what happened, and what to do. */
import { ConvexError } from "convex/values";
import { BroadcastRejected } from "../wallets/wallet";

export interface Explanation {
  /** Of a refusal; stable, for programs and for support. */
  code: string | null;
  message: string;
}

const REJECTIONS: Record<string, string> = {
  NotEnoughFunds: "The wallet has too little STX for the network's fee. Add some, then try again.",
  BadNonce: "The wallet has sent another transaction in the meantime. Try again.",
  ConflictingNonceInMempool: "Another transaction of this wallet is still waiting. Try again once it is mined.",
  TooMuchChaining: "Too many transactions of this wallet are waiting. Try again once some are mined.",
  FeeTooLow: "The network asks for a higher fee than estimated. Close this and start again for a fresh estimate.",
};

function refusalOf(error: unknown): Explanation | null {
  if (!(error instanceof ConvexError)) return null;
  const data: unknown = error.data;
  if (typeof data !== "object" || data === null || !("code" in data) || !("message" in data)) return null;
  return { code: String(data.code), message: String(data.message) };
}

export function explain(error: unknown): Explanation {
  const refusal = refusalOf(error);
  if (refusal) return refusal;
  if (error instanceof BroadcastRejected) {
    const known = REJECTIONS[error.reason];
    const message = known ?? `The network refused the transaction (${error.reason}). Nothing was sent.`;
    return { code: error.reason, message };
  }
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof TypeError && /fetch|network/i.test(text)) {
    return { code: null, message: "The Stacks network can't be reached. Check the connection, then try again." };
  }
  if (/connection lost/i.test(text)) {
    return { code: null, message: "The connection broke before the answer came. Try again: nothing happens twice." };
  }
  return { code: null, message: `Something failed that should not have: ${text}` };
}
