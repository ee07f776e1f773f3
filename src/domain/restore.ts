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

/** After a look that began after the restore and reached this tip: block time, unix seconds. */
export function afterTip(restore: Restore, tip: number): Restore {
  if (restore.kind === "waiting") return restore;
  // A deadline is set by the tip of its time: by none after this one, unless the chain went back too.
  return { kind: "waiting", until: Math.max(tip, restore.signedUpTo) + LIFETIME };
}

/** Once every event up to a final block of this time is in the books. Null: nothing is left of the rule. */
export function afterFinal(restore: Restore, final: number): Restore | null {
  return restore.kind === "waiting" && final >= restore.until ? null : restore;
}
