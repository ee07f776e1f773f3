/** What somebody sees who has nothing here yet: what it is for, and what to do first. */
import { Link } from "wouter";
import styles from "./portfolio.module.css";

export function Newcomer() {
  return (
    <div className={styles.newcomer}>
      <p>Nothing yet. Deposit STX or sBTC into a tier; it appears here once it is final.</p>
      <ol className={styles.steps}>
        <li>
          <strong>Choose a tier.</strong> Conservative can't fall short and earns least; Balanced and Aggressive earn
          more and may be called. <Link href="/">Compare the tiers</Link>
        </li>
        <li>
          <strong>Deposit.</strong> Your wallet signs one call, of exactly this amount to the vault and nothing else.
        </li>
        <li>
          <strong>Watch it here.</strong> Pending first, available once its block is final, then at work behind
          policies.
        </li>
      </ol>
      <Link className={styles.primary} href="/deposit">
        Make your first deposit
      </Link>
    </div>
  );
}
