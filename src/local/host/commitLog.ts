/**
 * The most recent commits, kept so that a result computed a moment ago can be held against what was committed since.
 * Only written keys are kept, and only so many: older history counts as "touched", which costs a rerun and is never wrong.
 */
import type { IndexWrite, ReadRange } from "./engine";

const MAX_WRITES_KEPT = 20_000;

export function isTouched(range: ReadRange, key: Uint8Array): boolean {
  return Buffer.compare(key, range.low) >= 0 && Buffer.compare(key, range.high) < 0;
}

export class CommitLog {
  readonly #commits: { ts: bigint; writes: IndexWrite[] }[] = [];
  #writesKept = 0;
  /** Everything committed after this is in the log. */
  #completeAfter: bigint;

  constructor(lastTs: bigint) {
    this.#completeAfter = lastTs;
  }

  record(ts: bigint, writes: IndexWrite[]): void {
    this.#commits.push({ ts, writes });
    this.#writesKept += writes.length;
    while (this.#writesKept > MAX_WRITES_KEPT) {
      const dropped = this.#commits.shift();
      if (dropped === undefined) return;
      this.#writesKept -= dropped.writes.length;
      this.#completeAfter = dropped.ts;
    }
  }

  /** The first commit after `ts` that wrote into the read set, null when there is none. */
  firstTouch(ts: bigint, readSet: ReadRange[]): bigint | null {
    if (ts < this.#completeAfter) return ts + 1n;
    for (const commit of this.#commits) {
      if (commit.ts <= ts) continue;
      const touched = commit.writes.some((write) =>
        readSet.some((range) => range.indexId === write.indexId && isTouched(range, write.key)),
      );
      if (touched) return commit.ts;
    }
    return null;
  }
}
