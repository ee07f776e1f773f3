/**
 * One transaction: what it has read, and its writes until they are committed together. Transactions run one after the
 * other (the engine's lock), so the store below stands still while one runs, and reads need no versions.
 */
import type { JSONValue } from "convex/values";
import type { IndexWrite, ReadRange } from "./engine";
import { afterPrefix, compareKeys, encodeKey, successor } from "./keys";
import { Usage } from "./limits";
import type { DocumentWrite, KeyRange, Order, Row, Store } from "./store";
import { APP, type IndexInfo, indexKey, type TableInfo } from "./tables";

interface Scan extends KeyRange {
  index: IndexInfo;
  order: Order;
  last: Uint8Array | null;
  exhausted: boolean;
}

/** Pending index entries of one index, sorted by key. */
class PendingEntries {
  readonly #rows: { key: Uint8Array; id: string }[] = [];

  set(key: Uint8Array, id: string): void {
    this.#rows.splice(this.#position(key), 0, { key, id });
  }

  delete(key: Uint8Array): void {
    this.#rows.splice(this.#position(key), 1);
  }

  /** The pending entry nearest to the scan's place, in its direction. */
  next({ low, high, order, last }: Scan): { key: Uint8Array; id: string } | null {
    const place = order === "asc" ? this.#position(last ? successor(last) : low) : this.#position(last ?? high) - 1;
    const row = this.#rows[place];
    return row && compareKeys(row.key, low) >= 0 && compareKeys(row.key, high) < 0 ? row : null;
  }

