/** What its owner sent to the vault and no commitment claims: put into a tier, or taken out again. */
import { Amount } from "../amounts/Amount";
import { readableUsd } from "../amounts/words";
import { Card } from "../ui/Card";
import { Meaning } from "./explanations";
import styles from "./portfolio.module.css";
import type { SuspenseRow } from "./portfolioData";
import { type TokenStandings, worthOfAll } from "./sums";

function shownWorth({ amount, token }: SuspenseRow, standings: TokenStandings): string {
  const worth = worthOfAll({ STX: 0n, sBTC: 0n, [token]: amount }, standings);
  return worth === null ? "no price yet" : `≈ ${readableUsd(worth)}`;
}

interface SuspenseProps {
  rows: SuspenseRow[];
  standings: TokenStandings;
  onAssign(row: SuspenseRow): void;
  onWithdraw(row: SuspenseRow): void;
}

export function Suspense({ rows, standings, onAssign, onWithdraw }: SuspenseProps) {
  if (rows.length === 0) return null;
  return (
    <Card title="In suspense" aside={<Meaning of="Suspense" />}>
      <p className="hint">
        You sent this to the vault, but no commitment of yours matches it. It is yours and safe; it earns nothing until
        it is in a tier.
      </p>
      <ul>
        {rows.map((row) => (
          <li key={row.token} className={styles.waiting}>
            <div className={styles.what}>
              <p>
                <Amount of={row.amount} token={row.token} /> <span className="worth">{shownWorth(row, standings)}</span>
              </p>
              {row.reserved > 0n && (
                <p className="hint">
                  Beside it <Amount of={row.reserved} token={row.token} /> is reserved for the withdrawal that is open.
                </p>
              )}
            </div>
            {row.amount > 0n && (
              <div className={styles.acts}>
                <button type="button" onClick={() => onAssign(row)}>
                  Assign to a tier
                </button>
                {row.reserved === 0n && (
                  <button type="button" className="quiet" onClick={() => onWithdraw(row)}>
                    Withdraw
                  </button>
                )}
              </div>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
