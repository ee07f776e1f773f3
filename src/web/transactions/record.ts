/**
 * What an address has sent from this browser: kept until it is settled and for some time after, over reloads and closed
 * tabs, and the same for all tabs. The chain itself is what lasts. Each address has a list of its own.
 */
import { z } from "zod";
import { isSettled, type SentTransaction, transactionShape } from "./transaction";

const PREFIX = "bithedge.transactions.";
/** More than anyone follows at once; what is on its way is the last to go. */
const MOST = 30;

export function recordKey(address: string): string {
  return `${PREFIX}${address}`;
}

export type RecordChange =
  | { kind: "added"; transaction: SentTransaction }
  /** The wallet has signed it, or another form with a higher fee has taken its place. */
  | { kind: "identified"; id: string; txId: string }
  /** Nothing was signed or sent after all. */
  | { kind: "withdrawn"; id: string }
  | { kind: "moved"; id: string; progress: SentTransaction["progress"] };

function bounded(record: SentTransaction[]): SentTransaction[] {
  if (record.length <= MOST) return record;
  const settled = record.findLastIndex(isSettled);
  return bounded(record.filter((_, index) => index !== (settled === -1 ? record.length - 1 : settled)));
}

/** Newest first. */
export function changeRecord(record: SentTransaction[], change: RecordChange): SentTransaction[] {
  switch (change.kind) {
    case "added":
      return bounded([change.transaction, ...record.filter(({ id }) => id !== change.transaction.id)]);
    case "withdrawn":
      return record.filter(({ id }) => id !== change.id);
    case "identified":
      return record.map((one) => {
        if (one.id !== change.id) return one;
        return {
          ...one,
          txId: change.txId,
          progress: one.progress.kind === "handed" ? { kind: "signed" } : one.progress,
        };
      });
    case "moved":
      return record.map((one) => (one.id === change.id ? { ...one, progress: change.progress } : one));
  }
}

export function readRecord(storage: Pick<Storage, "getItem">, address: string): SentTransaction[] {
  try {
    const kept = z.array(transactionShape).parse(JSON.parse(storage.getItem(recordKey(address)) ?? "[]"));
    // Whoever wrote it: another wallet's transactions are not this one's to see.
    return kept.filter(({ sender }) => sender === address);
  } catch {
    // Written by another version of the page: the transactions are on the chain all the same.
    return [];
  }
}

export function keepRecord(storage: Pick<Storage, "setItem">, address: string, record: SentTransaction[]): void {
  const text = JSON.stringify(record, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value));
  storage.setItem(recordKey(address), text);
}
