/**
 * The queries one client is subscribed to, with what it was sent of each. The session decides when to refresh and send;
 * this decides at which timestamp the results agree and which of them the client does not have yet.
 */
import type { FunctionCall, QueryOutcome } from "./engine";
import { isSameResult, type LiveQueries, type LiveResult } from "./liveQueries";
import { ProtocolError } from "./protocol";
import type { Viewer } from "./viewer";

interface Subscription {
  call: FunctionCall;
  journal: string | null;
  /** The newest result and for whom it was computed; null before the first. */
  current: { result: LiveResult; viewer: Viewer } | null;
  sent: QueryOutcome | null;
  onStale: () => void;
}

export class QuerySet {
  readonly #live: LiveQueries;
  readonly #onStale: () => void;
  readonly #subscriptions = new Map<number, Subscription>();
  readonly #removed = new Set<number>();

  constructor(live: LiveQueries, onStale: () => void) {
    this.#live = live;
    this.#onStale = onStale;
  }

  add(queryId: number, call: FunctionCall, journal: string | null): void {
    if (this.#subscriptions.has(queryId)) throw new ProtocolError(`Query ${queryId} exists already.`);
    // A listener of its own, because two of a client's queries may share one result.
    const onStale = () => this.#onStale();
    this.#subscriptions.set(queryId, { call, journal, current: null, sent: null, onStale });
  }

  remove(queryId: number): void {
    const subscription = this.#subscriptions.get(queryId);
    if (subscription === undefined) return;
    this.#release(subscription);
    this.#subscriptions.delete(queryId);
    this.#removed.add(queryId);
  }

  clear(): void {
    for (const queryId of [...this.#subscriptions.keys()]) this.remove(queryId);
  }

  /** All at once, so that they stand side by side in the engine's queue and little is committed between them. */
  async refresh(viewer: Viewer): Promise<void> {
    await Promise.all([...this.#subscriptions].map(([id, subscription]) => this.#refreshOne(id, subscription, viewer)));
  }

  async #refreshOne(queryId: number, subscription: Subscription, viewer: Viewer): Promise<void> {
    const { current, call, journal, onStale } = subscription;
    if (current?.viewer === viewer && current.result.invalidTs === null) return;
    const result = await this.#live.subscribe(call, viewer, journal, onStale);
    if (this.#subscriptions.get(queryId) !== subscription) return this.#live.unsubscribe(result, onStale);
    if (current?.result !== result) this.#release(subscription);
    subscription.current = { result, viewer };
    subscription.journal = result.outcome.journal;
  }

  #release({ current, onStale }: Subscription): void {
    if (current) this.#live.unsubscribe(current.result, onStale);
  }

  hasStale(viewer: Viewer): boolean {
    return [...this.#subscriptions.values()].some(
      ({ current }) => current?.viewer !== viewer || current.result.invalidTs !== null,
    );
  }

  /**
   * The latest timestamp in [low, high] at which all results are true, null if there is none. A result that has gone
   * stale since may be part of it, so that clients keep receiving while commits outrun their queries.
   */
  commonTimestamp(viewer: Viewer, low: bigint, high: bigint): bigint | null {
    let [from, to] = [low, high];
    for (const { current } of this.#subscriptions.values()) {
      if (current?.viewer !== viewer) return null;
      const { outcome, invalidTs } = current.result;
      if (outcome.ts > from) from = outcome.ts;
      if (invalidTs !== null && invalidTs - 1n < to) to = invalidTs - 1n;
    }
    return from <= to ? to : null;
  }

  /** What the client must be told to hold these results, as JSON texts; it counts as sent. */
  takeModifications(): string[] {
    const modifications = [...this.#removed].map((queryId) => `{"type":"QueryRemoved","queryId":${queryId}}`);
    this.#removed.clear();
    for (const [queryId, subscription] of this.#subscriptions) {
      const { result } = subscription.current ?? {};
      if (!result || (subscription.sent && isSameResult(subscription.sent, result.outcome))) continue;
      subscription.sent = result.outcome;
      modifications.push(`{"queryId":${queryId},${result.members}}`);
    }
    return modifications;
  }
}
