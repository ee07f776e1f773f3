/**
 * After a restore the books do not know what was signed between the backup and the restore, and the chain may not have
 * been told of it yet. So nothing is signed until all of that has either been used, and is in the books, or expired.
 */
import { AUTHORIZATION_SECONDS } from "./withdrawals";

export type Restore =
  /** No look at the chain that began after the restore has reached the tip yet. */
  | { kind: "looking" }
  /** Block time, unix seconds: what was signed before the restore can't be used from here on. */
  | { kind: "waiting"; until: number };

/** A look that reached the tip, with every event up to its final block booked. Unix seconds of block time. */
export interface CompleteLook {
  tip: number;
  final: number | null;
}

/** What is left of the rule after a look that began after the restore; null: nothing, signing may go on. */
export function afterLook(restore: Restore, { tip, final }: CompleteLook): Restore | null {
  // Deadlines were set by tips up to this one, so none of them is later.
  if (restore.kind === "looking") return { kind: "waiting", until: tip + Number(AUTHORIZATION_SECONDS) };
  return final !== null && final >= restore.until ? null : restore;
}
