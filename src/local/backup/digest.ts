/** One number for all that a state holds: every row of every table of the database, the chain's journal and the keys. */
import { createHash, type Hash } from "node:crypto";
import type { DatabaseSyncInstance } from "@photostructure/sqlite";

interface Column {
  name: string;
  /** Its place in the primary key, from 1; 0 where it has none. */
  pk: number;
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** The order of the rows is the primary key's, so that it says nothing of how SQLite has laid them out. */
function addTable(hash: Hash, database: DatabaseSyncInstance, table: string): void {
  const columns = database.prepare(`PRAGMA table_info(${quoted(table)})`).all() as unknown as Column[];
  const key = columns.filter(({ pk }) => pk > 0).sort((one, other) => one.pk - other.pk);
  const order = key.map(({ name }) => quoted(name)).join() || "rowid";
  const rows = database.prepare(`SELECT * FROM ${quoted(table)} ORDER BY ${order}`);
  // Larger than what JavaScript's numbers hold must not be rounded, or two rows could look alike.
  rows.setReadBigInts(true);
  hash.update(`\ntable ${JSON.stringify([table, columns.map(({ name }) => name)])}\n`);
  for (const row of rows.iterate() as Iterable<Record<string, unknown>>) {
    const values = Object.values(row).map((value) => {
      if (typeof value === "bigint") return { integer: String(value) };
      return value instanceof Uint8Array ? { bytes: Buffer.from(value).toString("base64") } : value;
    });
    hash.update(`${JSON.stringify(values)}\n`);
  }
}

/** @param files digests of the other parts, by name */
export function stateDigest(database: DatabaseSyncInstance, files: Record<string, string>): string {
  const hash = createHash("sha256");
  const named =
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name";
  for (const { name } of database.prepare(named).all() as { name: string }[]) addTable(hash, database, name);
  for (const name of Object.keys(files).sort()) hash.update(`file ${JSON.stringify([name, files[name]])}\n`);
  return hash.digest("hex");
}
