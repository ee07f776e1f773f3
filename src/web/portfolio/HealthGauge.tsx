/** A position's health as a gauge over the price: where each state begins, where the price is, and what that means. */
import type { CSSProperties } from "react";
import type { HealthStatus } from "../../domain/health";
import { UNDERLYING_OF } from "../../domain/policies";
import { readablePercent, readableTime, readableUsd } from "../amounts/words";
import type { Standing } from "../prices/standing";
import { standingInWords } from "../prices/standing";
import { Badge } from "../ui/Badge";
import { Meaning } from "./explanations";
import styles from "./HealthGauge.module.css";
import { type HealthFacts, type HealthRules, type HealthView, viewHealth } from "./healthView";
import { HEALTH_TONE, turnInWords } from "./healthWords";

export function HealthBadge({ status }: { status: HealthStatus }) {
  return <Badge tone={HEALTH_TONE[status]}>{status}</Badge>;
}

interface Zone {
  status: HealthStatus;
  /** The highest price of it; null: the highest of all. */
  upTo: bigint | null;
}

/** From the lowest prices up; states that no price brings are left out. */
function zonesOf({ triggers }: HealthView): Zone[] {
  if (!triggers) return [];
  const { liquidation, marginCall, warning } = triggers;
  const zones: Zone[] = [
    { status: "Liquidating", upTo: liquidation },
    { status: "MarginCall", upTo: marginCall },
    { status: "Warning", upTo: warning },
  ];
  let below = 0n;
  const real = zones.filter(({ upTo }) => {
    const isReal = upTo !== null && upTo > below;
    if (isReal) below = upTo;
    return isReal;
  });
  return real.length === 0 ? [] : [...real, { status: "Healthy", upTo: null }];
}

/** For drawing only. */
const drawn = (price: bigint) => Number(price) / 1e6;

function Bar({ zones, price, words }: { zones: Zone[]; price: bigint; words: string }) {
  const ends = zones.flatMap(({ upTo }) => (upTo === null ? [] : [drawn(upTo)]));
  const low = Math.min(...ends, drawn(price)) * 0.85;
  const high = Math.max(...ends, drawn(price)) * 1.1;
  const share = (value: number) => `${(((value - low) / (high - low)) * 100).toFixed(2)}%`;
  return (
    <div className={styles.bar} role="img" aria-label={words}>
      {zones.map(({ status, upTo }, n) => {
        const from = n === 0 ? low : (ends[n - 1] ?? low);
        const to = upTo === null ? high : drawn(upTo);
        const place = { left: share(from), width: `calc(${share(to)} - ${share(from)})` };
        return <span key={status} className={`${styles.zone} ${styles[status] ?? ""}`} style={place} />;
      })}
      <span className={styles.now} style={{ "--at": share(drawn(price)) } as CSSProperties} />
    </div>
  );
}

function Legend({ zones }: { zones: Zone[] }) {
  const begins = zones.filter(({ upTo }) => upTo !== null).reverse();
  return (
    <ul className={styles.legend}>
      {begins.map(({ status, upTo }) => (
        <li key={status}>
          <span className={`${styles.swatch} ${styles[status] ?? ""}`} aria-hidden />
          {status} <span className="amount">{upTo === null ? "" : readableUsd(upTo)}</span>
        </li>
      ))}
    </ul>
  );
}

interface HealthGaugeProps {
  position: HealthFacts;
  /** Of its tier; null while they are not known. */
  rules: HealthRules | null;
  standing: Standing;
}

export function HealthGauge({ position, rules, standing }: HealthGaugeProps) {
  const price = standing.kind === "good" ? standing.priceUsdMicros : null;
  const view = viewHealth(position, rules, price);
  const words = turnInWords(position, view);
  const zones = zonesOf(view);
  const trouble = position.exposures.length > 0 ? standingInWords(standing, UNDERLYING_OF[position.token]) : null;
  return (
    <div className={styles.gauge}>
      <div className={styles.head}>
        <span>
          Health <HealthBadge status={view.status} />
        </span>
        {view.ratio !== null && (
          <span className="amount">
            {readablePercent(Math.floor(view.ratio / 1_000) * 1_000)} <Meaning of="Collateralization ratio" />
          </span>
        )}
      </div>
      {zones.length > 0 && price !== null && <Bar zones={zones} price={price} words={words} />}
      {zones.length > 0 && <Legend zones={zones} />}
      <p className={styles.words}>
        {words}
        {price !== null && position.exposures.length > 0 && (
          <>
            {" "}
            Now: <span className="amount">{readableUsd(price)}</span>.
          </>
        )}
      </p>
      {view.coming && <p className="hint">At the price now it is {view.coming}; the books have it in a moment.</p>}
      {trouble && (
        <p className="hint">
          {trouble} As of {readableTime(position.asOf)}.
        </p>
      )}
    </div>
  );
}
