/**
 * Results of subscribed queries, each computed once for all sessions that ask the same (path, arguments, journal, and
 * identity where the query looked at it), and marked stale by the first commit that writes into what it read.
 * Sessions own the subscriptions; a result that nobody listens to is forgotten.
 */
import type { Viewer } from "./auth";
import type { Engine } from "./engine";
import type { FunctionCall, QueryOutcome } from "./functionCall";
import { type IndexWrite, isWithin, type ReadRange } from "./keys";
import { failureMessage } from "./protocol";
import { systemQuery } from "./systemQueries";

export interface LiveResult {
  readonly outcome: QueryOutcome;
  /** The members of the `QueryUpdated` or `QueryFailed` modification, as JSON text without braces and query id. */
  readonly members: string;
  isStale: boolean;
}

interface Shared extends LiveResult {
  readonly key: string;
  readonly listeners: Set<() => void>;
}

export class LiveQueries {
  readonly #results = new Map<string, Shared>();
  readonly #byIndex = new Map<number, Map<Shared, ReadRange[]>>();
  /** Functions seen to read the identity: their results are kept apart by viewer from the start. */
  readonly #personal = new Set<string>();

  constructor(private readonly engine: Engine) {
    engine.onCommit((_ts, writes) => this.#onCommit(writes));
  }

  /** Nothing is committed while `work` runs, so that all results that it subscribes to are true together; returns when. */
  inOneState(work: () => Promise<void>): Promise<bigint> {
    return this.engine.lock.run(async () => {
      await work();
      return this.engine.lastTs;
    });
  }

  /** The shared result, computed now unless there is one; `onStale` is called once when it stops being true. Call `inOneState`. */
  async subscribe(
    call: FunctionCall,
    viewer: Viewer,
    journal: string | null,
    onStale: () => void,
  ): Promise<LiveResult> {
    const known = this.#results.get(this.#key(call, viewer, journal));
    if (known !== undefined) {
      known.listeners.add(onStale);
      return known;
    }
    const { engine } = this;
    const outcome = systemQuery(engine, call, viewer) ?? (await engine.queryNow(call, viewer, journal));
    if (outcome.readIdentity) this.#personal.add(call.path);
    const key = this.#key(call, viewer, journal);
    const result: Shared = { key, outcome, members: membersOf(outcome), isStale: false, listeners: new Set([onStale]) };
    this.#remember(result);
    return result;
  }

  unsubscribe(result: LiveResult, onStale: () => void): void {
    const shared = result as Shared;
    shared.listeners.delete(onStale);
    if (shared.listeners.size === 0) this.#forget(shared);
  }

  /** New code or a new environment, which no read set shows: every result is computed again. */
  invalidateAll(): void {
    this.#personal.clear();
    for (const result of [...this.#results.values()]) this.#invalidate(result);
  }

  #key({ component, path, args }: FunctionCall, viewer: Viewer, journal: string | null): string {
    return JSON.stringify([component, path, args, journal, this.#personal.has(path) ? viewer.key : viewer.isAdmin]);
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

  #invalidate(result: Shared): void {
    result.isStale = true;
    this.#forget(result);
    for (const onStale of result.listeners) onStale();
  }

  #onCommit(writes: IndexWrite[]): void {
    const stale = new Set<Shared>();
    for (const { indexId, key } of writes) {
      for (const [result, ranges] of this.#byIndex.get(indexId) ?? []) {
        if (!stale.has(result) && ranges.some((range) => isWithin(key, range))) stale.add(result);
      }
    }
    for (const result of stale) this.#invalidate(result);
  }
}

/** Equal results are not sent again; log lines and request ids, which differ from run to run, are no part of a result. */
export function isSameResult(a: QueryOutcome, b: QueryOutcome): boolean {
  if (a.journal !== b.journal) return false;
  if (a.ok || b.ok) return a.ok && b.ok && a.valueJson === b.valueJson;
  return a.message === b.message && JSON.stringify(a.errorData) === JSON.stringify(b.errorData);
}

function membersOf(outcome: QueryOutcome): string {
  const { logLines, journal } = outcome;
  if (outcome.ok) {
    return `"type":"QueryUpdated","value":${outcome.valueJson},${JSON.stringify({ logLines, journal }).slice(1, -1)}`;
  }
  const { errorData } = outcome;
  const failed = { type: "QueryFailed", errorMessage: failureMessage(outcome), errorData, logLines, journal };
  return JSON.stringify(failed).slice(1, -1);
}
