/**
 * A state folder at one moment, while its stack may go on writing: the database as a transaction sees it, and as much of
 * the append-only journal as there was then. No commit lies between the two, so the database is never ahead of the
 * chain, and the chain holds nothing that the database had yet to allow.
 */
import fs from "node:fs";
import path from "node:path";
import { backup, DatabaseSync, type DatabaseSyncInstance } from "@photostructure/sqlite";
import { DATABASE_FILE, JOURNAL_FILE, SECRETS_FILE } from "../stateFolder";
import { stateDigest } from "./digest";
import { BackupWriter, type Progress } from "./file";

const TRIES = 10_000;
const PAGES_PER_STEP = 4_096;

interface Cut {
  /** In a transaction that sees the moment. */
  database: DatabaseSyncInstance;
  journalBytes: number;
}

/** Copies the state into a new file; returns the digest. What is left of a copy that fails is removed. */
export async function backUp(
  stateDir: string,
  target: string,
  { now, onProgress }: { now: Date; onProgress: Progress },
): Promise<string> {
  if (fs.existsSync(target)) throw new Error(`${target} is there already: name a new file.`);
  const inState = (name: string) => path.join(stateDir, name);
  for (const name of [DATABASE_FILE, JOURNAL_FILE, SECRETS_FILE]) {
    if (!fs.existsSync(inState(name))) throw new Error(`${stateDir} holds no state to back up: ${name} is missing.`);
  }
  // Opened before the moment, so that a folder which is moved away meanwhile is read all the same.
  const [journal, secrets] = [fs.openSync(inState(JOURNAL_FILE), "r"), fs.openSync(inState(SECRETS_FILE), "r")];
  const [unfinished, copyPath] = [`${target}.unfinished`, `${target}.unfinished-database`];
  const writer = new BackupWriter(unfinished);
  try {
    const { database, journalBytes } = cut(inState(DATABASE_FILE), journal);
    await copyDatabase(database, copyPath);
    const copy = fs.openSync(copyPath, "r");
    writer.add(DATABASE_FILE, copy, fs.fstatSync(copy).size, onProgress);
    fs.closeSync(copy);
    const digest = digestOf(copyPath, {
      [JOURNAL_FILE]: writer.add(JOURNAL_FILE, journal, wholeLines(journal, journalBytes), onProgress).sha256,
      [SECRETS_FILE]: writer.add(SECRETS_FILE, secrets, fs.fstatSync(secrets).size, onProgress).sha256,
    });
    writer.finish(now, digest);
    fs.renameSync(unfinished, target);
    return digest;
  } finally {
    writer.close();
    fs.closeSync(journal);
    fs.closeSync(secrets);
    fs.rmSync(unfinished, { force: true });
    removeDatabase(copyPath);
  }
}

export function digestOf(databaseFile: string, files: Record<string, string>): string {
  const database = new DatabaseSync(databaseFile);
  try {
    return stateDigest(database, files);
  } finally {
    database.close();
  }
}

/** Tries until nobody has committed between the beginning of the transaction and the look at the journal. */
function cut(databaseFile: string, journal: number): Cut {
  const witness = new DatabaseSync(databaseFile);
  const database = new DatabaseSync(databaseFile);
  try {
    const version = witness.prepare("PRAGMA data_version");
    const commits = () => version.get()?.data_version;
    for (let n = 0; n < TRIES; n += 1) {
      const before = commits();
      database.exec("BEGIN; SELECT count(*) FROM sqlite_master");
      const journalBytes = fs.fstatSync(journal).size;
      if (commits() === before) return { database, journalBytes };
      database.exec("ROLLBACK");
    }
  } catch (error) {
    database.close();
    throw error;
  } finally {
    witness.close();
  }
  database.close();
  throw new Error("The database is written too fast to be backed up: try again when there is less to do.");
}

async function copyDatabase(database: DatabaseSyncInstance, target: string): Promise<void> {
  try {
    fs.closeSync(fs.openSync(target, "wx", 0o600));
    await backup(database, target, { rate: PAGES_PER_STEP });
  } finally {
    database.close();
  }
}

/** The last line may still be on its way to the disk. */
function wholeLines(journal: number, bytes: number): number {
  const block = Buffer.alloc(64 * 1024);
  for (let end = bytes; end > 0; ) {
    const start = Math.max(0, end - block.length);
    const read = fs.readSync(journal, block, 0, end - start, start);
    const newline = block.subarray(0, read).lastIndexOf("\n");
    if (newline >= 0) return start + newline + 1;
    end = start;
  }
  return 0;
}

function removeDatabase(file: string): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) fs.rmSync(file + suffix, { force: true });
}
