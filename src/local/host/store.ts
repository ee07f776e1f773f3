/**
 * Documents, index entries and settings on disk: the only file that touches SQLite. A transaction of functions is one of
 * SQLite's, so it reads its own writes, and what it has not committed goes with it. Everything here happens under the
 * runner's lock. Documents stay JSON text, so that a read splices them into a reply without parsing them.
 */
import { DatabaseSync, type DatabaseSyncInstance, type StatementSyncInstance } from "@photostructure/sqlite";
import type { JSONValue } from "convex/values";
import { tableNumberOf } from "./documentIds";
import { type IndexDefinition, type IndexInfo, indexFields, indexKey, type TableInfo } from "./indexes";
import { afterPrefix, compareKeys, encodeKey, type IndexWrite, type KeyRange, type Order, rangeAfter } from "./keys";
import { StorageFailure, storageFailure } from "./storageFailure";

export interface Row {
  key: Uint8Array;
  id: string;
  json: string;
}

type SettingKind = "store" | "deployment" | "environment" | "cron" | "hung";
/** What is waited for: FULL has each commit survive a power cut, NORMAL the file; OFF, for tests, a crash of the process alone. */
export type Durability = "FULL" | "NORMAL" | "OFF";

/** Answers of client mutations that are kept for deduplication; the oldest give way. */
const MAX_ANSWERS = 5_000;
const MANY_ROWS = 512;
export const ALL_KEYS: KeyRange = { low: encodeKey([]), high: afterPrefix(encodeKey([])) };
const FIRST_TABLE_NUMBER = 10_001;
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS settings(kind TEXT, name TEXT, value TEXT NOT NULL, PRIMARY KEY(kind, name)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS tables(number INTEGER PRIMARY KEY, component TEXT NOT NULL, name TEXT NOT NULL, UNIQUE(component, name));
  CREATE TABLE IF NOT EXISTS indexes(id INTEGER PRIMARY KEY AUTOINCREMENT, tableNumber INTEGER NOT NULL, name TEXT NOT NULL,
    fields TEXT NOT NULL, UNIQUE(tableNumber, name));
  CREATE TABLE IF NOT EXISTS documents(id TEXT PRIMARY KEY, tableNumber INTEGER NOT NULL, json TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS entries(indexId INTEGER, key BLOB, id TEXT NOT NULL, PRIMARY KEY(indexId, key)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS answers(sequence INTEGER PRIMARY KEY AUTOINCREMENT, sessionId TEXT NOT NULL, requestId INTEGER NOT NULL,
    answer TEXT NOT NULL, UNIQUE(sessionId, requestId));`;

const page = (order: Order) => `SELECT entries.key, entries.id, documents.json
  FROM entries JOIN documents ON documents.id = entries.id
  WHERE indexId = ? AND key >= ? AND key < ? ORDER BY key ${order} LIMIT ?`;
const PAGE = { asc: page("asc"), desc: page("desc") };

export class Store {
  /** Timestamp of the last durable commit, nanoseconds. */
  lastTs: bigint;
  /** So that documents of transactions within one millisecond keep their order. */
  lastCreationTime = 0;
  readonly #database: DatabaseSyncInstance;
  readonly #isSnapshot: boolean;
  #committed: Store | null = null;
  readonly #statements = new Map<string, StatementSyncInstance>();
  readonly #tables = new Map<string, TableInfo>();
  readonly #tablesByNumber = new Map<number, TableInfo>();

  constructor(
    private readonly file: string,
    durability: Durability | "snapshot",
  ) {
    this.#isSnapshot = durability === "snapshot";
    this.#database = new DatabaseSync(file, { readOnly: this.#isSnapshot });
    if (!this.#isSnapshot) {
      this.#database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${durability}; PRAGMA cache_size = -65536;`);
      this.#database.exec(SCHEMA);
    }
    this.lastTs = this.#load();
  }

  /** The file holds everything by itself then (the driver would leave the log beside it), unless the disk is full. */
  close(): void {
    this.#committed?.close();
    try {
      if (!this.#isSnapshot) this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (error) {
      // What is committed is safe in the log too; anything but the disk's refusal is a bug.
      if (!(storageFailure(error) instanceof StorageFailure)) throw error;
    } finally {
      this.#database.close();
    }
  }

  /** What is committed, without what a transaction under way has written; a connection of its own, for reading. */
  snapshot(): Store {
    this.#committed ??= new Store(this.file, "snapshot");
    this.#committed.lastTs = this.#committed.#load();
    return this.#committed;
  }

  begin(): void {
    if (!this.#isSnapshot) this.#database.exec("BEGIN IMMEDIATE");
  }

  commit(): void {
    this.#database.exec("COMMIT");
  }

  /** The catalogue in memory follows the disk. */
  rollback(): void {
    if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
    this.#loadCatalog();
  }

  /** Begins a part of the transaction that can be taken back alone; parts may lie within parts. */
  beginPart(): void {
    this.#database.exec("SAVEPOINT part");
  }

  endPart(): void {
    this.#database.exec("RELEASE part");
  }

  rollbackPart(): void {
    this.#database.exec("ROLLBACK TO part; RELEASE part");
    this.#loadCatalog();
  }

  document(id: string): string | null {
    return this.#sql("SELECT json FROM documents WHERE id = ?").get(id)?.json ?? null;
  }

  /** At most `limit` rows of a range. */
  page(index: IndexInfo, { low, high }: KeyRange, order: Order, limit: number): Row[] {
    return this.#sql(PAGE[order]).all(index.id, low, high, limit);
  }

  /** All rows of a range, in pages, because an open cursor would block writers. */
  *rows(index: IndexInfo, range: KeyRange, order: Order, batchRows: number): Generator<Row, undefined> {
    for (let rest = range; ; ) {
      const rows = this.page(index, rest, order, batchRows);
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < batchRows) return;
      rest = rangeAfter(rest, order, last.key);
    }
  }

  count(index: IndexInfo): number {
    return this.#sql("SELECT COUNT(*) AS count FROM entries WHERE indexId = ?").get(index.id)?.count;
  }

  documentsOf(table: TableInfo): Iterable<Row> {
    const byId = table.indexes.get("by_id");
    return byId === undefined ? [] : this.rows(byId, ALL_KEYS, "asc", MANY_ROWS);
  }

  /** Replaces a document (null deletes it) and says which index entries it had and has. */
  persist(table: TableInfo, id: string, json: string | null): IndexWrite[] {
    const entriesOf = (text: string | null): IndexWrite[] => {
      if (text === null) return [];
      const document: JSONValue = JSON.parse(text);
      return [...table.indexes.values()].map((index) => ({ indexId: index.id, key: indexKey(index, document) }));
    };
    const isAmong = (list: IndexWrite[], { indexId, key }: IndexWrite) =>
      list.some((other) => other.indexId === indexId && compareKeys(other.key, key) === 0);
    const [before, after] = [entriesOf(this.document(id)), entriesOf(json)];
    for (const old of before) {
      if (isAmong(after, old)) continue;
      this.#sql("DELETE FROM entries WHERE indexId = ? AND key = ?").run(old.indexId, old.key);
    }
    for (const entry of after) {
      if (!isAmong(before, entry)) this.#putEntry(entry, id);
    }
    if (json === null) this.#sql("DELETE FROM documents WHERE id = ?").run(id);
    else this.#sql("INSERT OR REPLACE INTO documents VALUES(?, ?, ?)").run(id, table.number, json);
    return [...before, ...after];
  }

  table(component: string, name: string): TableInfo | null {
    return this.#tables.get(`${component}:${name}`) ?? null;
  }

  tables(): TableInfo[] {
    return [...this.#tables.values()];
  }

  /** The table that an id belongs to, whichever component's it is. */
  tableOfId(id: string): TableInfo | null {
    return this.#tablesByNumber.get(tableNumberOf(id) ?? 0) ?? null;
  }

  /** For validators: which of a component's tables an id belongs to; ids of other components are no ids there. */
  tableNamesIn(component: string): (id: string) => string | null {
    return (id) => {
      const table = this.tableOfId(id);
      return table?.component === component ? table.name : null;
    };
  }

  /** Creates the table where it is missing: Convex, too, creates a table by its first use. */
  ensureTable(component: string, name: string): TableInfo {
    const existing = this.table(component, name);
    if (existing !== null) return existing;
    const number = Math.max(FIRST_TABLE_NUMBER - 1, ...this.#tablesByNumber.keys()) + 1;
    if (!this.#isSnapshot) this.#sql("INSERT INTO tables VALUES(?, ?, ?)").run(number, component, name);
    const table = this.#register({ number, component, name, indexes: new Map() });
    for (const [indexName, fields] of indexFields([])) this.#createIndex(table, indexName, fields);
    return table;
  }

  /** Makes the table's declared indexes exactly `wanted`: fills new ones, drops the rest. */
  setIndexes(table: TableInfo, wanted: IndexDefinition[]): void {
    const full = indexFields(wanted);
    for (const index of [...table.indexes.values()]) {
      if (full.get(index.name)?.join() !== index.fields.join()) this.#dropIndex(index);
    }
    for (const [name, fields] of full) if (!table.indexes.has(name)) this.#createIndex(table, name, fields);
  }

  setting(kind: SettingKind, name: string): string | null {
    return this.settings(kind).get(name) ?? null;
  }

  settings(kind: SettingKind): Map<string, string> {
    const rows = this.#sql("SELECT name, value FROM settings WHERE kind = ? ORDER BY name").all(kind);
    return new Map(rows.map((row): [string, string] => [row.name, row.value]));
  }

  putSetting(kind: SettingKind, name: string, value: string | null): void {
    if (value === null) this.#sql("DELETE FROM settings WHERE kind = ? AND name = ?").run(kind, name);
    else this.#sql("INSERT OR REPLACE INTO settings VALUES(?, ?, ?)").run(kind, name, value);
  }

  answer(sessionId: string, requestId: number): string | null {
    const found = this.#sql("SELECT answer FROM answers WHERE sessionId = ? AND requestId = ?");
    return found.get(sessionId, requestId)?.answer ?? null;
  }

  putAnswer(sessionId: string, requestId: number, answer: string): void {
    const put = this.#sql("INSERT INTO answers(sessionId, requestId, answer) VALUES(?, ?, ?)");
    const sequence = Number(put.run(sessionId, requestId, answer).lastInsertRowid);
    this.#sql("DELETE FROM answers WHERE sequence <= ?").run(sequence - MAX_ANSWERS);
  }

  /** Each statement is prepared at its first use. */
  #sql(text: string): StatementSyncInstance {
    const statement = this.#statements.get(text) ?? this.#database.prepare(text);
    this.#statements.set(text, statement);
    return statement;
  }

  #putEntry({ indexId, key }: IndexWrite, id: string): void {
    this.#sql("INSERT INTO entries VALUES(?, ?, ?)").run(indexId, key, id);
  }

  #createIndex(table: TableInfo, name: string, fields: string[]): void {
    const index: IndexInfo = { id: this.#newIndexId(table, name, fields), table, name, fields };
    table.indexes.set(name, index);
    for (const { id, json } of this.documentsOf(table)) {
      this.#putEntry({ indexId: index.id, key: indexKey(index, JSON.parse(json)) }, id);
    }
  }

  /** A snapshot can't write: a table that it is the first to name is there for it alone, and empty. */
  #newIndexId(table: TableInfo, name: string, fields: string[]): number {
    if (this.#isSnapshot) return 0;
    const put = this.#sql("INSERT INTO indexes(tableNumber, name, fields) VALUES(?, ?, ?)");
    return Number(put.run(table.number, name, JSON.stringify(fields)).lastInsertRowid);
  }

  #dropIndex(index: IndexInfo): void {
    this.#sql("DELETE FROM entries WHERE indexId = ?").run(index.id);
    this.#sql("DELETE FROM indexes WHERE id = ?").run(index.id);
    index.table.indexes.delete(index.name);
  }

  #register(table: TableInfo): TableInfo {
    this.#tables.set(`${table.component}:${table.name}`, table);
    this.#tablesByNumber.set(table.number, table);
    return table;
  }

  /** Reads the catalogue, and the last timestamp, which it returns. */
  #load(): bigint {
    this.#loadCatalog();
    return BigInt(this.setting("store", "lastTs") ?? 0);
  }

  #loadCatalog(): void {
    this.#tables.clear();
    this.#tablesByNumber.clear();
    for (const { number, component, name } of this.#sql("SELECT number, component, name FROM tables").all()) {
      this.#register({ number, component, name, indexes: new Map() });
    }
    for (const { id, tableNumber, name, fields } of this.#sql("SELECT * FROM indexes").all()) {
      const table = this.#tablesByNumber.get(tableNumber) as TableInfo;
      table.indexes.set(name, { id, table, name, fields: JSON.parse(fields) });
    }
  }
}
