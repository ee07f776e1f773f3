/** A word or two that say how something stands. */
import type { ReactNode } from "react";
import styles from "./Badge.module.css";
import type { Tone } from "./tones";

export function Badge({ tone = "neutral", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={`${styles.badge} ${styles[tone] ?? ""}`}>{children}</span>;
}
