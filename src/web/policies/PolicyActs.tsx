/** What the buyer of a policy can do with it now: pay for it, or exercise it. */
import { useState } from "react";
import { useAccount } from "../account/AccountProvider";
import { ExerciseDialog } from "./ExerciseDialog";
import { OpenQuote } from "./OpenQuote";
import type { Policy } from "./words";

interface PolicyActsProps {
  policy: Policy;
  /** Null: there is no good price now. */
  priceUsdMicros: bigint | null;
  /** Ms. */
  now: number;
}

export function PolicyActs({ policy, priceUsdMicros, now }: PolicyActsProps) {
  const { hindrance, transactions } = useAccount();
  const [isAsking, setAsking] = useState(false);
  const { policyId, status, expiresAt } = policy;
  if (status === "quoted") {
    const isSent = transactions.some(
      (sent) => sent.action === "premium" && sent.policyId === policyId && sent.progress.kind !== "failed",
    );
    return <OpenQuote policy={policy} now={now} hindrance={hindrance} isSent={isSent} />;
  }
  if (status !== "active") return null;
  const isOver = now >= expiresAt;
  // What pays nothing now is not the thing to press.
  const isWorthIt = priceUsdMicros !== null && priceUsdMicros < policy.strikeUsdMicros;
  return (
    <>
      <button
        type="button"
        className={isWorthIt ? undefined : "quiet"}
        disabled={hindrance !== null || isOver}
        onClick={() => setAsking(true)}
      >
        {hindrance ?? (isOver ? "Expired: it settles by itself" : "Exercise")}
      </button>
      <ExerciseDialog {...{ policy, priceUsdMicros }} isOpen={isAsking} onClose={() => setAsking(false)} />
    </>
  );
}
