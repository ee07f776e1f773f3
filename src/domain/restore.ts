/**
 * After a restore the books do not know what was signed between the backup and the restore, and the chain may not have
 * been told of it yet. So nothing is signed until all of that has either been used, and is in the books, or expired.
 */
import { AUTHORIZATION_SECONDS } from "./withdrawals";

export type Restore =
  /** No look at the chain that began after the restore has reached the tip yet. */
  | { kind: "looking"; signedUpTo: number }
  /** Block time, unix seconds: what was signed before the restore can't be used from here on. */
  | { kind: "waiting"; until: number };

/** A look that reached the tip, with every event up to its final block booked. Unix seconds of block time. */
export interface CompleteLook {
  tip: number;
  final: number | null;
}

const LIFETIME = Number(AUTHORIZATION_SECONDS);

/**
 * The rule begins, or begins anew and then forgets nothing.
 * @param signedUpTo block time up to which something may have been signed, where a chain was restored too and its tip says
 * nothing of it; else 0
 */
export function beginRestore(known: Restore | null, signedUpTo: number): Restore {
  const before = known?.kind === "waiting" ? known.until - LIFETIME : (known?.signedUpTo ?? 0);
  return { kind: "looking", signedUpTo: Math.max(before, signedUpTo) };
}

/** What is left of the rule after a look that began after the restore; null: nothing, signing may go on. */
export function afterLook(restore: Restore, { tip, final }: CompleteLook): Restore | null {
  if (restore.kind === "looking") {
    // A deadline is set by the tip of its time: by none after this one, unless the chain went back too.
    return { kind: "waiting", until: Math.max(tip, restore.signedUpTo) + LIFETIME };
  }
  return final !== null && final >= restore.until ? null : restore;
}
