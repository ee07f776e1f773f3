/**
 * The way from a filled form to a sent transaction, the same for every form: ask the service for the call, check it,
 * show it, have the wallet sign and send it.
 */
import { ConvexError } from "convex/values";
import { useState } from "react";
import { useAccount } from "../account/AccountProvider";
import type { WebConfig } from "../config";
import { type Explanation, explain } from "../refusals/explain";
import { useSession } from "../session/SessionProvider";
import { openWallet } from "../wallets/open";
import { BroadcastRejected, type UnsignedCall, type Wallet } from "../wallets/wallet";
import type { Intent, Movement } from "./review";

export interface Review {
  intent: Intent;
  call: UnsignedCall;
  wallet: Wallet;
  movement: Movement;
  feeUstx: bigint;
}

export type SubmissionState =
  | { kind: "idle"; problem: Explanation | null }
  | { kind: "requesting" }
  | { kind: "reviewing"; review: Review; problem: Explanation | null }
  | { kind: "sending"; review: Review };

export interface Submission {
  state: SubmissionState;
  begin(intent: Intent, request: () => Promise<UnsignedCall>): Promise<void>;
  send(): Promise<void>;
  /** Puts a review or a problem away; what is under way goes on. */
  close(): void;
}

const IDLE: SubmissionState = { kind: "idle", problem: null };

async function reviewOf(call: UnsignedCall, intent: Intent, owner: string, config: WebConfig): Promise<Review> {
  const [wallet, { checkCall, estimateFee }] = await Promise.all([openWallet(config, owner), import("./review")]);
  const checked = checkCall(call, intent, owner, config);
  if (!checked.ok) throw new ConvexError(checked.refusal);
  const feeUstx = await estimateFee(call, wallet, config.stacksApiUrl);
  return { intent, call, wallet, movement: checked.value, feeUstx };
}

export function useSubmission(onSent: () => void): Submission {
  const { expire } = useSession();
  const { config, address: owner, change } = useAccount();
  const [state, setState] = useState<SubmissionState>(IDLE);

  const begin: Submission["begin"] = async (intent, request) => {
    setState({ kind: "requesting" });
    try {
      const review = await reviewOf(await request(), intent, owner, config);
      setState({ kind: "reviewing", review, problem: null });
    } catch (error) {
      const problem = explain(error);
      if (problem.code === "NOT_SIGNED_IN") expire();
      setState({ kind: "idle", problem });
    }
  };

  const send = async () => {
    if (state.kind !== "reviewing") return;
    const { review } = state;
    const { intent, call, wallet, feeUstx } = review;
    setState({ kind: "sending", review });
    let signed: string | null = null;
    const onSigned = (txId: string) => {
      signed = txId;
      const progress = { kind: "signed" as const };
      const transaction = { ...intent, txId, sender: owner, feeUstx, signedAt: Date.now(), progress };
      change({ kind: "signed", transaction });
    };
    try {
      await wallet.signAndBroadcast(call, { feeUstx, onSigned });
    } catch (error) {
      const isRejected = error instanceof BroadcastRejected;
      if (isRejected && signed !== null) change({ kind: "rejected", txId: signed });
      // Once signed, a lost reply says nothing: the record finds out whether the transaction has arrived.
      if (isRejected || signed === null) return setState({ kind: "reviewing", review, problem: explain(error) });
    }
    setState(IDLE);
    onSent();
  };

  const close = () => setState((last) => (last.kind === "requesting" || last.kind === "sending" ? last : IDLE));

  return { state, begin, send, close };
}
