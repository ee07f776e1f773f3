/** The last look before signing: in words, what will happen, what protects it, what it costs, and until when. */
import { useQuery } from "convex/react";
import type { ReactNode } from "react";
import { api } from "../../../convex/_generated/api";
import { Amount } from "../amounts/Amount";
import { readableTime } from "../amounts/words";
import { Problem } from "../refusals/Problem";
import { Modal } from "../ui/Modal";
import { shortAddress } from "../wallets/wallet";
import { verbOf } from "./intent";
import styles from "./review.module.css";
import { deadlineWords, promiseOf, protectionOf, unsentOf } from "./reviewWords";
import type { Review, Submission } from "./useSubmission";

function Term({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Party({ principal, wallet }: { principal: string } & Pick<Review, "wallet">) {
  if (principal !== wallet.address) {
    return (
      <>
        The vault <code title={principal}>{principal}</code>
      </>
    );
  }
  return (
    <>
      {wallet.name} <code title={principal}>{shortAddress(principal)}</code>
    </>
  );
}

/** @param blockTime ms of the chain's tip; null: not known */
export function ReviewTerms({ review, blockTime }: { review: Review; blockTime: number | null }) {
  const { intent, movement, wallet, call, feeUstx } = review;
  const { token, amount } = intent;
  const { terms, expiresAt } = movement;
  return (
    <dl className={styles.terms}>
      <Term name="From">
        <Party principal={movement.from} wallet={wallet} />
      </Term>
      <Term name="To">
        <Party principal={movement.to} wallet={wallet} />
      </Term>
      <Term name="Amount">
        <Amount of={amount} token={token} />
      </Term>
      {terms && (
        <>
          <Term name="Locked for you">
            <Amount of={terms.lock} token={token} /> at once, for you alone at least until{" "}
            {readableTime(terms.releaseAfter)}
          </Term>
          <Term name="Pays at most">
            <Amount of={terms.coverage} token={token} />
          </Term>
        </>
      )}
      <Term name="Network fee">
        <Amount of={feeUstx} token="STX" /> by the network's estimate, paid by {wallet.name}
        {wallet.asksItsOwner && "; your wallet may show another"}
      </Term>
      <Term name="Protection">{protectionOf(intent)}</Term>
      {expiresAt !== null && <Term name="Good for">{deadlineWords(expiresAt, blockTime)}</Term>}
      <Term name="Call">
        <code>{call.functionName}</code> on {call.network}
      </Term>
    </dl>
  );
}

/** The time of the chain's newest block, asked for only while something depends on it: it changes with each. */
function useBlockTime(review: Review | null): number | null {
  const needsTime = review !== null && review.movement.expiresAt !== null;
  return useQuery(api.liquidity.getSyncStatus, needsTime ? {} : "skip")?.asOf ?? null;
}

export function ReviewDialog({ submission }: { submission: Submission }) {
  const { state } = submission;
  const review = state.kind === "reviewing" || state.kind === "sending" ? state.review : null;
  return <ReviewContent submission={submission} blockTime={useBlockTime(review)} />;
}

export function ReviewContent({ submission, blockTime }: { submission: Submission; blockTime: number | null }) {
  const { state, send, close } = submission;
  const review = state.kind === "reviewing" || state.kind === "sending" ? state.review : null;
  const isSending = state.kind === "sending";
  const expiresAt = review?.movement.expiresAt ?? null;
  const isTooLate = expiresAt !== null && blockTime !== null && expiresAt <= blockTime;
  const title = review && (
    <>
      {verbOf(review.intent)} <Amount of={review.intent.amount} token={review.intent.token} />
    </>
  );
  return (
    <Modal title={title} isOpen={review !== null} onClose={close}>
      {review && (
        <>
          <p>{promiseOf(review.intent)}</p>
          <ReviewTerms review={review} blockTime={blockTime} />
          <p className="hint">{unsentOf(review.intent)}</p>
          {isSending && review.wallet.asksItsOwner && (
            <p role="status">Your wallet asks you to sign. What it shows has to be what is said here.</p>
          )}
          <Problem explanation={state.kind === "reviewing" ? state.problem : null} />
          <div className={styles.actions}>
            <button type="button" className="quiet" disabled={isSending} onClick={close}>
              Cancel
            </button>
            <button type="button" disabled={isSending || isTooLate} onClick={() => void send()}>
              {isSending ? "Signing and sending …" : "Sign and send"}
            </button>
          </div>
        </>
      )}
    </Modal>
  );
}
