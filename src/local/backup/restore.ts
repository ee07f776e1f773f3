/**
 * Puts a backup in a state folder's place. The new state is written beside the old one, checked there, and only then do
 * the two change places; whenever it is cut off, one of them stands whole.
 */
import fs from "node:fs";
import path from "node:path";
import {
  CHAIN_FOLDER,
  DATABASE_FILE,
  JOURNAL_FILE,
  lockStateFolder,
  restoredFolder,
  SECRETS_FILE,
} from "../stateFolder";
import { BackupReader, fsync, type Manifest, type Progress } from "./file";
import { writeRestored } from "./restored";
import { digestOf } from "./snapshot";

const PARTS = [DATABASE_FILE, JOURNAL_FILE, SECRETS_FILE];

export interface Restored {
  manifest: Manifest;
  /** Where the state that was there before is now; null where there was none. */
  movedTo: string | null;
}

/**
 * What is put back: all of the state; or the books alone, beside the chain and the keys as they are now, as on a network
 * whose chain is nobody's to restore.
 */
export type Extent = "state" | "books";

/** @throws in a sentence, with the state folder as it was */
export function restore(
  backupFile: string,
  stateDir: string,
  { now, onProgress, extent = "state" }: { now: Date; onProgress: Progress; extent?: Extent },
): Restored {
  // A folder that is missing gets no lock: whoever makes it meanwhile keeps it, and the rename below fails.
  const old = fs.existsSync(stateDir) || fs.existsSync(restoredFolder(stateDir)) ? lockStateFolder(stateDir) : null;
  const staging = `${stateDir}.restoring`;
  try {
    const fresh = lockStateFolder(staging);
    try {
      const manifest = unpack(backupFile, staging, onProgress);
      if (extent === "books") keepChain(stateDir, staging);
      writeRestored(staging, { backupOf: manifest.createdAt, journals: [staging, stateDir], now });
      const movedTo = old && aside(stateDir, now);
      fs.rmSync(restoredFolder(stateDir), { recursive: true, force: true });
      fs.renameSync(staging, restoredFolder(stateDir));
      if (movedTo) fs.renameSync(stateDir, movedTo);
      fs.renameSync(restoredFolder(stateDir), stateDir);
      fsync(path.dirname(stateDir));
      return { manifest, movedTo };
    } finally {
      fresh.release();
      fs.rmSync(staging, { recursive: true, force: true });
    }
  } finally {
    old?.release();
  }
}

/**
 * Writes a backup's parts into a folder and checks that they are the state that was saved.
 * @throws in a sentence, where they are not
 */
export function unpack(backupFile: string, folder: string, onProgress: Progress): Manifest {
  const backup = new BackupReader(backupFile);
  try {
    // What a restore before this one left.
    for (const name of [DATABASE_FILE, CHAIN_FOLDER, SECRETS_FILE]) {
      fs.rmSync(path.join(folder, name), { recursive: true, force: true });
    }
    fs.mkdirSync(path.join(folder, CHAIN_FOLDER), { mode: 0o700 });
    for (const name of PARTS) backup.extract(name, path.join(folder, name), onProgress);
    const { manifest } = backup;
    const digests = [JOURNAL_FILE, SECRETS_FILE].map((name) => [name, manifest.parts[name]?.sha256 ?? ""]);
    const digest = digestOf(path.join(folder, DATABASE_FILE), Object.fromEntries(digests));
    if (digest !== manifest.digest) throw backup.damaged(`its state has the digest ${digest}, not ${manifest.digest}`);
    fsync(path.join(folder, CHAIN_FOLDER));
    fsync(folder);
    return manifest;
  } finally {
    backup.close();
  }
}

/** The chain and the keys that are there now take the place of the backup's. */
function keepChain(stateDir: string, staging: string): void {
  for (const name of [CHAIN_FOLDER, SECRETS_FILE]) {
    const [kept, saved] = [path.join(stateDir, name), path.join(staging, name)];
    if (!fs.existsSync(kept))
      throw new Error(`${kept} is not there: without a chain of its own, restore all of the backup.`);
    fs.rmSync(saved, { recursive: true });
    fs.cpSync(kept, saved, { recursive: true, preserveTimestamps: true });
  }
  fsync(path.join(staging, JOURNAL_FILE));
  fsync(path.join(staging, SECRETS_FILE));
  fsync(path.join(staging, CHAIN_FOLDER));
  fsync(staging);
}

function aside(stateDir: string, now: Date): string {
  const stamp = now.toISOString().replace(/[:.]/g, "-");
  return `${stateDir}.before-restore-${stamp}`;
}
