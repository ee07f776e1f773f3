/** The last look before signing: in words, what will happen, what protects it, and what it costs. */
import { useEffect, useRef } from "react";
import { Amount } from "../amounts/Amount";
import { Problem } from "../refusals/Problem";
import { shortAddress } from "../wallets/wallet";
import type { Review, Submission } from "./useSubmission";

function Terms({ review }: { review: Review }) {
  const { intent, movement, wallet, call, feeUstx } = review;
  const { token, amount } = intent;
  const party = (principal: string) =>
    principal === wallet.address ? (
      `${wallet.name} (${shortAddress(principal)})`
    ) : (
      <>
        The vault <code>{principal}</code>
      </>
    );
  return (
    <dl className="terms">
      <dt>From</dt>
      <dd>{party(movement.from)}</dd>
      <dt>To</dt>
      <dd>{party(movement.to)}</dd>
      <dt>Amount</dt>
      <dd>
        <Amount of={amount} token={token} />
      </dd>
      <dt>Network fee</dt>
      <dd>
        <Amount of={feeUstx} token="STX" /> paid by {wallet.name}
      </dd>
      <dt>Protection</dt>
      <dd>
        Post-condition, deny mode: unless exactly <Amount of={amount} token={token} /> leaves{" "}
        {movement.from === wallet.address ? "your wallet" : "the vault"}, and nothing else leaves anyone, the chain
        undoes the call.
      </dd>
      <dt>Call</dt>
      <dd>
        <code>{call.functionName}</code> on {call.network}
      </dd>
    </dl>
  );
}

function promise({ action, tier }: Review["intent"]): string {
  return action === "deposit"
    ? `Once its block is final, the amount is credited to your ${tier} position.`
    : `The amount is reserved for you and authorised for one hour. If you don't send the transaction, it returns to your ${tier} position after that; asking for the same amount again brings you back here.`;
}

export function ReviewDialog({ submission }: { submission: Submission }) {
  const { state, send, close } = submission;
  const dialog = useRef<HTMLDialogElement>(null);
  const review = state.kind === "reviewing" || state.kind === "sending" ? state.review : null;
  const isOpen = review !== null;
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  const isSending = state.kind === "sending";
  return (
    <dialog
      ref={dialog}
      aria-labelledby="review"
      onCancel={(event) => {
        event.preventDefault();
        if (!isSending) close();
      }}
    >
      {review && (
        <>
          <h2 id="review">
            {review.intent.action === "deposit" ? "Deposit " : "Withdraw "}
            <Amount of={review.intent.amount} token={review.intent.token} />
          </h2>
          <p>{promise(review.intent)}</p>
          <Terms review={review} />
          <Problem explanation={state.kind === "reviewing" ? state.problem : null} />
          <div className="actions">
            <button type="button" className="quiet" disabled={isSending} onClick={close}>
              Cancel
            </button>
            <button type="button" disabled={isSending} onClick={() => void send()}>
              {isSending ? "Signing and sending …" : "Sign and send"}
            </button>
          </div>
        </>
      )}
    </dialog>
  );
}
