/** Durable mutations against SQLite alone, which commits the same rows: what is acknowledged survives a power cut. */
import { randomBytes } from "node:crypto";
import path from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { openEngine } from "../host/engine";
import { callOf, run } from "./databases";
import { atLeast, type Figure, median, ratioFigure, shownRate } from "./figure";
import type { Conditions } from "./measurements";
import { inTurns } from "./rounds";

const ROUNDS = 15;
const MUTATIONS = 320;
/** A server is asked by many at once. */
const IN_FLIGHT = 16;
const LISTS = 100;

/** A document, its entries in three indexes and the timestamp of the commit: what the host writes for one note. */
function sqliteWriter(file: string) {
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
    CREATE TABLE settings(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE documents(id TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE entries(indexId INTEGER, key BLOB, id TEXT NOT NULL, PRIMARY KEY(indexId, key)) WITHOUT ROWID;`);
  const insert = database.prepare("INSERT INTO documents VALUES(?, ?)");
  const index = database.prepare("INSERT INTO entries VALUES(?, ?, ?)");
  const stamp = database.prepare("INSERT OR REPLACE INTO settings VALUES('lastTs', ?)");
  const write = (call: number) => {
    const id = randomBytes(16).toString("hex");
    const time = Buffer.alloc(8);
    time.writeDoubleBE(call);
    const keys = [[id], [time, id], [`${call % LISTS} `, time, id]];
    database.exec("BEGIN IMMEDIATE");
    insert.run(id, JSON.stringify({ _id: id, _creationTime: call, list: call % LISTS, text: "a note", weight: "1" }));
    keys.forEach((parts, n) => {
      index.run(n, Buffer.concat(parts.map((part) => Buffer.from(part as string))), id);
    });
    stamp.run(`${call}`);
    database.exec("COMMIT");
  };
  return { write, close: () => database.close() };
}

export async function measureWrites({ databases, size, isLate, progress }: Conditions): Promise<Figure[]> {
  const engine = await openEngine({ databaseFile: await databases.copy(0) });
  const sqlite = sqliteWriter(path.join(databases.folder, "raw-writes.sqlite3"));
  const write = (call: number) => run(engine, "mutation", callOf("add", { list: call % LISTS, text: "a note" }));
  const mutations = size(MUTATIONS, IN_FLIGHT);
  const batches = Math.ceil(mutations / IN_FLIGHT);
  const batch = (call: number) => Promise.all(Array.from({ length: IN_FLIGHT }, (_, n) => write(call * IN_FLIGHT + n)));
  progress("writing");
  let written = 0;
  const contenders = {
    one: { run: write, calls: mutations },
    many: { run: batch, calls: batches },
    sqlite: { run: () => sqlite.write(written++), calls: mutations },
  };
  const times = await inTurns(contenders, ROUNDS, isLate);
  await engine.close();
  sqlite.close();
  const many = times.many.map((ms) => ms / IN_FLIGHT);
  const rate = (ms: number[]) => shownRate(1_000 / median(ms));
  const aim = atLeast(0.4);
  return [
    ratioFigure(
      { name: "durable mutations, of SQLite's alone", aim, detail: `${rate(times.one)}, ${rate(times.sqlite)}` },
      times.sqlite,
      times.one,
    ),
    ratioFigure(
      {
        name: `durable mutations, ${IN_FLIGHT} in flight, of SQLite's alone`,
        aim,
        detail: `${rate(many)}, ${rate(times.sqlite)}`,
      },
      times.sqlite,
      many,
    ),
  ];
}
