/**
 * Sync on paper: it keeps what was seen and what waits, and gives what is final to the service, by the rules of src/stacks that
 * the backend itself goes by (canonical.ts, following.ts) and the proof of src/domain. A look that these rules refuse changes
 * nothing.
 */
import { prove } from "../../../../src/domain/proof";
import { ApiError } from "../../../../src/stacks/api";
import type { BlockMark, Known, Ladder } from "../../../../src/stacks/canonical";
import {
  addPending,
  isBookable,
  isFinal,
  laterOf,
  newEvents,
  orphansOf,
  type Progress,
} from "../../../../src/stacks/following";
import type { Observation, ObservedEvent } from "../../../../src/stacks/observe";
import { balanceChange, lockChange } from "../../../../src/stacks/vaultEvents";
import type { Shown } from "./chain";
import type { Service } from "./service";

/** Events that one look books at most, so that there is a backlog. */
const BATCH = 5;
/** Blocks that the way back knows, so that a fork may be older than it. */
const RUNGS = 3;

export type Seen = Pick<Observation, "tip" | "final" | "after" | "events" | "isStepBack"> & Shown;

/** A look that can't be used: the next one is better. */
export class Refused extends Error {}

export class Observer {
  readonly progress: Progress = {
    cursor: 0n,
    seen: 0n,
    pending: { STX: 0n, sBTC: 0n },
    pendingLocks: { STX: 0n, sBTC: 0n },
  };
  /** Oldest first. */
  waiting: ObservedEvent[] = [];
  final: BlockMark | null = null;
  tip: BlockMark | null = null;
  private isComplete = false;

  constructor(readonly service: Service) {}

  get hasBacklog(): boolean {
    const [oldest] = this.waiting;
    return oldest !== undefined && isFinal(oldest, this.final);
  }

  known(): Known {
    const { tip, final, isComplete } = this;
    const rungs = this.waiting
      .filter((row, n) => row.blockHash !== this.waiting[n + 1]?.blockHash)
      .map(({ event, blockHeight, blockHash }) => ({ sequence: event.sequence, height: blockHeight, hash: blockHash }))
      .reverse();
    const ladder = async (): Promise<Ladder> => {
      const short = rungs.slice(0, RUNGS);
      const below = rungs[RUNGS];
      return { rungs: short, floor: below ? below.sequence : this.progress.cursor };
    };
    const seenTip = isComplete && tip ? tip.hash : null;
    return { booked: this.progress.cursor, newest: rungs[0] ?? null, final, tip, seenTip, ladder };
  }

  /** All of a look, or a refusal and nothing of it. */
  apply(seen: Seen) {
    const { progress } = this;
    if (seen.sequence < progress.cursor) throw new Error(`${seen.sequence} is below ${progress.cursor} in the books`);
    const fresh = this.accepted(() => newEvents(seen.events, progress, seen.after));
    const above = this.waiting.filter(({ event }) => event.sequence > seen.after);
    const orphans = orphansOf(above, fresh);
    const gone = orphans.length;
    const stands = gone === 0 ? progress.seen : (orphans[0] as ObservedEvent).event.sequence - 1n;
    const added = fresh.filter(({ event }) => event.sequence > stands);
    const isComplete = !seen.isStepBack && stands + BigInt(added.length) >= seen.sequence;
    if (isComplete) this.requireProof(seen, orphans, added);

    for (const { event } of orphans) addPending(progress, event, -1n);
    this.waiting.length -= gone;
    progress.seen = stands;
    const final = laterOf(this.final, seen.final);
    if (!seen.isStepBack) this.final = final;
    for (const observed of added) {
      this.waiting.push(observed);
      addPending(progress, observed.event, 1n);
      progress.seen = observed.event.sequence;
    }
    this.tip = seen.tip;
    this.isComplete = isComplete;
    if (!seen.isStepBack) this.bookBatch();
    if (isComplete) this.prove(seen);
  }

  private accepted<Read>(read: () => Read): Read {
    try {
      return read();
    } catch (error) {
      throw new Refused(String(error));
    }
  }

  /** What waits and is final, in bounded batches as the backend does. */
  bookBatch() {
    const { progress, service, final } = this;
    for (let left = BATCH; left > 0; left -= 1) {
      const [oldest] = this.waiting;
      if (!oldest || !isBookable(oldest, final, progress)) break;
      this.waiting.shift();
      service.book(oldest);
      progress.cursor = oldest.event.sequence;
      addPending(progress, oldest.event, -1n);
    }
    if (final && this.isComplete && !this.hasBacklog) service.endOutlived(final.time);
  }

  /** Figures of a look that are of another moment than its events are thrown away. */
  private requireProof({ accounts }: Seen, orphans: ObservedEvent[], added: ObservedEvent[]) {
    for (const { token, held, balance, locked } of accounts) {
      const change = (of: typeof balanceChange) => sumOf(added, token, of) - sumOf(orphans, token, of);
      const pending = this.progress.pending[token] + change(balanceChange);
      const pendingLocks = this.progress.pendingLocks[token] + change(lockChange);
      const figures = this.figuresOf(token, { held, balance, locked }, { pending, pendingLocks });
      if (!prove(figures).holds) throw new Refused(`Doubtful figures of ${token}`);
    }
  }

  private figuresOf(
    token: "STX" | "sBTC",
    { held, balance, locked }: Omit<Shown["accounts"][number], "token">,
    { pending, pendingLocks }: { pending: bigint; pendingLocks: bigint },
  ) {
    const { total, locked: bookedLocks } = this.service.books;
    const locks = { counted: locked, booked: bookedLocks[token], pending: pendingLocks };
    return { token, held, counted: balance, booked: total[token], pending, locks };
  }

  private prove({ accounts, sequence }: Seen) {
    for (const { token, ...account } of accounts) {
      const { pending, pendingLocks } = this.progress;
      const sums = { pending: pending[token], pendingLocks: pendingLocks[token] };
      const figures = this.figuresOf(token, account, sums);
      if (!prove(figures).holds) throw new Error(`The proof of ${token} fails at ${sequence}`);
    }
  }
}

function sumOf(events: ObservedEvent[], token: string, of: typeof balanceChange): bigint {
  return events.reduce((sum, { event }) => ("token" in event && event.token === token ? sum + of(event) : sum), 0n);
}

/** Whether an error of a look means no more than that another is needed. */
export function isPassing(error: unknown): boolean {
  return error instanceof Refused || error instanceof ApiError;
}
