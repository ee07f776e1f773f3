/** The list of this tab's transactions: survives a reload, ends with the tab; the chain itself is what lasts. */
import { z } from "zod";
import { type SentTransaction, transactionShape } from "./transaction";

const KEY = "bithedge.transactions";
/** More than anyone follows at once. */
const MOST = 20;

export type RecordChange =
  | { kind: "signed"; transaction: SentTransaction }
  | { kind: "rejected"; txId: string }
  | { kind: "moved"; txId: string; progress: SentTransaction["progress"] };

/** Newest first. */
export function changeRecord(record: SentTransaction[], change: RecordChange): SentTransaction[] {
  switch (change.kind) {
    case "signed":
      return [change.transaction, ...record.filter(({ txId }) => txId !== change.transaction.txId)].slice(0, MOST);
    case "rejected":
      return record.filter(({ txId }) => txId !== change.txId);
    case "moved":
      return record.map((transaction) =>
        transaction.txId === change.txId ? { ...transaction, progress: change.progress } : transaction,
      );
  }
}

export function readRecord(storage: Pick<Storage, "getItem">): SentTransaction[] {
  try {
    return z.array(transactionShape).parse(JSON.parse(storage.getItem(KEY) ?? "[]"));
  } catch {
    // Written by another version of the page: the transactions are on the chain all the same.
    return [];
  }
}

export function keepRecord(storage: Pick<Storage, "setItem">, record: SentTransaction[]): void {
  storage.setItem(
    KEY,
    JSON.stringify(record, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value)),
  );
}
