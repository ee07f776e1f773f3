/**
 * Results of subscribed queries, each computed once for all sessions that ask the same (path, arguments, journal, and
 * identity where the query looked at it), and marked stale by the first commit that writes into what it read.
 * Sessions own the subscriptions; a result that nobody listens to is forgotten.
 */
import { CommitLog, isTouched } from "./commitLog";
import type { Engine, FunctionCall, IndexWrite, QueryOutcome, ReadRange } from "./engine";
import { errorDataMember, failureMessage } from "./protocol";
import { isSystemQuery, runSystemQuery } from "./systemQueries";
import { callerOf, newRequestId, type Viewer } from "./viewer";

export interface LiveResult {
  readonly outcome: QueryOutcome;
  /** The members of the `QueryUpdated` or `QueryFailed` modification, as JSON text without braces and query id. */
  readonly members: string;
  /** The result is true from `outcome.ts` until just before this commit; null while nothing has touched it. */
  invalidTs: bigint | null;
}

interface Shared extends LiveResult {
  readonly key: string;
  readonly listeners: Set<() => void>;
}

export class LiveQueries {
  readonly #engine: Engine;
  readonly #log: CommitLog;
  readonly #results = new Map<string, Shared>();
  readonly #running = new Map<string, Promise<unknown>>();
  readonly #byIndex = new Map<number, Map<Shared, ReadRange[]>>();
  /** Functions seen to read the identity: their results are kept apart by viewer from the start. */
  readonly #personal = new Set<string>();
  /** Counts changes of code and environment, which no read set shows. */
  #epoch = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#log = new CommitLog(engine.lastTs);
    engine.onCommit((ts, writes) => this.#onCommit(ts, writes));
  }

  /** The shared result, computed now unless a valid one exists; `onStale` is called once when it stops being true. */
  async subscribe(
    call: FunctionCall,
    viewer: Viewer,
    journal: string | null,
    onStale: () => void,
  ): Promise<LiveResult> {
    for (;;) {
      const key = this.#key(call, viewer, journal);
      const known = this.#results.get(key);
      if (known) {
        known.listeners.add(onStale);
        return known;
      }
      const running = this.#running.get(key);
      if (running === undefined) return this.#compute(key, call, viewer, journal, onStale);
      await running.catch(() => undefined);
    }
  }

  unsubscribe(result: LiveResult, onStale: () => void): void {
    const shared = result as Shared;
    shared.listeners.delete(onStale);
    if (shared.listeners.size === 0) this.#forget(shared);
  }

  /** Runs a query once, unshared. */
  async run(call: FunctionCall, viewer: Viewer, requestId: string, journal: string | null): Promise<QueryOutcome> {
    if (isSystemQuery(call)) return runSystemQuery(this.#engine, call, viewer);
    return this.#engine.runQuery(call, callerOf(viewer, requestId), journal);
  }

  /** Whether the query would have returned the same at the earlier time `ts`. */
  wasTrueAt(outcome: QueryOutcome, ts: bigint): boolean {
    const touched = this.#log.firstTouch(ts, outcome.readSet);
    return ts <= outcome.ts && (touched === null || touched > outcome.ts);
  }

  /** New code or a new environment: every result is computed again. */
  invalidateAll(): void {
    this.#epoch += 1;
    this.#personal.clear();
    for (const result of [...this.#results.values()]) this.#invalidate(result, this.#engine.lastTs + 1n);
  }

  #key(call: FunctionCall, viewer: Viewer, journal: string | null): string {
    const who = this.#personal.has(call.path) ? viewer.key : viewer.isAdmin;
    return JSON.stringify([call.component, call.path, call.args, journal, who]);
  }

  async #compute(
    key: string,
    call: FunctionCall,
    viewer: Viewer,
    journal: string | null,
    onStale: () => void,
  ): Promise<LiveResult> {
    const epoch = this.#epoch;
    const requestId = newRequestId();
    const run = this.run(call, viewer, requestId, journal);
    this.#running.set(key, run);
    try {
      const outcome = await run;
      if (outcome.readIdentity) this.#personal.add(call.path);
      const invalidTs = epoch === this.#epoch ? this.#log.firstTouch(outcome.ts, outcome.readSet) : outcome.ts + 1n;
      const result: Shared = {
        key: this.#key(call, viewer, journal),
        outcome,
        members: modificationMembers(outcome, requestId),
        invalidTs,
        listeners: new Set([onStale]),
      };
      if (invalidTs === null) this.#remember(result);
      return result;
    } finally {
      this.#running.delete(key);
    }
  }

  #remember(result: Shared): void {
    this.#results.set(result.key, result);
    for (const range of result.outcome.readSet) {
      const readers = this.#byIndex.get(range.indexId) ?? new Map<Shared, ReadRange[]>();
      this.#byIndex.set(range.indexId, readers);
      readers.set(result, [...(readers.get(result) ?? []), range]);
    }
  }

  #forget(result: Shared): void {
    if (this.#results.get(result.key) === result) this.#results.delete(result.key);
    for (const { indexId } of result.outcome.readSet) this.#byIndex.get(indexId)?.delete(result);
  }

  #invalidate(result: Shared, ts: bigint): void {
    result.invalidTs = ts;
    this.#forget(result);
    for (const onStale of result.listeners) onStale();
  }

  #onCommit(ts: bigint, writes: IndexWrite[]): void {
    this.#log.record(ts, writes);
    const stale = new Set<Shared>();
    for (const { indexId, key } of writes) {
      for (const [result, ranges] of this.#byIndex.get(indexId) ?? []) {
        if (!stale.has(result) && ranges.some((range) => isTouched(range, key))) stale.add(result);
      }
    }
    for (const result of stale) this.#invalidate(result, ts);
  }
}

/** Equal results are not sent again; log lines and request ids, which differ from run to run, are no part of a result. */
export function isSameResult(a: QueryOutcome, b: QueryOutcome): boolean {
  if (a.journal !== b.journal) return false;
  if (a.ok || b.ok) return a.ok && b.ok && a.valueJson === b.valueJson;
  return a.message === b.message && JSON.stringify(a.errorData) === JSON.stringify(b.errorData);
}

function modificationMembers(outcome: QueryOutcome, requestId: string): string {
  const tail = `"logLines":${JSON.stringify(outcome.logLines)},"journal":${JSON.stringify(outcome.journal)}`;
  if (outcome.ok) return `"type":"QueryUpdated","value":${outcome.valueJson},${tail}`;
  const message = JSON.stringify(failureMessage(outcome, requestId));
  return `"type":"QueryFailed","errorMessage":${message},${tail}${errorDataMember(outcome)}`;
}
