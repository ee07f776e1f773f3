/**
 * The minimum hold: capital that has arrived stays for a while. A position remembers one amount and one time, so that
 * nothing grows: what arrives while an earlier hold lasts prolongs it, what is free by then stays free.
 */

export interface Hold {
  /** Base units that may not leave before `until`. */
  amount: bigint;
  /** Block time, unix seconds. */
  until: number;
}

export const NO_HOLD: Hold = { amount: 0n, until: 0 };

/** Base units that the hold still keeps at this block time. */
export function onHold(hold: Hold, now: number): bigint {
  return now < hold.until ? hold.amount : 0n;
}

/** The hold after `amount` more has arrived, to stay for `seconds`. */
export function holdArrival(hold: Hold, amount: bigint, { now, seconds }: { now: number; seconds: number }): Hold {
  const kept = onHold(hold, now);
  if (seconds <= 0) return kept > 0n ? hold : NO_HOLD;
  return { amount: kept + amount, until: Math.max(kept > 0n ? hold.until : 0, now + seconds) };
}
