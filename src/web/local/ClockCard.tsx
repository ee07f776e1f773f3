/** The chain's clock: what waits for an hour or an expiry need not be waited for. */
import { readableTime } from "../amounts/words";
import { Problem } from "../refusals/Problem";
import { Card } from "../ui/Card";
import { Notice } from "../ui/Notice";
import styles from "./local.module.css";
import type { Acting } from "./useAct";

const HOUR = 3_600;
const STEPS = [
  { name: "An hour on", seconds: HOUR },
  { name: "A day on", seconds: 24 * HOUR },
  { name: "A week on", seconds: 7 * 24 * HOUR },
];

interface ClockCardProps {
  hasClock: boolean;
  /** Block time, ms; null while it is read. */
  now: number | null;
  /** When the next policy expires, ms; null: none is running. */
  nextExpiry: number | null;
  acting: Acting;
  onAdvance(seconds: number): void;
  onMine(): void;
}

/** A second behind the expiry, so that a block is past it. */
export function secondsTo(expiry: number, now: number): number {
  return Math.max(1, Math.ceil((expiry - now) / 1_000) + 1);
}

function Steps({ now, nextExpiry, acting, onAdvance, onMine }: Omit<ClockCardProps, "hasClock">) {
  return (
    <div className={styles.row}>
      {STEPS.map(({ name, seconds }) => (
        <button key={name} type="button" className="quiet" disabled={acting.isBusy} onClick={() => onAdvance(seconds)}>
          {name}
        </button>
      ))}
      <button
        type="button"
        className="quiet"
        disabled={acting.isBusy || now === null || nextExpiry === null}
        onClick={() => now !== null && nextExpiry !== null && onAdvance(secondsTo(nextExpiry, now))}
      >
        To the next expiry
      </button>
      <button type="button" className="quiet" disabled={acting.isBusy} onClick={onMine}>
        Mine now
      </button>
    </div>
  );
}

export function ClockCard(props: ClockCardProps) {
  const { hasClock, now, nextExpiry, acting } = props;
  return (
    <Card title="Clock">
      <p className={styles.now}>
        <span>Block time</span>
        <strong className="amount">{now === null ? "…" : readableTime(now)}</strong>
      </p>
      <p className={styles.now}>
        <span>Next policy expires</span>
        <strong className="amount">{nextExpiry === null ? "no policy is running" : readableTime(nextExpiry)}</strong>
      </p>
      {hasClock ? (
        <Steps {...props} />
      ) : (
        <Notice tone="info" title="This stack's clock is not to be moved.">
          Stop it, then start it again with <code>npm start</code>, without <code>STACKS_CONTROL=0</code>.
        </Notice>
      )}
      <p className="hint">
        Time goes forward only, and every authorisation, quote and policy goes by it. A block comes every second by
        itself.
      </p>
      <Problem explanation={acting.problem} />
    </Card>
  );
}
