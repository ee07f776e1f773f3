/**
 * How fast sync applies events that are final: looks with a hundred events each, through the product's own function, each
 * durable before the next. Beside it, SQLite alone writes as many documents in as many transactions.
 */
import { randomBytes } from "node:crypto";
import path from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { applied, BATCH, mixedEvents } from "./events";
import { atLeast, type Figure, median, ratioFigure, shownRate } from "./figure";
import type { Conditions } from "./measurements";
import { Population } from "./population";
import { Product, productCopy, type Used } from "./product";

const PROVIDERS = 4_000;
const LOOKS = 30;
const WARM_UP = 5;
const AIM_PER_SECOND = 1_000;

export async function measureIngestion({ databases, size, isLate, progress }: Conditions): Promise<Figure[]> {
  const product = await Product.open(await productCopy(databases.folder), "FULL");
  const looks = size(LOOKS, 2);
  const warmUp = size(WARM_UP, 1);
  const providers = Math.max(size(PROVIDERS, 1), ((looks + warmUp) * BATCH) / 2);
  progress(`writing ${providers.toLocaleString("en")} providers`);
  const population = await Population.of(product.engine, providers);
  const sqlite = sqliteWriter(path.join(databases.folder, "raw-documents.sqlite3"));
  progress("applying events");
  const [host, raw]: [number[], number[]] = [[], []];
  for (let look = -warmUp; look < looks && !(look > 1 && isLate()); look++) {
    const events = mixedEvents(population, BATCH);
    const used = await product.measured(() => applied(product, population, events));
    const rawMs = sqlite.write(used);
    if (look < 0) continue;
    host.push(used.ms);
    raw.push(rawMs);
  }
  await product.close();
  sqlite.close();
  const perSecond = (ms: number[]) => (1_000 * BATCH) / median(ms);
  const detail = `${shownRate(perSecond(host))}, ${shownRate(perSecond(raw))}`;
  const perfect = host.map(() => (1_000 * BATCH) / AIM_PER_SECOND);
  return [
    ratioFigure(
      { name: "events applied a second, of the thousand that are the aim", aim: atLeast(1), detail },
      perfect,
      host,
    ),
    ratioFigure({ name: "writing of events' documents, of SQLite's alone", aim: null, detail }, raw, host),
  ];
}

/** As many as the product's usual tables have, with those that every table has. */
const INDEXES = 4;

/** Documents with their entries in indexes, in one transaction: what the host writes for a look. */
function sqliteWriter(file: string) {
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
    CREATE TABLE documents(id TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE entries(indexId INTEGER, key BLOB, id TEXT NOT NULL, PRIMARY KEY(indexId, key)) WITHOUT ROWID;`);
  const insert = database.prepare("INSERT INTO documents VALUES(?, ?)");
  const index = database.prepare("INSERT INTO entries VALUES(?, ?, ?)");
  const writeOne = () => {
    const id = randomBytes(16).toString("hex");
    insert.run(id, JSON.stringify({ _id: id, token: "STX", amount: "1", account: `position/${id}/available` }));
    for (let n = 0; n < INDEXES; n++) index.run(n, Buffer.from(`${id}${n}`), id);
  };
  const write = ({ documentsWritten }: Used): number => {
    const start = performance.now();
    database.exec("BEGIN IMMEDIATE");
    for (let n = 0; n < documentsWritten; n++) writeOne();
    database.exec("COMMIT");
    return performance.now() - start;
  };
  return { write, close: () => database.close() };
}
