/** Turns whatever went wrong into words for a person: what happened, and what to do. */
import { ConvexError } from "convex/values";
import { BroadcastRejected, WalletProblem } from "../wallets/wallet";
import { nextStepOf } from "./nextSteps";

export interface Explanation {
  /** Of a refusal; stable, for programs and for support. */
  code: string | null;
  /** What happened. */
  message: string;
  /** What to do, where the message does not say it. */
  next?: string | null;
  /** Where to do it. */
  link?: { to: string; label: string } | null;
  /** Of what nobody foresaw: what an operator has to be told. */
  details?: string;
}

const REJECTIONS: Record<string, string> = {
  NotEnoughFunds: "The wallet has too little STX for the network's fee. Add some, then try again.",
  BadNonce: "The wallet has sent another transaction in the meantime. Try again.",
  ConflictingNonceInMempool: "Another transaction of this wallet is still waiting. Try again once it is mined.",
  TooMuchChaining: "Too many transactions of this wallet are waiting. Try again once some are mined.",
  FeeTooLow: "The network asks for a higher fee than estimated. Close this and start again for a fresh estimate.",
  NoSuchContract: "The network does not know the vault. Nothing was sent; tell the operator.",
  EstimatorError: "The network can't take transactions now. Nothing was sent; try again in a minute.",
};

function refusalOf(error: unknown): Explanation | null {
  if (!(error instanceof ConvexError)) return null;
  const data: unknown = error.data;
  if (typeof data !== "object" || data === null || !("code" in data) || !("message" in data)) return null;
  const code = String(data.code);
  const step = nextStepOf(code, { ...data });
  return { code, message: step?.message ?? String(data.message), next: step?.next ?? null, link: step?.link ?? null };
}

const UNREACHABLE = /failed to fetch|fetch failed|networkerror|load failed|network request failed/i;

function ofConnection(error: unknown, text: string): Explanation | null {
  if (error instanceof TypeError && (UNREACHABLE.test(text) || /fetch|network/i.test(text))) {
    return {
      code: null,
      message: "The Stacks network can't be reached.",
      next: "Check the connection, then try again. Nothing was sent.",
    };
  }
  if (/connection lost/i.test(text)) {
    return {
      code: null,
      message: "The connection broke before the answer came.",
      next: "Try again: nothing happens twice.",
    };
  }
  const [, status] = /The Stacks API answered HTTP (\d+)/.exec(text) ?? [];
  if (status === "429") {
    return { code: null, message: "The Stacks network is asked too often.", next: "Try again in a minute." };
  }
  if (status !== undefined) {
    return {
      code: null,
      message: `The Stacks network does not answer as it should (HTTP ${status}).`,
      next: "Try again.",
    };
  }
  return null;
}

/** The service tells nobody what failed inside it, but under which number it is in its log. */
function unforeseen(text: string): Explanation {
  const [, request] = /\[Request ID: (\w+)\]/.exec(text) ?? [];
  const message =
    request === undefined ? `Something failed that should not have: ${text}` : "The service failed at this.";
  const next = "Try again; if it repeats, tell the operator, with these details.";
  return { code: null, message, next, details: text };
}

export function explain(error: unknown): Explanation {
  const refusal = refusalOf(error);
  if (refusal) return refusal;
  if (error instanceof WalletProblem) return { code: error.trouble, message: error.message };
  if (error instanceof BroadcastRejected) {
    const known = REJECTIONS[error.reason];
    const message = known ?? `The network refused the transaction (${error.reason}). Nothing was sent.`;
    return { code: error.reason, message };
  }
  const text = error instanceof Error ? error.message : String(error);
  return ofConnection(error, text) ?? unforeseen(text);
}
