/**
 * One transaction of a function or of the host: a transaction of SQLite's from its first write on, what it has read, and
 * which index entries it has changed. Transactions run one after the other (the runner's lock), so reads need no versions.
 */
import type { IndexInfo, TableInfo } from "./indexes";
import { afterPrefix, encodeKey, type IndexWrite, type KeyRange, type Order, type ReadRange, successor } from "./keys";
import { Usage } from "./limits";
import { storageFailure } from "./storageFailure";
import { ALL_KEYS, type Row, type Store } from "./store";

interface Scan extends KeyRange {
  index: IndexInfo;
  order: Order;
  last: Uint8Array | null;
  exhausted: boolean;
}

export class Transaction {
  /** The timestamp that this transaction commits at. Known from the start, because nothing commits in between. */
  readonly ts: bigint;
  /** The last commit that it sees. */
  readonly snapshotTs: bigint;
  /** Index entries written so far, their old and their new ones. */
  readonly writes: IndexWrite[] = [];
  readonly #scans: Scan[] = [];
  readonly #points: ReadRange[] = [];
  #begun = false;
  #over = false;
  /** What went wrong in a change, which may have been done by half: a function that catches it must not commit. */
  #failure: { error: unknown } | null = null;

  constructor(
    readonly store: Store,
    /** The clock of the whole transaction, milliseconds. */
    readonly now: number,
    readonly usage = new Usage(),
  ) {
    this.snapshotTs = store.lastTs;
    const clock = BigInt(Math.floor(now)) * 1_000_000n;
    this.ts = clock > store.lastTs ? clock : store.lastTs + 1n;
  }

  table(component: string, name: string): TableInfo {
    return this.store.table(component, name) ?? this.change(() => this.store.ensureTable(component, name));
  }

  /** How many documents a table has. */
  count(table: TableInfo): number {
    this.#assertRunning();
    this.usage.count("databaseQueries", 1);
    const byId = table.indexes.get("by_id") as IndexInfo;
    this.#points.push({ indexId: byId.id, ...ALL_KEYS });
    return this.store.count(byId);
  }

  /** The stored JSON of a document of `table`, or null. */
  read(table: TableInfo, id: string): string | null {
    this.#assertRunning();
    this.usage.count("databaseQueries", 1);
    const byId = table.indexes.get("by_id") as IndexInfo;
    const low = encodeKey([id]);
    this.#points.push({ indexId: byId.id, low, high: afterPrefix(low) });
    const json = this.store.document(id);
    if (json !== null) this.#countRead(json);
    return json;
  }

  /** Writes (or with null deletes) a document. */
  write(table: TableInfo, id: string, json: string | null): void {
    this.usage.count("documentsWritten", 1);
    this.change(() => this.writes.push(...this.store.persist(table, id, json)));
  }

  /** Something that is durable together with the writes, or not at all. */
  change<Result>(work: () => Result): Result {
    this.#assertRunning();
    // SQLite may have ended its transaction: what came now would be durable by itself.
    this.assertSound();
    return this.#writing(() => {
      if (!this.#begun) this.store.begin();
      this.#begun = true;
      return work();
    });
  }

  /** Throws what a change has thrown, if one has. */
  assertSound(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  /**
   * Rows of the range in order, so many at a time: each batch is as the transaction has it when the batch is fetched, and
   * stays so, whatever the function writes before it gets to the end of the batch. So it is on Convex.
   */
  *scan(index: IndexInfo, range: KeyRange, order: Order, batchRows: number): Generator<Row> {
    this.usage.count("databaseQueries", 1);
    const scan: Scan = { ...range, index, order, last: null, exhausted: false };
    this.#scans.push(scan);
    for (const row of this.store.rows(index, range, order, batchRows)) {
      this.#assertRunning();
      scan.last = row.key;
      this.#countRead(row.json);
      yield row;
    }
    // Also where nothing was found.
    this.#assertRunning();
    scan.exhausted = true;
  }

  /** What the transaction has looked at, each scan only as far as it went. */
  readSet(): ReadRange[] {
    const scanned = this.#scans.map(({ index, low, high, order, last, exhausted }): ReadRange => {
      const indexId = index.id;
      if (exhausted) return { indexId, low, high };
      if (last === null) return { indexId, low, high: low };
      return order === "asc" ? { indexId, low, high: successor(last) } : { indexId, low: last, high };
    });
    return [...this.#points, ...scanned];
  }

  /** The creation time of a new document: the transaction's clock, or the next float after the last one. */
  nextCreationTime(): number {
    const { lastCreationTime: last } = this.store;
    const step = Math.max(2 ** (Math.floor(Math.log2(last)) - 52), Number.MIN_VALUE);
    this.store.lastCreationTime = Math.max(this.now, last + step);
    return this.store.lastCreationTime;
  }

  /** Runs a nested mutation, which leaves nothing when it fails. */
  async part<Result>(work: () => Promise<Result>): Promise<Result> {
    this.change(() => this.store.beginPart());
    const mark = this.writes.length;
    const takeBackUsage = this.usage.mark();
    try {
      const result = await work();
      if (!this.#over) this.store.endPart();
      return result;
    } catch (error) {
      if (!this.#over) this.change(() => this.store.rollbackPart());
      this.writes.length = mark;
      takeBackUsage();
      throw error;
    }
  }

  /** The timestamp from which the writes can be seen; the snapshot's where there are none. */
  get commitTs(): bigint {
    return this.writes.length > 0 ? this.ts : this.snapshotTs;
  }

  /** Makes everything durable. After this, or a rollback, a function that was not awaited can no longer read or write. */
  commit(): void {
    if (this.#over) return;
    this.assertSound();
    if (this.writes.length > 0) this.change(() => this.store.putSetting("store", "lastTs", this.ts.toString()));
    if (this.#begun) this.#writing(() => this.store.commit());
    this.store.lastTs = this.commitTs;
    this.#over = true;
  }

  rollback(): void {
    if (this.#begun && !this.#over) this.store.rollback();
    this.writes.length = 0;
    this.#over = true;
  }

  #writing<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (thrown) {
      this.#failure = { error: storageFailure(thrown) };
      throw this.#failure.error;
    }
  }

  #countRead(json: string): void {
    this.usage.count("documentsRead", 1);
    this.usage.count("bytesRead", json.length);
  }

  #assertRunning(): void {
    if (this.#over) throw new Error("The function has ended: await every call to ctx.db before you return.");
  }
}
