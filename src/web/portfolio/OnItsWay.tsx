/** What waits: deposits that are not final, commitments without their deposit, withdrawals that are not paid. */
import type { ReactNode } from "react";
import { Amount } from "../amounts/Amount";
import { readableTime } from "../amounts/words";
import type { Explanation } from "../refusals/explain";
import { Problem } from "../refusals/Problem";
import { ExplorerLink } from "../transactions/ExplorerLink";
import { isSettled, type SentTransaction } from "../transactions/transaction";
import { Busy } from "../ui/Busy";
import { Card } from "../ui/Card";
import { useToast } from "../ui/Toasts";
import { useAct } from "./acts/useAct";
import type { Acts } from "./acts/useActs";
import styles from "./portfolio.module.css";
import type { OpenCommitment, OpenWithdrawal, PendingDeposit, PortfolioData } from "./portfolioData";

function Row({ what, state, children }: { what: ReactNode; state: ReactNode; children?: ReactNode }) {
  return (
    <li className={styles.waiting}>
      <span className="dot busy" aria-hidden />
      <div className={styles.what}>
        <p>{what}</p>
        <p className="hint">{state}</p>
      </div>
      {children}
    </li>
  );
}

function Deposit({ txId, token, amount, tier, blockHeight }: PendingDeposit) {
  return (
    <Row
      what={
        <>
          <Amount of={amount} token={token} /> {tier ? `for ${tier}` : "without a commitment, for suspense"}
        </>
      }
      state={`In block ${blockHeight}, waiting for finality. It counts once Bitcoin has confirmed that block.`}
    >
      <ExplorerLink txId={txId} />
    </Row>
  );
}

interface CommitmentProps {
  commitment: OpenCommitment;
  address: string;
  acts: Pick<Acts, "cancelCommitment">;
  hindrance: string | null;
}

export function Commitment({ commitment, address, acts, hindrance }: CommitmentProps) {
  const { commitmentId, token, amount, tier, depositor, expiresAt } = commitment;
  const act = useAct();
  const tell = useToast();
  const from = depositor === address ? "your deposit" : `the deposit of ${depositor}`;
  const cancel = () =>
    act.run(async () => {
      await acts.cancelCommitment(commitmentId);
      tell("The commitment is cancelled, and its room is given back.");
    });
  return (
    <Row
      what={
        <>
          <Amount of={amount} token={token} /> committed to {tier}
        </>
      }
      state={`Waits for ${from}. The tier keeps the room until ${readableTime(expiresAt)}.`}
    >
      <button
        type="button"
        className="quiet"
        disabled={act.isBusy || hindrance !== null}
        title={hindrance ?? undefined}
        onClick={() => void cancel()}
      >
        <Busy isBusy={act.isBusy} words="Cancelling …">
          Cancel commitment
        </Busy>
      </button>
      <Problem explanation={act.problem} />
    </Row>
  );
}

interface WithdrawalProps {
  withdrawal: OpenWithdrawal;
  /** The wallet's own transaction that takes it, if this browser sent one. */
  sent: SentTransaction | null;
  acts: Pick<Acts, "cancelWithdrawal">;
  hindrance: string | null;
  onFinish(): void;
}

function stateOf({ status, expiresAt }: OpenWithdrawal, sent: SentTransaction | null): string {
  if (status === "cancelling") {
    return "Being cancelled: the vault has to revoke its signature first. The amount returns when that is final; if your wallet was faster, it is paid.";
  }
  if (sent) return "Sent by your wallet; it is paid once its block is final.";
  return `Signed, and waiting for your wallet to send it, until ${readableTime(expiresAt)}. Then the amount returns by itself.`;
}

export function Withdrawal({ withdrawal, sent, acts, hindrance, onFinish }: WithdrawalProps) {
  const { withdrawalId, token, amount, tier, status } = withdrawal;
  const act = useAct();
  const tell = useToast();
  const cancel = () =>
    act.run(async () => {
      await acts.cancelWithdrawal(withdrawalId);
      tell("The service asks the vault to revoke the withdrawal. The amount returns when that is final.");
    });
  const isWaiting = status === "authorised";
  const isOff = act.isBusy || hindrance !== null;
  return (
    <Row
      what={
        <>
          <Amount of={amount} token={token} /> out of {tier ?? "suspense"}
        </>
      }
      state={stateOf(withdrawal, sent)}
    >
      {sent?.txId && <ExplorerLink txId={sent.txId} />}
      {isWaiting && !sent && (
        <div className={styles.acts}>
          <button type="button" disabled={isOff} title={hindrance ?? undefined} onClick={onFinish}>
            Finish withdrawal
          </button>
          <button type="button" className="quiet" disabled={isOff} onClick={() => void cancel()}>
            <Busy isBusy={act.isBusy} words="Cancelling …">
              Cancel withdrawal
            </Busy>
          </button>
        </div>
      )}
      <Problem explanation={act.problem} />
    </Row>
  );
}

/** Commitments whose deposit is in a block already are shown as that. */
function withoutDeposit({ openCommitments, pendingDeposits }: PortfolioData): OpenCommitment[] {
  const arrived = new Set(pendingDeposits.map(({ reference }) => reference));
  return openCommitments.filter(({ reference }) => !arrived.has(reference));
}

/** The transaction of this wallet that takes an open withdrawal, while it is on its way. */
export function senderOf(withdrawal: OpenWithdrawal, transactions: SentTransaction[]): SentTransaction | null {
  const { token, tier, amount } = withdrawal;
  const takes = (known: SentTransaction) =>
    known.action === (tier === null ? "suspenseWithdrawal" : "withdrawal") &&
    known.token === token &&
    known.amount === amount &&
    (known.action !== "withdrawal" || known.tier === tier);
  return transactions.find((known) => !isSettled(known) && takes(known)) ?? null;
}

interface OnItsWayProps {
  portfolio: PortfolioData;
  acts: Acts;
  /** What this wallet sent from this browser. */
  transactions: SentTransaction[];
  hindrance: string | null;
  /** Why a withdrawal could not be finished. */
  problem: Explanation | null;
  onFinish(withdrawal: OpenWithdrawal): void;
}

export function OnItsWay({ portfolio, acts, transactions, hindrance, problem, onFinish }: OnItsWayProps) {
  const { pendingDeposits, openWithdrawals, address } = portfolio;
  const commitments = withoutDeposit(portfolio);
  if (pendingDeposits.length + commitments.length + openWithdrawals.length === 0) return null;
  return (
    <Card title="On its way">
      {pendingDeposits.length > 0 && (
        <ul aria-label="Pending deposits">
          {pendingDeposits.map((deposit) => (
            <Deposit key={deposit.txId} {...deposit} />
          ))}
        </ul>
      )}
      {commitments.length > 0 && (
        <ul aria-label="Open commitments">
          {commitments.map((commitment) => (
            <Commitment key={commitment.commitmentId} {...{ commitment, address, acts, hindrance }} />
          ))}
        </ul>
      )}
      {openWithdrawals.length > 0 && (
        <ul aria-label="Open withdrawals">
          {openWithdrawals.map((withdrawal) => (
            <Withdrawal
              key={withdrawal.withdrawalId}
              {...{ withdrawal, acts, hindrance }}
              sent={senderOf(withdrawal, transactions)}
              onFinish={() => onFinish(withdrawal)}
            />
          ))}
        </ul>
      )}
      <Problem explanation={problem} />
    </Card>
  );
}
