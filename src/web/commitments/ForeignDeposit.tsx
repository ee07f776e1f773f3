/** A commitment whose deposit somebody else sends: what that one has to do, and until when. */
import { Link } from "wouter";
import type { Tier } from "../../domain/tiers";
import type { Token } from "../../domain/tokens";
import { Amount } from "../amounts/Amount";
import { readableTime } from "../amounts/words";
import { Notice } from "../ui/Notice";
import styles from "./deposit.module.css";

export interface ForeignCommitment {
  depositor: string;
  token: Token;
  tier: Tier;
  amount: bigint;
  reference: bigint;
  /** Block time, ms. */
  expiresAt: number;
}

interface ForeignDepositProps {
  commitment: ForeignCommitment;
  vaultContract: string;
  onDone(): void;
}

export function ForeignDeposit({ commitment, vaultContract, onDone }: ForeignDepositProps) {
  const { depositor, token, tier, amount, reference, expiresAt } = commitment;
  return (
    <div role="status">
      <Notice
        tone="info"
        title={`${tier} waits for this deposit until ${readableTime(expiresAt)}`}
        action={
          <button type="button" className="quiet" onClick={onDone}>
            Done
          </button>
        }
      >
        <dl className={styles.reference}>
          <dt>Sender</dt>
          <dd>
            <code>{depositor}</code>
          </dd>
          <dt>Calls</dt>
          <dd>
            <code>deposit-funds</code> of <code>{vaultContract}</code>
          </dd>
          <dt>Amount</dt>
          <dd>
            <Amount of={amount} token={token} />, exactly
          </dd>
          <dt>Reference</dt>
          <dd>
            <code>{String(reference)}</code>
          </dd>
        </dl>
        <p>
          Without this reference, or from another sender, it stands in the sender's suspense. You find the commitment in
          your <Link href="/portfolio">portfolio</Link>, where it can be cancelled.
        </p>
      </Notice>
    </div>
  );
}
