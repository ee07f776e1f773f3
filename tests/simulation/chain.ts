/**
 * The vault's chain in the simulation: transactions in blocks, which a reorganisation may take back. Naive on purpose:
 * every question executes all transactions again, from the first.
 */
import { TOKENS } from "../../src/domain/tokens";
import type { Observation, ObservedEvent } from "../../src/stacks/observe";
import { type Tx, VaultState } from "./vault";

/** Burn blocks, one a block here, below which no reorganisation reaches. */
export const FINALITY = 4;
export const BLOCK_SECONDS = 10;
const GENESIS = 1_800_000_000;
/** Base units that may leave in 144 blocks; half of it at once. */
export const CAP = 300n;

interface Mined {
  tx: Tx;
  txId: string;
  height: number;
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

  constructor(readonly cap = CAP) {}

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
    const state = new VaultState(this.cap);
    const events: ObservedEvent[] = [];
    for (const { tx, txId, height: blockHeight } of this.mined) {
      if (blockHeight > height) continue;
      const event = state.execute(tx, { height: blockHeight, time: timeOf(blockHeight) });
      if (!event) continue;
      const block = { blockHeight, blockHash: this.hashAt(blockHeight), blockTime: timeOf(blockHeight) };
      events.push({ txId, eventIndex: 1, ...block, event });
    }
    return { state, events };
  }

  /** What a node shows of the vault at the tip, beside its events. */
  shown(): Pick<Observation, "tip" | "final" | "sequence" | "paused" | "accounts"> {
    this.isSeen = true;
    const { state } = this.at(this.height);
    const accounts = TOKENS.map((token) => ({
      token,
      held: state.held[token],
      balance: state.balance[token],
      locked: state.locked[token],
      withdrawalCap: this.cap,
      settlementCap: this.cap,
      usedByWindow: state.withdrawals[token].usedByWindow,
      drainedAt: BigInt(state.withdrawals[token].drainedAt),
    }));
    const { sequence, paused } = state;
    return { tip: this.mark(this.height), final: this.mark(this.finalHeight), sequence, paused, accounts };
  }
}
