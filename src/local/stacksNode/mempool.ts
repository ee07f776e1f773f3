/** Transactions that wait for a block: one for each account and nonce, a higher fee taking the place of a lower one. */
import type { SignedTransaction } from "./signedTransaction";

/** How many replaced or dropped transactions are remembered for those who still ask. */
const REMEMBERED = 1000;

export type PendingStatus = "pending" | "dropped_replace_by_fee" | "dropped_problematic";

export interface Pending {
  transaction: SignedTransaction;
  /** Unix seconds. */
  receivedAt: number;
  status: PendingStatus;
}

export class Mempool {
  private readonly waiting = new Map<string, Pending>();
  private readonly dropped = new Map<string, Pending>();

  find(txid: string): Pending | undefined {
    return this.waiting.get(txid) ?? this.dropped.get(txid);
  }

  /** The waiting transactions of an account, by nonce ascending. */
  of(sender: string): SignedTransaction[] {
    const all = [...this.waiting.values()].map(({ transaction }) => transaction);
    return all.filter((transaction) => transaction.sender === sender).sort((a, b) => a.nonce - b.nonce);
  }

  /** The transaction whose place a new one of the same account and nonce would take. */
  rivalOf({ sender, nonce }: SignedTransaction): SignedTransaction | undefined {
    return this.of(sender).find((transaction) => transaction.nonce === nonce);
  }

  add(transaction: SignedTransaction, receivedAt: number): void {
    const rival = this.rivalOf(transaction);
    if (rival) this.drop(rival.txid, "dropped_replace_by_fee");
    this.waiting.set(transaction.txid, { transaction, receivedAt, status: "pending" });
  }

  mined(txid: string): void {
    this.waiting.delete(txid);
  }

  drop(txid: string, status: PendingStatus): void {
    const found = this.waiting.get(txid);
    if (!found) return;
    this.waiting.delete(txid);
    this.dropped.set(txid, { ...found, status });
    const [oldest = ""] = this.dropped.keys();
    if (this.dropped.size > REMEMBERED) this.dropped.delete(oldest);
  }

  /** Those that the next block can hold, in an order in which no account skips a nonce; at most `limit`. */
  ready(nonceOf: (sender: string) => number, limit: number): SignedTransaction[] {
    const chosen: SignedTransaction[] = [];
    for (const sender of new Set([...this.waiting.values()].map(({ transaction }) => transaction.sender))) {
      const first = nonceOf(sender);
      chosen.push(...this.of(sender).filter(({ nonce }, index) => nonce === first + index));
    }
    return chosen.slice(0, limit);
  }
}
