/**
 * The queries one client is subscribed to, with what it was sent of each. The session decides when to refresh and send;
 * this knows which results the client does not have yet.
 */
import type { Viewer } from "./auth";
import type { FunctionCall, QueryOutcome } from "./functionCall";
import { isSameResult, type LiveQueries, type LiveResult } from "./liveQueries";
import { ProtocolError } from "./protocol";

interface Subscription {
  call: FunctionCall;
  journal: string | null;
  /** The newest result and for whom it was computed; null before the first. */
  current: { result: LiveResult; viewer: Viewer } | null;
  sent: QueryOutcome | null;
  onStale: () => void;
}

export class QuerySet {
  readonly #subscriptions = new Map<number, Subscription>();
  readonly #removed = new Set<number>();

  constructor(
    private readonly live: LiveQueries,
    private readonly onStale: () => void,
  ) {}

  add(queryId: number, call: FunctionCall, journal: string | null): void {
    if (this.#subscriptions.has(queryId)) throw new ProtocolError(`Query ${queryId} exists already.`);
    // A listener of its own, because two of a client's queries may share one result.
    const onStale = () => this.onStale();
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

  /** Brings all results to one state of the database, and says at which timestamp they are true. */
  refresh(viewer: Viewer): Promise<bigint> {
    return this.live.inOneState(async () => {
      for (const [queryId, subscription] of this.#subscriptions) await this.#refreshOne(queryId, subscription, viewer);
    });
  }

  async #refreshOne(queryId: number, subscription: Subscription, viewer: Viewer): Promise<void> {
    const { current, call, journal, onStale } = subscription;
    if (current?.viewer === viewer && !current.result.isStale) return;
    const result = await this.live.subscribe(call, viewer, journal, onStale);
    // The client may have removed the query meanwhile.
    if (this.#subscriptions.get(queryId) !== subscription) return this.live.unsubscribe(result, onStale);
    if (current?.result !== result) this.#release(subscription);
    subscription.current = { result, viewer };
    subscription.journal = result.outcome.journal;
  }

  #release({ current, onStale }: Subscription): void {
    if (current) this.live.unsubscribe(current.result, onStale);
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
