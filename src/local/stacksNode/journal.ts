/**
 * The node's only state on disk: an append-only file of JSON lines, each synced before anyone hears of what it says.
 * Transactions are written once, when they are admitted; blocks name them and carry their verdicts, so that a replay
 * decides nothing again.
 */
import fs from "node:fs";
import { dirname } from "node:path";
import type { Abort } from "./blockExecution";

/** `tip` is the hash of the last. */
export type BlocksEntry =
  | { kind: "empty"; count: number; seconds: number; newTenure: boolean; tip: string }
  | { kind: "block"; seconds: number; transactions: { txid: string; abort?: Abort }[]; dropped: string[]; tip: string };

/** What becomes of transactions that a reorganisation leaves in no block. */
export type FallenOut = "pending" | "dropped";

export type JournalEntry =
  /** The first line. Times are unix seconds. */
  | { kind: "genesis"; time: number; fingerprint: string }
  | { kind: "pending"; raw: string; receivedAt: number }
  | { kind: "drop"; txid: string }
  /** The clock of the chain runs so much further ahead of the node's. */
  | { kind: "advance"; seconds: number }
  | BlocksEntry
  /** The last `depth` blocks are abandoned for others: one line, so that it happens whole or not at all. */
  | { kind: "reorg"; depth: number; fallenOut: FallenOut; blocks: BlocksEntry[] };

/** The disk took no more: nothing was written, and what was to be written did not happen. */
export class NotWritten extends Error {
  override name = "NotWritten";
}

const NO_ROOM = ["ENOSPC", "EDQUOT", "EFBIG"];

export type Journal = ReturnType<typeof openJournal>;

/** A line without its end was never acknowledged: the write was cut off. Anything else that is not JSON is damage. */
function readEntries(path: string): JournalEntry[] {
  const text = fs.readFileSync(path, "utf8");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole !== text) fs.truncateSync(path, Buffer.byteLength(whole));
  return whole.split("\n").flatMap((line, index) => {
    try {
      return line === "" ? [] : (JSON.parse(line) as JournalEntry);
    } catch {
      throw new Error(`${path} is damaged at line ${index + 1}. Restore it, or delete it to begin a new chain.`);
    }
  });
}

export function openJournal(path: string) {
  fs.mkdirSync(dirname(path), { recursive: true });
  const entries = fs.existsSync(path) ? readEntries(path) : [];
  const file = fs.openSync(path, "a");
  const directory = fs.openSync(dirname(path), "r");
  fs.fsyncSync(directory);
  fs.closeSync(directory);
  let size = fs.fstatSync(file).size;
  return {
    /** What was there when it was opened. */
    entries,
    /** @throws NotWritten where the disk is full: the file is as it was */
    append(entry: JournalEntry): void {
      // A write of another process: nothing written after it would be read again.
      if (fs.fstatSync(file).size !== size) throw new Error(`${path} was written by another node.`);
      const line = `${JSON.stringify(entry)}\n`;
      try {
        fs.writeFileSync(file, line);
        fs.fdatasyncSync(file);
      } catch (error) {
        // The beginning of a line would make one with the next.
        fs.ftruncateSync(file, size);
        if (!NO_ROOM.includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
        throw new NotWritten(`The disk of ${path} is full: ${String(error)}`);
      }
      size += Buffer.byteLength(line);
    },
    close: () => fs.closeSync(file),
  };
}
