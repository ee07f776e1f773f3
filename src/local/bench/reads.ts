/** An index read of ten documents: at two sizes of the table, against Convex's mock, and against SQLite alone. */
import path from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { convexTest } from "convex-test";
import { openEngine } from "../host/engine";
import { notes as api } from "./clients";
import { callOf, fillings, NOTES_A_LIST, run } from "./databases";
import { atLeast, atMost, type Figure, median, ratioFigure, shownMs } from "./figure";
import type { Conditions } from "./measurements";
import * as notes from "./project/convex/notes";
import schema from "./project/convex/schema";
import { type Contender, inTurns } from "./rounds";

const SMALL = 1_000;
const LARGE = 100_000;
const ROUNDS = 11;
const CALLS = 200;
/** The mock takes a fifth of a second for a read at 100,000 documents. */
const MOCK_CALLS = 1;

/** Each call reads another list, spread over the table. */
const listOf = (call: number, documents: number) => (call * 7_919) % Math.ceil(documents / NOTES_A_LIST);

async function hostReader({ databases }: Conditions, documents: number) {
  const engine = await openEngine({ databaseFile: await databases.copy(documents) });
  const read = (call: number) => run(engine, "query", callOf("latest", { list: listOf(call, documents) }));
  return { read, close: () => engine.close() };
}

async function mockReader(documents: number) {
  const modules = { "/convex/_generated/api.js": async () => ({}), "/convex/notes.ts": async () => notes };
  const mock = convexTest({ schema, modules });
  for (const args of fillings(documents)) await mock.mutation(api.fill, args);
  return (call: number) => mock.query(api.latest, { list: listOf(call, documents) });
}

/** What an application would do without a host: a table with an index, a prepared statement, JSON parsed. */
function sqliteReader({ databases }: Conditions, documents: number) {
  const database = new DatabaseSync(path.join(databases.folder, "raw-reads.sqlite3"));
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
    CREATE TABLE notes(id TEXT PRIMARY KEY, list REAL NOT NULL, createdAt REAL NOT NULL, json TEXT NOT NULL) WITHOUT ROWID;
    CREATE INDEX by_list ON notes(list, createdAt, id); BEGIN`);
  const insert = database.prepare("INSERT INTO notes VALUES(?, ?, ?, ?)");
  for (let n = 0; n < documents; n++) {
    const [list, _id] = [Math.floor(n / NOTES_A_LIST), `${n}`.padStart(32, "0")];
    const note = { _id, _creationTime: n, list, text: `note ${n % NOTES_A_LIST} of list ${list}`, weight: "1" };
    insert.run(_id, list, n, JSON.stringify(note));
  }
  database.exec("COMMIT");
  const select = database.prepare("SELECT json FROM notes WHERE list = ? ORDER BY createdAt DESC LIMIT 10");
  const read = (call: number) => select.all(listOf(call, documents)).map(({ json }) => JSON.parse(json));
  return { read, close: () => database.close() };
}

export async function measureReads(conditions: Conditions): Promise<Figure[]> {
  const { size, progress } = conditions;
  const [small, large] = [size(SMALL, 100), size(LARGE, 200)];
  progress(`writing ${shown(small)} and ${shown(large)} documents`);
  const [hostSmall, hostLarge] = [await hostReader(conditions, small), await hostReader(conditions, large)];
  const sqlite = sqliteReader(conditions, large);
  progress("writing as many into Convex's mock");
  const mock = await mockReader(large);
  progress("reading");
  const calls = size(CALLS, 20);
  const contenders = {
    small: { run: hostSmall.read, calls },
    large: { run: hostLarge.read, calls },
    sqlite: { run: sqlite.read, calls },
    mock: { run: mock, calls: MOCK_CALLS },
  } satisfies Record<string, Contender>;
  const times = await inTurns(contenders, ROUNDS, conditions.isLate);
  await hostSmall.close();
  await hostLarge.close();
  sqlite.close();
  const each = (name: keyof typeof times) => shownMs(median(times[name]));
  const at = `at ${shown(large)} documents`;
  return [
    ratioFigure(
      {
        name: `read of 10 ${at}, of that at ${shown(small)}`,
        aim: atMost(1.2),
        detail: `${each("large")}, ${each("small")}`,
      },
      times.large,
      times.small,
    ),
    ratioFigure(
      {
        name: `times faster than convex-test ${at}`,
        aim: atLeast(1_000),
        detail: `${each("large")}, ${each("mock")}`,
      },
      times.mock,
      times.large,
    ),
    ratioFigure(
      { name: `read of 10, of SQLite's alone ${at}`, aim: atMost(3), detail: `${each("large")}, ${each("sqlite")}` },
      times.large,
      times.sqlite,
    ),
  ];
}

const shown = (count: number) => count.toLocaleString("en");
