/** A withdrawal of this position that is authorised and not paid yet: it is finished, cancelled, or waited for. */
import { Link } from "wouter";
import type { Token } from "../../domain/tokens";
import { readableAmount } from "../amounts/typing";
import { readableTime } from "../amounts/words";
import { Notice } from "../ui/Notice";
import styles from "./withdrawals.module.css";

export interface OpenWithdrawalProps {
  withdrawal: { token: Token; amount: bigint; status: string; expiresAt: number };
  /** Its transaction was sent from this browser and has not ended. */
  isOnItsWay: boolean;
  /** Why nothing can be done now; null if it can. */
  hindrance: string | null;
  isBusy: boolean;
  onFinish(): void;
  onCancel(): void;
}

export function OpenWithdrawal({ withdrawal, isOnItsWay, hindrance, isBusy, onFinish, onCancel }: OpenWithdrawalProps) {
  const { token, amount, status, expiresAt } = withdrawal;
  const shown = `${readableAmount(amount, token)} ${token}`;
  if (status === "cancelling") {
    return (
      <Notice tone="info" title={`A withdrawal of ${shown} is being cancelled`}>
        Its amount returns once the vault has revoked the signature, unless your wallet was faster.
      </Notice>
    );
  }
  if (isOnItsWay) {
    return (
      <Notice tone="info" title={`A withdrawal of ${shown} is on its way`}>
        You see below how far it has come. The next one can begin once this one is final.
      </Notice>
    );
  }
  const isOff = hindrance !== null || isBusy;
  return (
    <Notice
      tone="warning"
      title={`A withdrawal of ${shown} is open until ${readableTime(expiresAt)}`}
      action={
        <div className={styles.acts}>
          <button type="button" disabled={isOff} onClick={onFinish}>
            Finish it
          </button>
          <button type="button" className="quiet" disabled={isOff} onClick={onCancel}>
            Cancel it
          </button>
        </div>
      }
    >
      It is reserved and signed for you. A position has one at a time: finish it, cancel it, or its amount returns after
      that time. Your <Link href="/portfolio">portfolio</Link> lists all of them.
    </Notice>
  );
}
