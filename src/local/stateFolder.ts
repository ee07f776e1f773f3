/**
 * The state folder of the local stack: what lies in it, and the lock that lets one process at a time work on it. The lock
 * is SQLite's on an empty file, so the system takes it back when its process ends, however it ends.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { DatabaseSync, type DatabaseSyncInstance } from "@photostructure/sqlite";

export const DATABASE_FILE = "convex.sqlite3";
export const CHAIN_FOLDER = "stacks";
export const JOURNAL_FILE = `${CHAIN_FOLDER}/chain.jsonl`;
export const SECRETS_FILE = "secrets.json";
/** The local market's prices, where they were set. They are the world's, not ours: in no backup. */
export const MARKET_FILE = "market.json";
/** There from a restore until the next start has seen to it that nothing is signed too early; in no backup. */
export const RESTORED_FILE = "restored.json";
export const STATE_HELP = "  LOCAL_STATE_DIR   chain, database and keys       (.local)";
const LOCK_FILE = "lock";
/** Tells whoever is refused whom to ask. */
const HOLDER_FILE = "lock-holder.json";

export function stateDirFromEnvironment(): string {
  return path.resolve(process.env.LOCAL_STATE_DIR || fileURLToPath(new URL("../../.local", import.meta.url)));
}

export interface StateLock {
  release(): void;
}

/** A connection that nobody refers to would be collected, and its lock with it. */
const held = new Set<DatabaseSyncInstance>();

/**
 * Makes the folder if it is missing, and locks it until it is released or this process ends.
 * @throws in a sentence that names the process which holds it
 */
export function lockStateFolder(stateDir: string): StateLock {
  finishRestore(stateDir);
  // Its files hold the vault's signing key.
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(path.join(stateDir, LOCK_FILE), { timeout: 0 });
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if (!/locked|busy/.test(String(error))) throw error;
    throw new Error(`${stateDir} is in use by ${holderOf(stateDir)}. Stop that first, or choose another state folder.`);
  }
  const holder = { process: process.pid, command: path.basename(process.argv[1] ?? ""), since: new Date() };
  writeFileSync(path.join(stateDir, HOLDER_FILE), `${JSON.stringify(holder)}\n`);
  held.add(lock);
  return {
    release() {
      if (held.delete(lock)) lock.close();
    },
  };
}

function holderOf(stateDir: string): string {
  try {
    const { process, command, since } = JSON.parse(readFileSync(path.join(stateDir, HOLDER_FILE), "utf8"));
    return `process ${process} (${command}, since ${since})`;
  } catch {
    return "another process that has only just begun";
  }
}

/** Where a restore leaves the new state, whole and checked, for the moment in which it takes the old one's place. */
export const restoredFolder = (stateDir: string) => `${stateDir}.restored`;

/** A restore that ended between moving the old state away and putting the new one in its place is finished here. */
function finishRestore(stateDir: string): void {
  if (!existsSync(stateDir) && existsSync(restoredFolder(stateDir))) renameSync(restoredFolder(stateDir), stateDir);
}
