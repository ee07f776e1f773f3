/** The last look before an exercise: it is for good, and a price decides that nobody knows yet. */
import { useAction } from "convex/react";
import { useState } from "react";
import { api } from "../../../convex/_generated/api";
import { readableAmount } from "../amounts/typing";
import { type Explanation, explain } from "../refusals/explain";
import { Problem } from "../refusals/Problem";
import { useSession } from "../session/SessionProvider";
import { Modal } from "../ui/Modal";
import { Notice } from "../ui/Notice";
import { payoutAt } from "./value";
import { nearestUsd, type Policy, protectionOf, readablePrice } from "./words";

interface ExerciseWordsProps {
  policy: Policy;
  /** Null: there is no good price now. */
  priceUsdMicros: bigint | null;
}

export function ExerciseWords({ policy, priceUsdMicros }: ExerciseWordsProps) {
  const { underlying, token, strikeUsdMicros } = policy;
  const strike = readablePrice(strikeUsdMicros);
  const at = priceUsdMicros === null ? null : payoutAt(policy, priceUsdMicros);
  return (
    <>
      <p>
        An exercise is for good. The first price of {underlying} that is published after your request decides, whichever
        it is. At {strike} or above the policy pays nothing and ends.
      </p>
      {at && at.payout > 0n && (
        <p>
          At the price of now, {readablePrice(at.priceUsdMicros)}, it would pay{" "}
          <strong className="amount">
            {readableAmount(at.payout, token)} {token}
          </strong>
          , worth {nearestUsd(at.payoutUsdMicros)}.
        </p>
      )}
      {at && at.payout === 0n && (
        <Notice tone="danger" title="It would pay nothing now.">
          The price is {readablePrice(at.priceUsdMicros)}, not below your strike. If it stays there, you give up your
          cover for nothing.
        </Notice>
      )}
      {!at && (
        <Notice tone="warning" title="There is no good price now.">
          The first good one after your request decides.
        </Notice>
      )}
    </>
  );
}

interface ExerciseDialogProps extends ExerciseWordsProps {
  isOpen: boolean;
  onClose(): void;
}

export function ExerciseDialog({ policy, priceUsdMicros, isOpen, onClose }: ExerciseDialogProps) {
  const exercise = useAction(api.policies.exercise);
  const { expire } = useSession();
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Explanation | null>(null);
  const confirm = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await exercise({ policyId: policy.policyId });
      onClose();
    } catch (error) {
      const explanation = explain(error);
      if (explanation.code === "NOT_SIGNED_IN") expire();
      setProblem(explanation);
    }
    setBusy(false);
  };
  return (
    <Modal title={`Exercise ${protectionOf(policy)}`} isOpen={isOpen} onClose={() => !isBusy && onClose()}>
      <ExerciseWords policy={policy} priceUsdMicros={priceUsdMicros} />
      <Problem explanation={problem} />
      <div className="actions">
        <button type="button" className="quiet" disabled={isBusy} onClick={onClose}>
          Keep the policy
        </button>
        <button type="button" disabled={isBusy} onClick={() => void confirm()}>
          {isBusy ? "Exercising …" : "Exercise for good"}
        </button>
      </div>
    </Modal>
  );
}
