/** Backup and restore of a state folder: one moment, whole or refused, and the old state stands whenever it fails. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { restore, unpack } from "../../../src/local/backup/restore";
import { type Restored, readRestored, withhold } from "../../../src/local/backup/restored";
import { backUp } from "../../../src/local/backup/snapshot";
import { Store } from "../../../src/local/host/store";
import { PROJECT_ROOT } from "../../../src/local/stack";
import { DATABASE_FILE, JOURNAL_FILE, lockStateFolder, SECRETS_FILE } from "../../../src/local/stateFolder";

const NOW = new Date("2026-03-04T05:06:07.008Z");
const QUIETLY = { now: NOW, onProgress: () => {} };

let folder: string;
let stateDir: string;
let file: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(tmpdir(), "bithedge-backup-"));
  stateDir = path.join(folder, "state");
  file = path.join(folder, "saved.backup");
  makeState(stateDir, "first");
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

/** A state of the host's own tables, with more than one chunk in the journal. */
function makeState(target: string, mark: string): void {
  fs.mkdirSync(path.join(target, path.dirname(JOURNAL_FILE)), { recursive: true });
  const store = new Store(path.join(target, DATABASE_FILE), "NORMAL");
  store.begin();
  const table = store.ensureTable("", "notes");
  for (let n = 0; n < 200; n += 1)
    store.persist(table, `${mark}-${n}`, JSON.stringify({ _id: `${mark}-${n}`, text: mark }));
  store.commit();
  store.close();
  fs.writeFileSync(path.join(target, JOURNAL_FILE), `{"n":0,"mark":"${mark}"}\n`.repeat(100_000));
  fs.writeFileSync(path.join(target, SECRETS_FILE), JSON.stringify({ key: mark }), { mode: 0o600 });
}

const journalOf = (state: string) => fs.readFileSync(path.join(state, JOURNAL_FILE), "utf8");
const keysOf = (state: string) => fs.readFileSync(path.join(state, SECRETS_FILE), "utf8");

function rowsOf(state: string, sql: string): unknown[] {
  const database = new DatabaseSync(path.join(state, DATABASE_FILE));
  const rows = database.prepare(sql).all();
  database.close();
  return rows;
}

const DOCUMENTS = "SELECT id, json FROM documents ORDER BY id";

test("what is restored is what was saved, and the state that was there is kept", async () => {
  fs.appendFileSync(path.join(stateDir, JOURNAL_FILE), '{"cut off');
  const digest = await backUp(stateDir, file, QUIETLY);
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  expect(fs.readdirSync(folder).sort()).toEqual(["saved.backup", "state"]);

  const other = path.join(folder, "other");
  makeState(other, "second");
  const { manifest, movedTo } = restore(file, other, QUIETLY);
  expect(manifest).toMatchObject({ digest, createdAt: NOW.toISOString() });
  expect(journalOf(other)).toBe(journalOf(stateDir).replace('{"cut off', ""));
  expect(keysOf(other)).toBe('{"key":"first"}');
  expect(rowsOf(other, DOCUMENTS)).toEqual(rowsOf(stateDir, DOCUMENTS));
  expect(fs.statSync(path.join(other, SECRETS_FILE)).mode & 0o777).toBe(0o600);

  // The next start is told, with the latest block time that a signature may have been made at.
  const { backupOf, signedUpTo } = readRestored(other) as Restored;
  expect({ backupOf, signedUpTo }).toEqual({
    backupOf: NOW.toISOString(),
    signedUpTo: Math.ceil(NOW.getTime() / 1_000),
  });

  expect(movedTo).toBe(`${other}.before-restore-2026-03-04T05-06-07-008Z`);
  expect(keysOf(movedTo as string)).toBe('{"key":"second"}');
  expect(rowsOf(movedTo as string, DOCUMENTS)).toHaveLength(200);

  // A backup of the restored state is of the same state; one row changed, and it is not.
  expect(await backUp(other, path.join(folder, "again"), QUIETLY)).toBe(digest);
  rowsOf(other, "UPDATE documents SET json = replace(json, 'first', 'First') WHERE id = 'first-7'");
  expect(await backUp(other, path.join(folder, "changed"), QUIETLY)).not.toBe(digest);
  expect(restore(file, path.join(folder, "nowhere"), QUIETLY).movedTo).toBe(null);
});

