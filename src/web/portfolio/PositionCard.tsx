/** One position beyond its figures: its health, what holds it, and everything that can be done with it. */
import { useId, useState } from "react";
import { Link } from "wouter";
import { formatAmount } from "../../domain/tokens";
import { readableAmount } from "../amounts/typing";
import { readableTime } from "../amounts/words";
import type { Standing } from "../prices/standing";
import type { TierView } from "../tiers/useTiers";
import { Notice } from "../ui/Notice";
import { AcceptPolicies } from "./acts/AcceptPolicies";
import { CollectYield } from "./acts/CollectYield";
import type { Acts } from "./acts/useActs";
import { Meaning } from "./explanations";
import { HealthGauge } from "./HealthGauge";
import { HealthHistory } from "./HealthHistory";
import { viewHealth } from "./healthView";
import { whatNext } from "./healthWords";
import styles from "./portfolio.module.css";
import { linkTo, type Position, positionName } from "./portfolioData";

interface PositionCardProps {
  position: Position;
  /** The tiers of its token; null while they are not known. */
  tiers: TierView[] | null;
  standing: Standing;
  acts: Acts;
  hindrance: string | null;
  /** Opens the form that moves capital to another tier. */
  onMove(): void;
}

/** What a position that is called lacks, and where to add it. */
function Call({ position, rules, standing }: { position: Position; rules: TierView | null; standing: Standing }) {
  const { token, healthStatus } = position;
  const next = whatNext(position, healthStatus);
  if (next === null) return null;
  const price = standing.kind === "good" ? standing.priceUsdMicros : null;
  const { missing } = viewHealth(position, rules?.rules ?? null, price);
  const least = rules?.terms.minimumPosition ?? 0n;
  const atLeast = (amount: bigint) => (amount < least ? least : amount);
  const cure = missing && missing.toBeHealthy > 0n ? atLeast(missing.toBeHealthy) : null;
  const isCalled = healthStatus !== "Warning";
  const link = (
    <Link
      className={styles.primary}
      href={linkTo("/deposit", position, cure === null ? undefined : formatAmount(cure, token))}
    >
      {cure === null ? "Deposit more" : `Deposit ${readableAmount(cure, token)} ${token}`}
    </Link>
  );
  return (
    <Notice tone={isCalled ? "danger" : "warning"} title={healthStatus} action={link}>
      <p>{next}</p>
      {missing && cure !== null && (
        <p>
          At the price of now{" "}
          {isCalled && missing.toEndCall > 0n && (
            <>
              {readableAmount(missing.toEndCall, token)} {token} more ends it, and{" "}
            </>
          )}
          {readableAmount(cure, token)} {token} more makes the position Healthy once the deposit is final.
        </p>
      )}
    </Notice>
  );
}

function Behind({ exposures }: Pick<Position, "exposures">) {
  if (exposures.length === 0) return null;
  const last = Math.max(...exposures.map(({ expiresAt }) => expiresAt));
  const [count, end] = exposures.length === 1 ? ["one policy", "It ends"] : [`${exposures.length} policies`, "All end"];
  return (
    <p className={styles.fact}>
      Stands behind {count}. {end} by {readableTime(last)}.
    </p>
  );
}

function Hold({ onHold, holdUntil, token }: Pick<Position, "onHold" | "holdUntil" | "token">) {
  if (onHold === 0n) return null;
  return (
    <p className={styles.fact}>
      On hold: {readableAmount(onHold, token)} {token} until {readableTime(holdUntil)} at the latest{" "}
      <Meaning of="Hold" />
    </p>
  );
}

export function PositionCard({ position, tiers, standing, acts, hindrance, onMove }: PositionCardProps) {
  const id = useId();
  const [isHistoryOpen, setHistoryOpen] = useState(false);
  const tier = tiers?.find((known) => known.tier === position.tier && known.token === position.token) ?? null;
  return (
    <section className={styles.position} aria-labelledby={id}>
      <h3 id={id}>{positionName(position)}</h3>
      <Call position={position} rules={tier} standing={standing} />
      <HealthGauge position={position} rules={tier?.rules ?? null} standing={standing} />
      <Behind exposures={position.exposures} />
      <Hold {...position} />
      <AcceptPolicies position={position} acts={acts} hindrance={hindrance} />
      <div className={`${styles.acts} ${styles.bottom}`}>
        <Link className={styles.link} href={linkTo("/deposit", position)}>
          Deposit more
        </Link>
        <Link className={styles.link} href={linkTo("/withdraw", position)}>
          Withdraw
        </Link>
        <button type="button" className="quiet" disabled={position.available === 0n} onClick={onMove}>
          Move
        </button>
        {position.accruedYield > 0n && <CollectYield position={position} acts={acts} hindrance={hindrance} />}
        <button type="button" className="quiet" onClick={() => setHistoryOpen(true)}>
          Health history
        </button>
      </div>
      {isHistoryOpen && <HealthHistory position={position} onClose={() => setHistoryOpen(false)} />}
    </section>
  );
}
