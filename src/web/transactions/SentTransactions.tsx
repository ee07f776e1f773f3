/** What this wallet has sent from this browser, and how far each transaction has come. */
import { useQuery } from "convex/react";
import { useEffect, useState } from "react";
import { api } from "../../../convex/_generated/api";
import { useAccount } from "../account/AccountProvider";
import { Amount } from "../amounts/Amount";
import { readableTime } from "../amounts/words";
import { ExplorerLink } from "./ExplorerLink";
import { nounOf, placeOf } from "./intent";
import { describe, type Heights, STEPS, slowness, stepsDone } from "./progressWords";
import styles from "./sent.module.css";
import { isSettled, type SentTransaction } from "./transaction";

function Steps({ progress }: Pick<SentTransaction, "progress">) {
  if (progress.kind === "failed") return <span className="badge bad">Failed</span>;
  if (progress.kind === "lost") return <span className="badge">Not seen</span>;
  const done = stepsDone(progress);
  return (
    <ol className={styles.steps} aria-label={`Step ${done} of ${STEPS.length}: ${STEPS[done - 1] ?? "in your wallet"}`}>
      {STEPS.map((step, index) => (
        <li key={step} className={index < done ? styles.done : ""}>
          {step}
        </li>
      ))}
    </ol>
  );
}

interface SentListProps {
  transactions: SentTransaction[];
  heights: Heights | null;
  /** Ms; tells ages only. */
  now: number;
  /** Takes one off the list that nothing more will come of. */
  onDismiss(id: string): void;
}

/** What has failed or was given up, and what a wallet has not answered for long: a person knows what became of it. */
function isDismissible(transaction: SentTransaction, now: number): boolean {
  const { kind } = transaction.progress;
  return kind === "failed" || kind === "lost" || (kind === "handed" && slowness(transaction, now) !== null);
}

export function SentList({ transactions, heights, now, onDismiss }: SentListProps) {
  if (transactions.length === 0) return <p className="empty">What you sign in this browser is followed here.</p>;
  return (
    <ul className={styles.list}>
      {transactions.map((transaction) => (
        <li key={transaction.id}>
          <div className={styles.headline}>
            <span>
              {nounOf(transaction)} <Amount of={transaction.amount} token={transaction.token} /> {placeOf(transaction)}
            </span>
            <Steps progress={transaction.progress} />
          </div>
          <p className="hint" aria-live="polite">
            {describe(transaction, heights)} {slowness(transaction, now)}
          </p>
          <p className="hint">
            <time dateTime={new Date(transaction.signedAt).toISOString()}>{readableTime(transaction.signedAt)}</time>
            {transaction.txId !== null && (
              <>
                {" · "}
                <ExplorerLink txId={transaction.txId} />
              </>
            )}
            {isDismissible(transaction, now) && (
              <button type="button" className={styles.dismiss} onClick={() => onDismiss(transaction.id)}>
                Take it off the list
              </button>
            )}
          </p>
        </li>
      ))}
    </ul>
  );
}

/** The chain's heights, asked for only while a transaction is between its block and the books: they change with each block. */
function useHeights(transactions: SentTransaction[]): Heights | null {
  const isNeeded = transactions.some(({ progress }) => progress.kind === "mined");
  return useQuery(api.liquidity.getSyncStatus, isNeeded ? {} : "skip") ?? null;
}

/** Looks at the clock now and then while something waits. */
function useNow(isNeeded: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isNeeded) return;
    const timer = setInterval(() => setNow(Date.now()), 15_000);
    return () => clearInterval(timer);
  }, [isNeeded]);
  return now;
}

interface SentTransactionsProps {
  /** Which ones; all if left out. */
  filter?: (transaction: SentTransaction) => boolean;
}

/** The list alone, for a page or the tray to put a heading above. */
export function SentTransactions({ filter = () => true }: SentTransactionsProps) {
  const account = useAccount();
  const transactions = account.transactions.filter(filter);
  const heights = useHeights(transactions);
  const now = useNow(transactions.some((transaction) => !isSettled(transaction)));
  const dismiss = (id: string) => account.change({ kind: "withdrawn", id });
  return <SentList transactions={transactions} heights={heights} now={now} onDismiss={dismiss} />;
}
