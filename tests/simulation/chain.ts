/**
 * The vault's chain in the simulation: transactions in blocks, which a reorganisation may take back. Naive on purpose:
 * every question executes all transactions again, from the first.
 */
import type { Token } from "../../src/domain/tokens";
import { TOKENS } from "../../src/domain/tokens";
import type { ObservedEvent } from "../../src/stacks/observe";
import type { VaultEvent } from "../../src/stacks/vaultEvents";

/** Burn blocks, one a block here, below which no reorganisation reaches. */
export const FINALITY = 4;
export const BLOCK_SECONDS = 10;
const GENESIS = 1_800_000_000;
/** Base units that may leave in 144 blocks; half of it at once. */
export const CAP = 300n;
const WINDOW = 144n;

export type Tx =
  | { kind: "deposit"; depositor: string; token: Token; amount: bigint; reference: bigint }
  | { kind: "withdraw"; withdrawer: string; token: Token; amount: bigint; id: bigint; expiresAt: bigint }
  | { kind: "revoke"; id: bigint }
  | { kind: "gift"; token: Token; amount: bigint }
  | { kind: "absorb"; token: Token }
  | { kind: "pause"; paused: boolean };

interface Mined {
  tx: Tx;
  txId: string;
  height: number;
}

interface Bucket {
  usedByWindow: bigint;
  drainedAt: number;
}

/** What the contract knows at a block. */
class VaultState {
  balance: Record<Token, bigint> = { STX: 0n, sBTC: 0n };
  held: Record<Token, bigint> = { STX: 0n, sBTC: 0n };
  bucket: Record<Token, Bucket> = {
    STX: { usedByWindow: 0n, drainedAt: 0 },
    sBTC: { usedByWindow: 0n, drainedAt: 0 },
  };
  used = new Set<bigint>();
  paused = false;
  sequence = 0n;

  /** The event of a transaction; null where the contract refuses it. */
  execute(tx: Tx, height: number): VaultEvent | null {
    switch (tx.kind) {
      case "deposit":
        this.held[tx.token] += tx.amount;
        return {
          kind: "deposit",
          depositor: tx.depositor,
          reference: tx.reference,
          ...this.moved(tx.token, tx.amount, 1n),
        };
      case "gift":
        this.held[tx.token] += tx.amount;
        return null;
      case "absorb": {
        const surplus = this.held[tx.token] - this.balance[tx.token];
        return surplus > 0n ? { kind: "surplus", ...this.moved(tx.token, surplus, 1n) } : null;
      }
      case "pause":
        this.paused = tx.paused;
        return { kind: "control", name: tx.paused ? "paused" : "unpaused", sequence: this.next() };
      case "revoke":
        if (this.used.has(tx.id)) return null;
        this.used.add(tx.id);
        return { kind: "revocation", authorizationId: tx.id, sequence: this.next() };
      case "withdraw":
        return this.withdraw(tx, height);
    }
  }

  private withdraw(tx: Tx & { kind: "withdraw" }, height: number): VaultEvent | null {
    const { token, amount, id } = tx;
    const bucket = this.bucket[token];
    const used = drained(bucket, height) + amount * WINDOW;
    if (this.paused || this.used.has(id) || BigInt(timeOf(height)) >= tx.expiresAt) return null;
    if (amount > this.balance[token] || used > (CAP / 2n) * WINDOW) return null;
    this.used.add(id);
    this.bucket[token] = { usedByWindow: used, drainedAt: height };
    this.held[token] -= amount;
    return {
      kind: "withdrawal",
      withdrawer: tx.withdrawer,
      authorizationId: id,
      ...this.moved(token, amount, -1n),
    };
  }

  private moved(token: Token, amount: bigint, sign: bigint) {
    this.balance[token] += sign * amount;
    return { token, amount, balance: this.balance[token], locked: 0n, sequence: this.next() };
  }

  private next(): bigint {
    this.sequence += 1n;
    return this.sequence;
  }
}

/** What a bucket still holds at a block, block by block. */
function drained({ usedByWindow, drainedAt }: Bucket, height: number): bigint {
  let used = usedByWindow;
  for (let block = drainedAt; block < height && used > 0n; block += 1) used -= CAP / 2n;
  return used > 0n ? used : 0n;
}

export function timeOf(height: number): number {
  return GENESIS + height * BLOCK_SECONDS;
}

export class Chain {
  height = 10;
  private mined: Mined[] = [];
  /** Since which height the blocks are of which fork; the last that applies names a block. */
  private forks: number[] = [];
  private sent = 0;
  /** Whether somebody saw the newest block: then it is what it is, and what comes is for the next. */
  private isSeen = false;

  send(tx: Tx) {
    if (this.isSeen) this.mine(1);
    this.sent += 1;
    this.mined.push({ tx, txId: `0x${this.sent.toString(16).padStart(64, "0")}`, height: this.height });
  }

  mine(blocks: number) {
    this.height += blocks;
    this.isSeen = false;
  }

  /** Replaces the newest blocks by as many and `more`; of their transactions `keep` says which happen again, and when. */
  reorganise(depth: number, more: number, keep: (n: number) => boolean) {
    const from = this.height - depth + 1;
    const kept = this.mined.filter(({ height }, n) => height < from || keep(n));
    this.forks.push(from);
    this.height += more;
    this.isSeen = true;
    this.mined = kept.map((one) =>
      one.height < from ? one : { ...one, height: Math.min(one.height + 1, this.height) },
    );
  }

  hashAt(height: number): string {
    const fork = this.forks.reduce((newest, from, n) => (from <= height ? n + 1 : newest), 0);
    return `0x${fork}f${height}`;
  }

  mark(height: number) {
    return { height, hash: this.hashAt(height), burnHeight: height, time: timeOf(height) };
  }

  get finalHeight(): number {
    return this.height - FINALITY;
  }

  /** The contract after everything up to a block, and all events up to it. */
  at(height: number): { state: VaultState; events: ObservedEvent[] } {
    const state = new VaultState();
    const events: ObservedEvent[] = [];
    for (const { tx, txId, height: blockHeight } of this.mined) {
      if (blockHeight > height) continue;
      const event = state.execute(tx, blockHeight);
      if (!event) continue;
      const block = { blockHeight, blockHash: this.hashAt(blockHeight), blockTime: timeOf(blockHeight) };
      events.push({ txId, eventIndex: 1, ...block, event });
    }
    return { state, events };
  }

  /** Base units that the bucket lets through at a block, rounded down. */
  static outflowRoom(bucket: Bucket, height: number): bigint {
    const full = (CAP / 2n) * WINDOW;
    return (full - drained(bucket, height)) / WINDOW;
  }

  /** What a node shows of the vault at the tip, beside its events. */
  shown(): Pick<Shown, "tip" | "final" | "sequence" | "paused" | "accounts"> {
    this.isSeen = true;
    const { state } = this.at(this.height);
    const accounts = TOKENS.map((token) => ({
      token,
      held: state.held[token],
      balance: state.balance[token],
      locked: 0n,
      withdrawalCap: CAP,
      settlementCap: CAP,
      usedByWindow: state.bucket[token].usedByWindow,
      drainedAt: BigInt(state.bucket[token].drainedAt),
    }));
    const { sequence, paused } = state;
    return { tip: this.mark(this.height), final: this.mark(this.finalHeight), sequence, paused, accounts };
  }
}

type Shown = import("../../src/stacks/observe").Observation;
