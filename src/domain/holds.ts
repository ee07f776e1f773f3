/**
 * The minimum hold: capital that arrives in a tier stays there for a while. Each arrival is held by itself, so it neither
 * prolongs what arrived before nor takes back what is free already, and what is on hold does not move to another tier.
 * Capital that passes several tiers has therefore stayed in each of them as long as that one asks.
 *
 * Ends are rounded up to a 24th of the tier's time, and arrivals that end together are one lot: however often capital
 * arrives, a position remembers at most 25 lots under the same terms.
 */

/** Capital that may not leave before a time. */
export interface Lot {
  /** Base units. */
  amount: bigint;
  /** Block time, unix seconds. */
  until: number;
}

/** What is held of one position; no two lots end at the same time. */
export type Hold = Lot[];

export const NO_HOLD: Hold = [];

const SLOTS = 24;

/** Base units that the hold still keeps at this block time. */
export function onHold(hold: Hold, now: number): bigint {
  return hold.reduce((kept, { amount, until }) => (now < until ? kept + amount : kept), 0n);
}

/** When all of it is free, unix seconds of block time; 0 if nothing was ever held. */
export function heldUntil(hold: Hold): number {
  return Math.max(0, ...hold.map(({ until }) => until));
}

/** When capital that arrives now may leave: after `seconds`, rounded up by less than a 24th of them; at once if none. */
export function endOfHold({ now, seconds }: { now: number; seconds: number }): number {
  const slot = Math.max(1, Math.ceil(seconds / SLOTS));
  return Math.ceil((now + seconds) / slot) * slot;
}

/** The hold after `amount` more has arrived, to stay for `seconds`. */
export function holdArrival(hold: Hold, amount: bigint, time: { now: number; seconds: number }): Hold {
  const kept = hold.filter(({ until }) => time.now < until);
  if (time.seconds <= 0) return kept;
  const until = endOfHold(time);
  const together = kept.find((lot) => lot.until === until)?.amount ?? 0n;
  return [...kept.filter((lot) => lot.until !== until), { amount: together + amount, until }];
}

/**
 * Base units that may leave a position now. What is locked stays anyway, so the hold is counted against it first; what is
 * reserved may be on its way out, so it is not.
 */
export function freeToLeave(
  { available, locked, hold }: { available: bigint; locked: bigint; hold: Hold },
  now: number,
): bigint {
  const unlockedHold = onHold(hold, now) - locked;
  const free = available - (unlockedHold > 0n ? unlockedHold : 0n);
  return free > 0n ? free : 0n;
}
