/**
 * Transactions that wait for a block: one for each account and nonce, a higher fee taking the place of a lower one, and
 * none for longer than the Stacks node keeps it.
 */
import { payerOf, type SignedTransaction } from "./signedTransaction";

/** How many replaced or dropped transactions are remembered for those who still ask. */
const REMEMBERED = 1000;
/** The node's MEMPOOL_NAKAMOTO_MAX_TRANSACTION_AGE: as long as 256 Bitcoin blocks take. */
const LONGEST_WAIT_SECONDS = 256 * 600;

export type PendingStatus =
  | "pending"
  | "dropped_replace_by_fee"
  | "dropped_stale_garbage_collect"
  | "dropped_problematic";

export interface Pending {
  transaction: SignedTransaction;
  /** Unix seconds. */
  receivedAt: number;
  status: PendingStatus;
  /** The id of what took its place. */
  replacedBy?: string;
}

export class Mempool {
  private readonly waiting = new Map<string, Pending>();
  private readonly dropped = new Map<string, Pending>();

  find(txid: string): Pending | undefined {
    return this.waiting.get(txid) ?? this.dropped.get(txid);
  }

  /** The newest first. */
  list(): Pending[] {
    return [...this.waiting.values()].reverse();
  }

  /** The nonces that wait of an account, as origin or as sponsor, ascending. */
  noncesOf(address: string): number[] {
    const nonces = [...this.waiting.values()].flatMap(({ transaction: { sender, nonce, sponsor } }) => [
      ...(sender === address ? [nonce] : []),
      ...(sponsor?.address === address ? [sponsor.nonce] : []),
    ]);
    return [...new Set(nonces)].sort((a, b) => a - b);
  }

  /** The transaction whose place a new one would take: of the same origin and nonce, else of the same payer and nonce. */
  rivalOf(transaction: SignedTransaction): SignedTransaction | undefined {
    const { sender, nonce } = transaction;
    const payer = payerOf(transaction);
    const all = [...this.waiting.values()].map((pending) => pending.transaction);
    const ofPayer = (other: SignedTransaction) => {
      const { address, nonce } = payerOf(other);
      return address === payer.address && nonce === payer.nonce;
    };
    return all.find((other) => other.sender === sender && other.nonce === nonce) ?? all.find(ofPayer);
  }

  add(transaction: SignedTransaction, receivedAt: number): void {
    const rival = this.rivalOf(transaction);
    if (rival) this.drop(rival.txid, "dropped_replace_by_fee", transaction.txid);
    this.waiting.set(transaction.txid, { transaction, receivedAt, status: "pending" });
  }

  /** Drops what has waited too long at a time in unix seconds. */
  collect(now: number): void {
    for (const [txid, { receivedAt }] of this.waiting) {
      if (receivedAt < now - LONGEST_WAIT_SECONDS) this.drop(txid, "dropped_stale_garbage_collect");
    }
  }

  mined(txid: string): void {
    this.waiting.delete(txid);
  }

  drop(txid: string, status: PendingStatus, replacedBy?: string): void {
    const found = this.waiting.get(txid);
    if (!found) return;
    this.waiting.delete(txid);
    this.dropped.set(txid, { ...found, status, ...(replacedBy !== undefined && { replacedBy }) });
    const [oldest = ""] = this.dropped.keys();
    if (this.dropped.size > REMEMBERED) this.dropped.delete(oldest);
  }

  /** Those that the next block can hold, in an order in which no account skips a nonce; at most `limit`. */
  ready(nonceOf: (account: string) => number, limit: number): SignedTransaction[] {
    const chosen = new Set<SignedTransaction>();
    const next = new Map<string, number>();
    const isNext = (address: string, nonce: number) => (next.get(address) ?? nonceOf(address)) === nonce;
    // What one pass chooses may be what an earlier arrival was waiting for.
    for (let before = -1; chosen.size > before; ) {
      before = chosen.size;
      for (const { transaction } of this.waiting.values()) {
        if (chosen.size === limit) break;
        const { sender, nonce, sponsor } = transaction;
        if (chosen.has(transaction) || !isNext(sender, nonce)) continue;
        if (sponsor && !isNext(sponsor.address, sponsor.nonce)) continue;
        chosen.add(transaction);
        next.set(sender, nonce + 1);
        if (sponsor) next.set(sponsor.address, sponsor.nonce + 1);
      }
    }
    return [...chosen];
  }
}
