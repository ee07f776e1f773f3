/** How much of a whole something is, as a bar that also says it. */
import { Meter as Bar } from "@base-ui/react/meter";
import styles from "./Meter.module.css";
import type { Tone } from "./tones";

interface MeterProps {
  /** What it measures, as "Locked behind policies". */
  label: string;
  value: bigint | number;
  max: bigint | number;
  /** What is read beside the label; the share in percent if left out. */
  shown?: string;
  tone?: Tone;
}

/** In tenths of a percent; for drawing and for reading it out, never for reckoning. */
function permille(value: bigint | number, max: bigint | number): number {
  if (typeof value === "bigint" && typeof max === "bigint") {
    return max <= 0n ? 0 : Math.min(1_000, Math.max(0, Number((value * 1_000n) / max)));
  }
  const [part, whole] = [Number(value), Number(max)];
  return whole <= 0 ? 0 : Math.min(1_000, Math.max(0, Math.round((part / whole) * 1_000)));
}

export function Meter({ label, value, max, shown, tone = "good" }: MeterProps) {
  const share = permille(value, max) / 10;
  const text = shown ?? `${share}%`;
  return (
    <Bar.Root value={share} getAriaValueText={() => text} className={styles.meter}>
      <div className={styles.words}>
        <Bar.Label>{label}</Bar.Label>
        <Bar.Value className="amount">{() => text}</Bar.Value>
      </div>
      <Bar.Track className={styles.bar}>
        <Bar.Indicator className={`${styles.part} ${styles[tone] ?? ""}`} />
      </Bar.Track>
    </Bar.Root>
  );
}
