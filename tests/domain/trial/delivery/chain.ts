/**
 * A chain in memory that holds one vault: blocks in tenures, transactions that wait, forks of any depth. It knows nothing of
 * who looks at it.
 */
import { TOKENS } from "../../../../src/domain/tokens";
import { ApiError, type Block, type StacksApi } from "../../../../src/stacks/api";
import type { BlockMark, ObservedAccount, ObservedEvent } from "../../../../src/stacks/observe";
import type { Tx } from "../../../simulation/transactions";
import { VaultState } from "../../../simulation/vault";
import { type PaperTx, sentOf } from "./transactions";

/** Burn blocks below which nothing is taken back. */
export const FINALITY = 3;
export const TENURE_SECONDS = 300;
const GENESIS_TIME = 1_800_000_000;
/** What may leave in 144 burn blocks, base units; half of it at once. */
export const CAP = 40_000n;

const newVault = () => new VaultState("vault", { withdrawals: CAP, settlements: CAP }, 0);

interface Sent {
  tx: Tx;
  txId: string;
}

interface PaperBlock extends BlockMark {
  sent: Sent[];
  /** How many events the vault has printed by its end. */
  printed: number;
  canonical: boolean;
}

/** What a fork makes of the transactions that were in the blocks that it replaces; drawn bit by bit. */
export interface Fork {
  depth: number;
  /** A transaction whose bit is set happens again, in the same block. */
  keep: number;
  /** One that does not waits again if its bit is set, and else is gone for good. */
  wait: number;
  /** Tenures beyond as many as were abandoned. */
  more: number;
}

const bit = (bits: number, n: number) => ((bits >>> (n % 31)) & 1) === 1;

/** What a node says of the vault's counters. */
export interface Shown {
  sequence: bigint;
  accounts: Pick<ObservedAccount, "token" | "held" | "balance" | "locked">[];
}

export class PaperChain {
  blocks: PaperBlock[] = [];
  events: ObservedEvent[] = [];
  state = newVault();
  waiting: Sent[] = [];
  private readonly byHash = new Map<string, PaperBlock>();
  private sent = 0;

  constructor() {
    this.add({ burnHeight: 100, time: GENESIS_TIME, sent: [] });
  }

  get tip(): PaperBlock {
    return this.blocks.at(-1) as PaperBlock;
  }

  send(tx: PaperTx) {
    this.sent += 1;
    this.waiting.push({ tx: sentOf(tx), txId: `0x${this.sent}` });
  }

  /** A block of what waits, in this tenure if `tenures` is 0; else so many empty ones follow, each in one of its own. */
  mine(tenures: number) {
    const { burnHeight, time } = this.tip;
    const step = tenures === 0 ? 0 : 1;
    this.add({ burnHeight: burnHeight + step, time: time + step * TENURE_SECONDS, sent: this.waiting.splice(0) });
    for (let n = 1; n < tenures; n += 1) {
      const { tip } = this;
      this.add({ burnHeight: tip.burnHeight + 1, time: tip.time + TENURE_SECONDS, sent: [] });
    }
  }

  /** Bitcoin goes on for so many tenures without a block here, until one more brings what waits. */
  skip(tenures: number) {
    const { burnHeight, time } = this.tip;
    const step = tenures + 1;
    this.add({ burnHeight: burnHeight + step, time: time + step * TENURE_SECONDS, sent: this.waiting.splice(0) });
  }

  private add({ burnHeight, time, sent }: Pick<PaperBlock, "burnHeight" | "time" | "sent">) {
    const height = this.blocks.length;
    const hash = `0x${height}b${this.byHash.size}`;
    const block = { height, hash, burnHeight, time, sent, printed: 0, canonical: true };
    for (const { tx, txId } of sent) {
      const answer = this.state.execute(tx, { height: burnHeight, time });
      const event = answer.error === null ? answer.event : null;
      if (event)
        this.events.push({ txId, eventIndex: 0, blockHeight: height, blockHash: hash, blockTime: time, event });
    }
    block.printed = this.events.length;
    this.blocks.push(block);
    this.byHash.set(hash, block);
  }

  /** Replaces the newest blocks, never the first, by as many of the same tenures; tells how many events that took back. */
  reorganise({ depth, keep, wait, more }: Fork): number {
    const parent = this.blocks[Math.max(0, this.blocks.length - 1 - depth)] as PaperBlock;
    const abandoned = this.blocks.splice(parent.height + 1);
    const takenBack = this.events.length - parent.printed;
    this.events.length = parent.printed;
    this.state = this.stateAfter(parent.height);
    let n = 0;
    for (const block of abandoned) {
      block.canonical = false;
      const kept = [];
      for (const sent of block.sent) {
        if (bit(keep, n)) kept.push(sent);
        else if (bit(wait, n)) this.waiting.push(sent);
        n += 1;
      }
      this.add({ burnHeight: block.burnHeight, time: block.time, sent: kept });
    }
    for (let extra = 0; extra < more; extra += 1) {
      const { tip } = this;
      this.add({ burnHeight: tip.burnHeight + 1, time: tip.time + TENURE_SECONDS, sent: [] });
    }
    return takenBack;
  }

  private stateAfter(height: number): VaultState {
    const state = newVault();
    for (const { sent, burnHeight, time } of this.blocks.slice(0, height + 1)) {
      for (const { tx } of sent) state.execute(tx, { height: burnHeight, time });
    }
    return state;
  }

  /** The vault's counters at a block, the tip if left out. */
  shown(height = this.tip.height): Shown {
    const state = height === this.tip.height ? this.state : this.stateAfter(height);
    const { sequence, held, balance, locked } = state;
    const accounts = TOKENS.map((token) => {
      return { token, held: held[token], balance: balance[token], locked: locked[token] };
    });
    return { sequence, accounts };
  }

  /** Of a block by its hash, of whichever fork: what it said is known as long as it is the chain's. */
  heightOf(hash: string): number {
    const block = this.byHash.get(hash);
    if (!block?.canonical) throw new ApiError(`The node knows no block ${hash}.`);
    return block.height;
  }

  /** Where in its block a transaction stands. */
  placeOf(height: number, txId: string): number {
    return this.blocks[height]?.sent.findIndex((sent) => sent.txId === txId) ?? -1;
  }

  /** The newest block that no fork within finality reaches. */
  get deepest(): number {
    const final = this.blocks.findLast(({ burnHeight }) => burnHeight <= this.tip.burnHeight - FINALITY);
    return this.tip.height - (final?.height ?? 0);
  }

  /** What a node answers of blocks. */
  api(): Pick<StacksApi, "blockAt" | "blockOfBurnBlock" | "latestBlock"> {
    const asked = (block: PaperBlock | undefined) => (block ? apiBlock(block) : null);
    return {
      latestBlock: async () => apiBlock(this.tip),
      blockAt: async (id) => asked(typeof id === "number" ? this.blocks[id] : this.byHash.get(id)),
      blockOfBurnBlock: async (height) => asked(this.blocks.findLast(({ burnHeight }) => burnHeight === height)),
    };
  }
}

function apiBlock({ canonical, height, hash, time, burnHeight }: PaperBlock): Block {
  return { canonical, height, hash, index_block_hash: hash, block_time: time, burn_block_height: burnHeight };
}
