/** A quote whose premium may still be paid: how long, and the way to pay it. */
import { readableAmount } from "../amounts/typing";
import { Problem } from "../refusals/Problem";
import { ReviewDialog } from "../transactions/ReviewDialog";
import { usePurchase } from "./usePurchase";
import { type Policy, readableSpan } from "./words";

interface OpenQuoteProps {
  policy: Policy;
  /** Ms. */
  now: number;
  /** Why nothing can be sent now; null if it can. */
  hindrance: string | null;
  /** Its premium is on its way already. */
  isSent: boolean;
}

export function OpenQuote({ policy, now, hindrance, isSent }: OpenQuoteProps) {
  const { termsExpireAt, premium, coverage, token } = policy;
  const purchase = usePurchase(() => {});
  const leftMs = termsExpireAt - now;
  if (isSent)
    return (
      <p role="status">Your premium is on its way. Cover starts in its block and shows here once that is final.</p>
    );
  if (leftMs <= 0) {
    return (
      <p role="status">
        Its ten minutes are over. It lapses as soon as a final block is past them; nothing was paid, unless you sent it.
      </p>
    );
  }
  return (
    <>
      <button
        type="button"
        disabled={hindrance !== null || purchase.isBusy}
        onClick={() => void purchase.buy(policy, { coverage, mostPremium: premium })}
      >
        {hindrance ?? (purchase.isBusy ? "Preparing …" : `Pay ${readableAmount(premium, token)} ${token}`)}
      </button>
      <span className="hint">
        <span className="amount">{readableSpan(leftMs)}</span> left to pay. To drop it, do nothing: it lapses by itself,
        and then you can ask for another.
      </span>
      <Problem explanation={purchase.problem} />
      <ReviewDialog submission={purchase.submission} />
    </>
  );
}
