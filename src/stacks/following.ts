/**
 * What a look at the chain says of the events that were seen before it, and which of the new ones may be booked. Pure rules,
 * for whoever keeps the events (convex/sync).
 */
import type { Token } from "../domain/tokens";
import type { BlockMark } from "./canonical";
import type { ObservedEvent } from "./eventPages";
import { balanceChange, lockChange, type VaultEvent } from "./vaultEvents";

/** How far events were seen and booked, and what those that wait come to. */
export interface Progress {
  /** The last sequence in the books. */
  cursor: bigint;
  /** The last one that was seen. */
  seen: bigint;
  /** What the events that wait add to the vault's balance, and to what it has locked, base units. */
  pending: Record<Token, bigint>;
  pendingLocks: Record<Token, bigint>;
}

export function addPending(progress: Progress, event: VaultEvent, sign: 1n | -1n): void {
  if (!("token" in event)) return;
  progress.pending[event.token] += sign * balanceChange(event);
  progress.pendingLocks[event.token] += sign * lockChange(event);
}

export function isFinal({ blockHeight }: Pick<ObservedEvent, "blockHeight">, final: BlockMark | null): boolean {
  return final !== null && blockHeight <= final.height;
}

/** Whether an event may be booked now: it is final, and the next in sequence. */
export function isBookable(observed: ObservedEvent, final: BlockMark | null, { cursor }: Progress): boolean {
  return isFinal(observed, final) && observed.event.sequence === cursor + 1n;
}

/** Finality only grows: a fork that replaces ours can't take back what was final. */
export function laterOf(known: BlockMark | null, seen: BlockMark | null): BlockMark | null {
  return known && (!seen || seen.height < known.height) ? known : seen;
}

/**
 * The events of a look that are not in the books, checked to follow what was seen.
 * @param after the last sequence that was seen before and still stands
 */
export function newEvents(events: ObservedEvent[], { cursor, seen }: Progress, after: bigint): ObservedEvent[] {
  const fresh = events.filter(({ event }) => event.sequence > cursor);
  const start = after > cursor ? after : cursor;
  const isGapless = fresh.every(({ event }, n) => event.sequence === start + BigInt(n) + 1n);
  if (!isGapless || after > seen) throw new Error(`The look has a gap behind ${start}`);
  return fresh;
}

function isSame(one: ObservedEvent, other: ObservedEvent): boolean {
  return one.txId === other.txId && one.eventIndex === other.eventIndex && one.blockHash === other.blockHash;
}

/**
 * Of what waited, all from the first that is not seen again just as it was.
 * @param waiting oldest first
 */
export function orphansOf<Waiting extends ObservedEvent>(waiting: Waiting[], again: ObservedEvent[]): Waiting[] {
  const seen = new Map(again.map((observed) => [observed.event.sequence, observed]));
  const first = waiting.findIndex((row) => {
    const observed = seen.get(row.event.sequence);
    return observed === undefined || !isSame(row, observed);
  });
  return first === -1 ? [] : waiting.slice(first);
}
