/**
 * The node's only state on disk: an append-only file of JSON lines, each synced before anyone hears of what it says.
 * Transactions are written once, when they are admitted; blocks name them and carry their verdicts, so that a replay
 * decides nothing again.
 */
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import type { Abort } from "./blockExecution";

export type JournalEntry =
  /** The first line. Times are unix seconds. */
  | { kind: "genesis"; time: number; fingerprint: string }
  | { kind: "pending"; raw: string; receivedAt: number }
  /** `count` empty blocks in a row; `tip` is the hash of the last. */
  | { kind: "empty"; count: number; seconds: number; newTenure: boolean; tip: string }
  | { kind: "block"; seconds: number; transactions: { txid: string; abort?: Abort }[]; dropped: string[]; tip: string };

export interface Journal {
  /** What was there when it was opened. */
  entries: JournalEntry[];
  append(entry: JournalEntry): void;
  close(): void;
}

/** A line without its end was never acknowledged: the write was cut off. Anything else that is not JSON is damage. */
function readEntries(path: string): JournalEntry[] {
  const text = readFileSync(path, "utf8");
  const end = text.lastIndexOf("\n") + 1;
  if (end < text.length) truncateSync(path, Buffer.byteLength(text.slice(0, end)));
  return text
    .slice(0, end)
    .split("\n")
    .filter((line) => line !== "")
    .map((line, index) => {
      try {
        return JSON.parse(line) as JournalEntry;
      } catch {
        throw new Error(`${path} is damaged at line ${index + 1}. Restore it, or delete it to begin a new chain.`);
      }
    });
}

export function openJournal(path: string): Journal {
  mkdirSync(dirname(path), { recursive: true });
  const entries = existsSync(path) ? readEntries(path) : [];
  const file = openSync(path, "a");
  const directory = openSync(dirname(path), "r");
  fsyncSync(directory);
  closeSync(directory);
  let size = fstatSync(file).size;
  return {
    entries,
    append(entry) {
      // A write of another process, or one of ours that was cut off: nothing written after it would be read again.
      if (fstatSync(file).size !== size) throw new Error(`${path} was written by another node, or its disk is full.`);
      const line = `${JSON.stringify(entry)}\n`;
      writeFileSync(file, line);
      fdatasyncSync(file);
      size += Buffer.byteLength(line);
    },
    close: () => closeSync(file),
  };
}
