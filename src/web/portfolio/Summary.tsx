/** All capital of a provider at a glance: in dollars, by the prices of now, and by token. */
import { TOKENS, type Token } from "../../domain/tokens";
import { Amount } from "../amounts/Amount";
import { readableUsd } from "../amounts/words";
import { readableAge } from "../prices/standing";
import { Badge } from "../ui/Badge";
import { Meaning } from "./explanations";
import styles from "./portfolio.module.css";
import type { Position } from "./portfolioData";
import { held, type Pocket, sumOf, type TokenStandings, worthOfAll } from "./sums";

const FIGURES: { pocket: Pocket; name: "Total" | "Available" | "Reserved" | "Locked" | "Yield" }[] = [
  { pocket: "total", name: "Total" },
  { pocket: "available", name: "Available" },
  { pocket: "reserved", name: "Reserved" },
  { pocket: "locked", name: "Locked" },
  { pocket: "accruedYield", name: "Yield" },
];

/** Where dollars are shown by a price that is old. */
function StaleMark({ standings, tokens }: { standings: TokenStandings; tokens: Token[] }) {
  const old = tokens.flatMap((token) => {
    const standing = standings[token];
    return standing.kind === "stale" ? [`${token}: ${readableAge(standing.ageMs)}`] : [];
  });
  if (old.length === 0) return null;
  return (
    <p className={styles.stale}>
      <Badge tone="warning">Stale price</Badge> Dollars are by the last known prices ({old.join(", ")}).
    </p>
  );
}

interface SummaryProps {
  positions: Position[];
  standings: TokenStandings;
}

export function Summary({ positions, standings }: SummaryProps) {
  const inUse = TOKENS.filter((token) => positions.some((position) => position.token === token));
  return (
    <>
      <dl className={styles.summary}>
        {FIGURES.map(({ pocket, name }) => {
          const amounts = sumOf(positions, pocket);
          const worth = worthOfAll(amounts, standings);
          const shown = held(amounts).length > 0 ? held(amounts) : inUse.slice(0, 1);
          return (
            <div key={pocket} className={styles.figure}>
              <dt>
                {name} <Meaning of={name} />
              </dt>
              <dd>
                <strong className="amount">{worth === null ? "no price yet" : readableUsd(worth)}</strong>
                {shown.map((token) => (
                  <Amount key={token} of={amounts[token]} token={token} />
                ))}
              </dd>
            </div>
          );
        })}
      </dl>
      <StaleMark standings={standings} tokens={inUse} />
    </>
  );
}