test("how far a chain was told to run ahead counts, of the state before as of the restored one", async () => {
  const advance = (state: string, seconds: number) =>
    fs.appendFileSync(path.join(state, JOURNAL_FILE), `{"kind":"advance","seconds":${seconds}}\n`);
  const now = Math.ceil(NOW.getTime() / 1_000);
  advance(stateDir, 100);
  await backUp(stateDir, file, QUIETLY);
  advance(stateDir, 40);
  restore(file, stateDir, QUIETLY);
  expect(readRestored(stateDir)?.signedUpTo).toBe(now + 140);
  restore(file, path.join(folder, "elsewhere"), QUIETLY);
  expect(readRestored(path.join(folder, "elsewhere"))?.signedUpTo).toBe(now + 100);
  // It is no part of a backup: who restores that one is told anew.
  await backUp(stateDir, path.join(folder, "again"), QUIETLY);
  fs.mkdirSync(path.join(folder, "unpacked"));
  unpack(path.join(folder, "again"), path.join(folder, "unpacked"), () => {});
  expect(readRestored(path.join(folder, "unpacked"))).toBe(null);
});

test("keys are withheld in the database itself, and nothing else is", () => {
  const store = new Store(path.join(stateDir, DATABASE_FILE), "NORMAL");
  store.begin();
  for (const name of ["KEY", "URL"]) store.putSetting("environment", name, "set");
  store.commit();
  store.close();
  const before = rowsOf(stateDir, DOCUMENTS);
  withhold(["KEY", "MISSING"], stateDir);
  expect(rowsOf(stateDir, "SELECT name FROM settings WHERE kind = 'environment'")).toEqual([{ name: "URL" }]);
  expect(rowsOf(stateDir, DOCUMENTS)).toEqual(before);
});

test("nothing is overwritten, and an empty folder is no state", async () => {
  fs.writeFileSync(file, "precious");
  await expect(backUp(stateDir, file, QUIETLY)).rejects.toThrow("is there already");
  expect(fs.readFileSync(file, "utf8")).toBe("precious");
  await expect(backUp(folder, path.join(folder, "x"), QUIETLY)).rejects.toThrow("convex.sqlite3 is missing");
  expect(fs.readdirSync(folder).sort()).toEqual(["saved.backup", "state"]);
});

/** Another process writes as the stack does: first the chain's journal, then the database that follows it. */
async function startWriter(): Promise<ChildProcess> {
  const script = path.join(folder, "writer.mjs");
  fs.writeFileSync(
    script,
    `import fs from "node:fs"; import { createRequire } from "node:module";
     const { DatabaseSync } = createRequire(${JSON.stringify(path.join(PROJECT_ROOT, "package.json"))})("@photostructure/sqlite");
     const database = new DatabaseSync(${JSON.stringify(path.join(stateDir, DATABASE_FILE))}, { timeout: 10000 });
     database.exec("CREATE TABLE seen(n INTEGER PRIMARY KEY, filler TEXT)");
     const journal = fs.openSync(${JSON.stringify(path.join(stateDir, JOURNAL_FILE))}, "a");
     const insert = database.prepare("INSERT INTO seen VALUES(?, ?)");
     for (let n = 1; ; n += 1) {
       fs.writeSync(journal, JSON.stringify({ n }) + "\\n");
       insert.run(n, "x".repeat(2000));
       if (n === 100) console.log("writing");
       await new Promise(setImmediate);
     }`,
  );
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once("data", () => resolve());
    child.once("exit", (code) => reject(new Error(`the writer ended with ${code}`)));
  });
  return child;
}

test("under load, database and journal are of the same moment", async () => {
  const writer = await startWriter();
  try {
    const reached: number[] = [];
    for (const round of [0, 1, 2]) {
      const [target, restored] = [`${file}-${round}`, path.join(folder, `restored-${round}`)];
      await backUp(stateDir, target, QUIETLY);
      restore(target, restored, QUIETLY);
      const [{ n: seen } = { n: 0 }] = rowsOf(restored, "SELECT max(n) AS n FROM seen") as { n: number }[];
      const written = JSON.parse(journalOf(restored).trimEnd().split("\n").at(-1) as string).n;
      expect(written - seen).toBeGreaterThanOrEqual(0);
      expect(written - seen).toBeLessThanOrEqual(1);
      reached.push(seen);
    }
    // It was load indeed.
    expect(reached[0]).toBeGreaterThanOrEqual(99);
    expect(reached[2]).toBeGreaterThan(reached[0] as number);
  } finally {
    writer.kill("SIGKILL");
  }
});