  /** Where the first key >= `key` stands. */
  #position(key: Uint8Array): number {
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareKeys((this.#rows[middle] as { key: Uint8Array }).key, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export class Transaction {
  readonly usage = new Usage();
  /** The timestamp that this transaction commits at. Known from the start, because nothing commits in between. */
  readonly ts: bigint;
  /** The last commit that it sees. */
  readonly snapshotTs: bigint;
  readonly #writes = new Map<string, DocumentWrite>();
  readonly #pending = new Map<number, PendingEntries>();
  readonly #undo: { id: string; previous: DocumentWrite | undefined }[] = [];
  readonly #scans: Scan[] = [];
  readonly #points: ReadRange[] = [];
  readonly #companions: (() => void)[] = [];
  #over = false;

  constructor(
    readonly store: Store,
    /** The clock of the whole transaction, milliseconds. */
    readonly now: number,
  ) {
    this.snapshotTs = store.lastTs;
    const clock = BigInt(Math.floor(now)) * 1_000_000n;
    this.ts = clock > store.lastTs ? clock : store.lastTs + 1n;
  }

  /** After this, a function that was not awaited can no longer read or write. */
  end(): void {
    this.#over = true;
  }

  table(name: string): TableInfo {
    return this.store.table(APP, name) ?? this.store.atomically(() => this.store.ensureTable(APP, name));
  }

  /** The stored JSON of a document of `table`, or null. */
  read(table: TableInfo, id: string): string | null {
    this.#assertRunning();
    this.usage.count("databaseQueries", 1);
    const byId = table.indexes.get("by_id") as IndexInfo;
    const low = encodeKey([id]);
    this.#points.push({ indexId: byId.id, low, high: afterPrefix(low) });
    return this.#countRead(this.#current(id));
  }

  /** Writes (or with null deletes) a document. */
  write(table: TableInfo, id: string, json: string | null): void {
    this.#assertRunning();
    this.usage.count("documentsWritten", 1);
    const previous = this.#writes.get(id);
    const entriesOf = (text: string | null): IndexWrite[] => {
      if (text === null) return [];
      const document: JSONValue = JSON.parse(text);
      return [...table.indexes.values()].map((index) => ({ indexId: index.id, key: indexKey(index, document) }));
    };
    const committed = previous?.committed ?? entriesOf(this.store.document(id));
    this.#undo.push({ id, previous });
    this.#replace(id, previous, { table, json, entries: entriesOf(json), committed });
  }

  /** Rows of the range in order. Each step sees what the transaction has written by then. */
  *scan(index: IndexInfo, range: KeyRange, order: Order, expectedRows: number): Generator<Row> {
    this.usage.count("databaseQueries", 1);
    const scan: Scan = { ...range, index, order, last: null, exhausted: false };
    this.#scans.push(scan);
    const committed = this.store.rows(index, range, order, expectedRows);
    let row = committed.next().value;
    for (;;) {
      this.#assertRunning();
      while (row && this.#writes.has(row.id)) row = committed.next().value;
      const own = this.#pending.get(index.id)?.next(scan) ?? null;
      if (!row && !own) break;
      const ownFirst = own && (!row || (order === "asc" ? 1 : -1) * compareKeys(own.key, row.key) < 0);
      const next: Row = ownFirst ? { ...own, json: this.#current(own.id) as string } : (row as Row);
      if (!ownFirst) row = undefined;
      scan.last = next.key;
      this.#countRead(next.json);
      yield next;
      if (row === undefined) row = committed.next().value;
    }
    scan.exhausted = true;
  }

  /** What the transaction has looked at, each scan only as far as it went. */
  readSet(): ReadRange[] {
    const scanned = this.#scans.map(({ index, low, high, order, last, exhausted }): ReadRange => {
      if (exhausted) return { indexId: index.id, low, high };
      if (last === null) return { indexId: index.id, low, high: low };
      return order === "asc"
        ? { indexId: index.id, low, high: successor(last) }
        : { indexId: index.id, low: last, high };
    });
    return [...this.#points, ...scanned];
  }

  /** The creation time of a new document: the transaction's clock, then the next floats up. */
  nextCreationTime(): number {
    const last = this.store.lastCreationTime;
    this.store.lastCreationTime = this.now > last ? this.now : nextFloat(last);
    return this.store.lastCreationTime;
  }

  mark(): number {
    return this.#undo.length;
  }

  /** Takes back every write since the mark: a nested call that failed leaves nothing. */
  rollbackTo(mark: number): void {
    for (const { id, previous } of this.#undo.splice(mark).reverse()) this.#replace(id, this.#writes.get(id), previous);
  }

  /** The timestamp from which the writes can be seen; the snapshot's where there are none. */
  get commitTs(): bigint {
    return this.#writes.size > 0 ? this.ts : this.snapshotTs;
  }

  /** Something of the host's own (an answer, a cron's next time) that is durable together with the writes. */
  accompany(companion: () => void): void {
    this.#companions.push(companion);
  }

  /** Makes the writes durable and says which index entries changed; null where there was nothing to write. */
  commit(): IndexWrite[] | null {
    this.end();
    if (this.#writes.size === 0 && this.#companions.length === 0) return null;
    this.store.atomically(() => {
      for (const [id, write] of this.#writes) this.store.persist(id, write);
      for (const companion of this.#companions) companion();
      if (this.#writes.size > 0) this.store.putSetting("store", "lastTs", this.ts.toString());
    });
    if (this.#writes.size === 0) return null;
    this.store.lastTs = this.ts;
    return [...this.#writes.values()].flatMap(({ committed, entries }) => [...committed, ...entries]);
  }

  #replace(id: string, from: DocumentWrite | undefined, to: DocumentWrite | undefined): void {
    for (const { indexId, key } of from?.entries ?? []) this.#pendingOf(indexId).delete(key);
    for (const { indexId, key } of to?.entries ?? []) this.#pendingOf(indexId).set(key, id);
    if (to === undefined) this.#writes.delete(id);
    else this.#writes.set(id, to);
  }

  #pendingOf(indexId: number): PendingEntries {
    const entries = this.#pending.get(indexId) ?? new PendingEntries();
    this.#pending.set(indexId, entries);
    return entries;
  }

  #current(id: string): string | null {
    const own = this.#writes.get(id);
    return own === undefined ? this.store.document(id) : own.json;
  }

  #countRead(json: string | null): string | null {
    if (json !== null) {
      this.usage.count("documentsRead", 1);
      this.usage.count("bytesRead", json.length);
    }
    return json;
  }

  #assertRunning(): void {
    if (this.#over) throw new Error("The function has ended: await every call to ctx.db before you return.");
  }
}

/** The smallest float above a positive one. */
function nextFloat(value: number): number {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  bits.setBigUint64(0, bits.getBigUint64(0) + 1n);
  return bits.getFloat64(0);
}
