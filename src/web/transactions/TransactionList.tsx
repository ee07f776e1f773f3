/** What this tab has sent, and how far each transaction has come. */
import { Amount } from "../amounts/Amount";
import { describe, type SentTransaction, STEPS, stepsDone } from "./transaction";

function Steps({ progress }: Pick<SentTransaction, "progress">) {
  if (progress.kind === "failed") return <span className="badge bad">Failed</span>;
  const done = stepsDone(progress);
  return (
    <ol className="steps" aria-label={`${STEPS[done - 1]}: step ${done} of ${STEPS.length}`}>
      {STEPS.map((step, index) => (
        <li key={step} className={index < done ? "done" : ""}>
          {step}
        </li>
      ))}
    </ol>
  );
}

export function TransactionList({ transactions }: { transactions: SentTransaction[] }) {
  return (
    <section className="card transactions" aria-labelledby="transactions">
      <h2 id="transactions">Your recent transactions</h2>
      {transactions.length === 0 && <p className="empty">What you sign in this tab is followed here.</p>}
      <ul aria-live="polite">
        {transactions.map((transaction) => (
          <li key={transaction.txId}>
            <div className="headline">
              <span>
                {transaction.action === "deposit" ? "Deposit of " : "Withdrawal of "}
                <Amount of={transaction.amount} token={transaction.token} />
                {transaction.action === "deposit" ? ` into ${transaction.tier}` : ` from ${transaction.tier}`}
              </span>
              <Steps progress={transaction.progress} />
            </div>
            <p className="hint">{describe(transaction)}</p>
            <code className="tx-id">{transaction.txId}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}
