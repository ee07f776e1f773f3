/** What the wallet is about to sign, fact by fact. */
import { readableTime } from "../amounts/words";
import styles from "./session.module.css";

interface SignInFactsProps {
  /** Null: the service is asked when the wallet signs, and its answer is checked then. */
  domain: string | null;
  address: string;
  network: string;
  /** Ms; null: not asked for yet. */
  expiresAt: number | null;
}

export function SignInFacts({ domain, address, network, expiresAt }: SignInFactsProps) {
  return (
    <dl className={styles.facts} aria-label="What your wallet signs">
      {domain !== null && (
        <>
          <dt>Asked by</dt>
          <dd>{domain}</dd>
        </>
      )}
      <dt>Account</dt>
      <dd>
        <code>{address}</code>
      </dd>
      <dt>Network</dt>
      <dd>{network}</dd>
      <dt>It allows</dt>
      <dd>seeing your portfolio here and asking for transactions, for 12 hours. It moves no money and costs no fee.</dd>
      <dt>Good until</dt>
      <dd>{expiresAt === null ? "five minutes from now" : readableTime(expiresAt)}</dd>
    </dl>
  );
}