test("a damaged, truncated, foreign or newer file is refused, and the state stays", async () => {
  await backUp(stateDir, file, QUIETLY);
  const whole = fs.readFileSync(file);
  const bad = path.join(folder, "bad");
  const target = path.join(folder, "target");
  makeState(target, "kept");
  const refused = (bytes: Uint8Array, reason: RegExp) => {
    fs.writeFileSync(bad, bytes);
    expect(() => restore(bad, target, QUIETLY)).toThrow(reason);
    expect(() => unpack(bad, fs.mkdtempSync(path.join(folder, "scratch-")), () => {})).toThrow(reason);
    expect(keysOf(target)).toBe('{"key":"kept"}');
    expect(fs.readdirSync(folder).filter((name) => /restoring|restored|before/.test(name))).toEqual([]);
  };
  /** One byte is changed, and in whatever copy SQLite has left of it in unused space. */
  const flipped = (beginning: string | Uint8Array, offset = 0) => {
    const copy = Buffer.from(whole);
    for (let at = copy.indexOf(beginning); at >= 0; at = copy.indexOf(beginning, at + 1)) {
      copy.writeUInt8(copy.readUInt8(at + offset) ^ 0x5a, at + offset);
    }
    return copy;
  };
  const reasons = /is damaged|is no backup/;
  refused(flipped("SQLite format 3"), /is no backup/);
  for (const text of ['"digest"', "createdAt", "secrets.json"]) refused(flipped(text), reasons);
  const saved = new DatabaseSync(file, { readOnly: true });
  const chunks = saved.prepare("SELECT bytes FROM chunks").all() as { bytes: Uint8Array }[];
  saved.close();
  expect(chunks.length).toBeGreaterThanOrEqual(4);
  for (const { bytes } of chunks) refused(flipped(bytes.subarray(0, 20), 20), /is damaged/);
  const lengths = [100, Math.floor(whole.length * 0.4), whole.length - 4096, whole.length - 1];
  for (const length of lengths) refused(whole.subarray(0, length), reasons);
  refused(Buffer.alloc(0), /is no backup/);
  refused(Buffer.from("something else altogether"), /is no backup/);
  refused(fs.readFileSync(path.join(stateDir, DATABASE_FILE)), /is no backup/);

  const altered = (sql: string) => {
    fs.writeFileSync(bad, whole);
    const database = new DatabaseSync(bad);
    database.exec(sql);
    database.close();
    return fs.readFileSync(bad);
  };
  refused(altered("UPDATE manifest SET format = 2"), /has format 2; this version reads format 1 only/);
  refused(
    altered("DELETE FROM chunks WHERE part = 'stacks/chain.jsonl' AND n = 2"),
    /chain.jsonl is not what was saved/,
  );
  const another = "SELECT bytes FROM chunks WHERE part = 'stacks/chain.jsonl' AND n = 1";
  refused(altered(`UPDATE chunks SET bytes = (${another}) WHERE n = 0 AND part = 'secrets.json'`), /is damaged/);
  refused(altered("UPDATE manifest SET json = replace(json, '2026', '2025')"), /its manifest does not match/);
  expect(() => restore(path.join(folder, "none"), target, QUIETLY)).toThrow("There is no file");
  // The whole one does pass.
  expect(restore(file, target, QUIETLY).movedTo).not.toBe(null);
});

test("a folder in use is not restored, and a restore that is killed leaves the old state", async () => {
  await backUp(stateDir, file, QUIETLY);
  const target = path.join(folder, "target");
  makeState(target, "kept");
  const lock = lockStateFolder(target);
  expect(() => restore(file, target, QUIETLY)).toThrow(`in use by process ${process.pid}`);
  lock.release();

  const module = JSON.stringify(path.join(PROJECT_ROOT, "src/local/backup/restore.ts"));
  const script = path.join(folder, "killed.mjs");
  fs.writeFileSync(
    script,
    `const { restore } = await import(${module}); let told = 0;
     const onProgress = () => { if ((told += 1) === 2) process.kill(process.pid, "SIGKILL"); };
     restore(${JSON.stringify(file)}, ${JSON.stringify(target)}, { now: new Date(), onProgress });`,
  );
  const killed = spawnSync(process.execPath, ["--import", "tsx", script], { cwd: PROJECT_ROOT });
  expect(killed.signal).toBe("SIGKILL");
  expect(keysOf(target)).toBe('{"key":"kept"}');
  expect(journalOf(target)).toContain("kept");
  expect(rowsOf(target, DOCUMENTS)).toHaveLength(200);
  // What it left is in nobody's way.
  expect(fs.existsSync(`${target}.restoring`)).toBe(true);
  restore(file, target, QUIETLY);
  expect(keysOf(target)).toBe('{"key":"first"}');
  expect(fs.existsSync(`${target}.restoring`)).toBe(false);
});
