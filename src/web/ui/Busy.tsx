/** The face of a button while what it started is under way. */
import { LoaderCircle } from "lucide-react";
import type { ReactNode } from "react";
import styles from "./Busy.module.css";

interface BusyProps {
  isBusy: boolean;
  /** While it is: as "Preparing …". */
  words: string;
  children: ReactNode;
}

export function Busy({ isBusy, words, children }: BusyProps) {
  if (!isBusy) return children;
  return (
    <span className={styles.busy}>
      <LoaderCircle size={16} aria-hidden className={styles.wheel} /> {words}
    </span>
  );
}
