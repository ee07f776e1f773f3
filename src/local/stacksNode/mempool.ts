/** Transactions that wait for a block: one for each account and nonce, a higher fee taking the place of a lower one. */
import { type Account, payerOf, type SignedTransaction } from "./signedTransaction";

/** How many replaced or dropped transactions are remembered for those who still ask. */
const REMEMBERED = 1000;

export type DropReason = "dropped_replace_by_fee" | "dropped_problematic";

export interface Pending {
  transaction: SignedTransaction;
  /** Unix seconds. */
  receivedAt: number;
}

export class Mempool {
  private readonly pending = new Map<string, Pending>();
  private readonly dropped = new Map<string, Pending & { reason: DropReason }>();

  find(txid: string): (Pending & { reason?: DropReason }) | undefined {
    return this.pending.get(txid) ?? this.dropped.get(txid);
  }

  isWaiting(txid: string): boolean {
    return this.pending.has(txid);
  }

  /** The transaction whose place a new one of the same account and nonce would take. */
  rivalOf({ origin }: SignedTransaction): SignedTransaction | undefined {
    return [...this.pending.values()].find(
      ({ transaction }) => transaction.origin.address === origin.address && transaction.origin.nonce === origin.nonce,
    )?.transaction;
  }

  /** Nonces that the account has in waiting transactions, as origin or as sponsor, ascending. */
  noncesOf(address: string): number[] {
    return [...this.pending.values()]
      .flatMap(({ transaction: { origin, sponsor } }) => [origin, sponsor])
      .flatMap((account) => (account?.address === address ? [account.nonce] : []))
      .sort((a, b) => a - b);
  }

  add(transaction: SignedTransaction, receivedAt: number): void {
    const rival = this.rivalOf(transaction);
    if (rival) this.drop(rival.txid, "dropped_replace_by_fee");
    this.pending.set(transaction.txid, { transaction, receivedAt });
  }

  mined(txid: string): void {
    this.pending.delete(txid);
  }

  drop(txid: string, reason: DropReason): void {
    const found = this.pending.get(txid);
    if (!found) return;
    this.pending.delete(txid);
    this.dropped.set(txid, { ...found, reason });
    for (const oldest of this.dropped.keys()) {
      if (this.dropped.size <= REMEMBERED) break;
      this.dropped.delete(oldest);
    }
  }

  /** Those that the next block can hold, in an order in which no account skips a nonce; at most `limit`. */
  ready(nonceOf: (address: string) => number, limit: number): SignedTransaction[] {
    const next = new Map<string, number>();
    const isNext = ({ address, nonce }: Account) => nonce === (next.get(address) ?? nonceOf(address));
    const chosen: SignedTransaction[] = [];
    const waiting = new Set([...this.pending.values()].map(({ transaction }) => transaction));
    for (let found = true; found && chosen.length < limit; ) {
      found = false;
      for (const transaction of waiting) {
        if (chosen.length >= limit || !isNext(transaction.origin) || !isNext(payerOf(transaction))) continue;
        waiting.delete(transaction);
        chosen.push(transaction);
        next.set(transaction.origin.address, transaction.origin.nonce + 1);
        if (transaction.sponsor) next.set(transaction.sponsor.address, transaction.sponsor.nonce + 1);
        found = true;
      }
    }
    return chosen;
  }
}
