/**
 * The way from a filled form to a sent transaction, the same for every form: ask the service for the call, check it,
 * show it, have the wallet sign and send it.
 */
import { ConvexError } from "convex/values";
import { useRef, useState } from "react";
import { useAccount } from "../account/AccountProvider";
import type { WebConfig } from "../config";
import { type Explanation, explain } from "../refusals/explain";
import { useSession } from "../session/SessionProvider";
import { openWallet } from "../wallets/open";
import type { UnsignedCall } from "../wallets/wallet";
import type { Intent } from "./intent";
import { type Review, sendReviewed } from "./send";

export type { Review } from "./send";

export type SubmissionState =
  | { kind: "idle"; problem: Explanation | null }
  | { kind: "requesting" }
  | { kind: "reviewing"; review: Review; problem: Explanation | null }
  | { kind: "sending"; review: Review };

export interface Submission {
  state: SubmissionState;
  /**
   * @param intent what the person wants; a function where the service's answer is a part of it, as the id of a policy is:
   * it is called after `request`
   * @param request asks the service for the call
   */
  begin(intent: Intent | (() => Intent), request: () => Promise<UnsignedCall>): Promise<void>;
  send(): Promise<void>;
  /** Puts a review or a problem away; what is under way goes on. */
  close(): void;
}

const IDLE: SubmissionState = { kind: "idle", problem: null };

async function reviewOf(call: UnsignedCall, intent: Intent, owner: string, config: WebConfig): Promise<Review> {
  const [wallet, { checkCall, estimateFee }] = await Promise.all([openWallet(config, owner), import("./review")]);
  const checked = checkCall(call, intent, owner, config);
  if (!checked.ok) throw new ConvexError(checked.refusal);
  const feeUstx = await estimateFee(call, config.stacksApiUrl);
  return { intent, call, wallet, movement: checked.value, feeUstx };
}

/** @param onSent called once the transaction is on its way */
export function useSubmission(onSent: () => void): Submission {
  const { expire } = useSession();
  const { config, address: owner, change } = useAccount();
  const [state, setState] = useState<SubmissionState>(IDLE);
  // A second press comes before the first one's state is drawn.
  const isBusy = useRef(false);

  const alone = async (work: () => Promise<void>) => {
    if (isBusy.current) return;
    isBusy.current = true;
    await work().finally(() => {
      isBusy.current = false;
    });
  };

  const begin: Submission["begin"] = (intent, request) =>
    alone(async () => {
      setState({ kind: "requesting" });
      try {
        const call = await request();
        const review = await reviewOf(call, typeof intent === "function" ? intent() : intent, owner, config);
        setState({ kind: "reviewing", review, problem: null });
      } catch (error) {
        const problem = explain(error);
        if (problem.code === "NOT_SIGNED_IN") expire();
        setState({ kind: "idle", problem });
      }
    });

  const send: Submission["send"] = () =>
    alone(async () => {
      if (state.kind !== "reviewing") return;
      const { review } = state;
      setState({ kind: "sending", review });
      const outcome = await sendReviewed(review, change, Date.now());
      if (outcome.kind === "refused") return setState({ kind: "reviewing", review, problem: outcome.problem });
      if (outcome.kind === "unclear") return setState({ kind: "idle", problem: outcome.problem });
      setState(IDLE);
      onSent();
    });

  const close = () => setState((last) => (last.kind === "requesting" || last.kind === "sending" ? last : IDLE));

  return { state, begin, send, close };
}
