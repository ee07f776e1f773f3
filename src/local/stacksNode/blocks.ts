/**
 * The list of blocks, found by height or hash, and those of forks that were abandoned, found by hash. Hashes follow
 * from what the blocks hold and from how often the chain was reorganised before, so a replay gives the same, and a new
 * fork others.
 */
import { createHash } from "node:crypto";

/** Times are unix seconds, hashes hex with 0x. */
export interface Block {
  height: number;
  hash: string;
  indexHash: string;
  parentHash: string;
  parentIndexHash: string;
  time: number;
  burnHeight: number;
  burnHash: string;
  burnTime: number;
  txids: string[];
  /** False in a fork that was abandoned. */
  canonical: boolean;
}

/** What a block is made of; `verdicts` is what became of each transaction: the hash covers it. */
export interface BlockContent {
  /** How much later than its parent. */
  seconds: number;
  /** Comes with a burn block. */
  newTenure: boolean;
  txids: string[];
  verdicts: string[];
}

const NO_HASH = `0x${"0".repeat(64)}`;

/** An id that begins with its block's height, so that finding a block by its hash needs no index. */
function blockId(height: number, ...parts: (string | number)[]): string {
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  return `0x${height.toString(16).padStart(8, "0")}${digest.slice(8)}`;
}

/** The burn chain of fork 0 is numbered; a reorganisation gives the same heights other hashes. */
function burnId(height: number, fork: number): string {
  if (fork > 0) return blockId(height, "burn block", fork);
  return `0x${height.toString(16).padStart(64, "0")}`;
}

export class Blocks {
  /** Oldest first. */
  readonly list: Block[];
  /** How often the chain was reorganised. */
  forks = 0;
  private readonly abandoned = new Map<string, Block>();

  constructor({ height, burnHeight, time }: { height: number; burnHeight: number; time: number }) {
    const hash = blockId(height, "genesis", time);
    const parents = { parentHash: NO_HASH, parentIndexHash: NO_HASH };
    const burn = { burnHeight, burnHash: burnId(burnHeight, 0), burnTime: time };
    const indexHash = blockId(height, hash);
    this.list = [{ height, hash, indexHash, ...parents, time, ...burn, txids: [], canonical: true }];
  }

  get tip(): Block {
    return this.list.at(-1) as Block;
  }

  get genesis(): Block {
    return this.list[0] as Block;
  }

  at(height: number): Block | undefined {
    return this.list[height - this.genesis.height];
  }

  /** Those after a block of the list, oldest first. */
  above({ height }: Block): Block[] {
    return this.list.slice(height + 1 - this.genesis.height);
  }

  /** By hash or index hash; a block of an abandoned fork too. */
  byHash(hash: string): Block | undefined {
    const block = this.at(Number.parseInt(hash.slice(2, 10), 16));
    return block?.hash === hash || block?.indexHash === hash ? block : this.abandoned.get(hash);
  }

  /** The blocks of one burn block, oldest first; quick for those near the tip, which are asked for. */
  ofBurnBlock(burnHeight: number): Block[] {
    const end = this.list.findLastIndex((block) => block.burnHeight <= burnHeight);
    const before = this.list.findLastIndex((block) => block.burnHeight < burnHeight);
    return this.list.slice(before + 1, end + 1);
  }

  /** What a block had been made of; the genesis had no making. */
  contentOf(block: Block): Omit<BlockContent, "verdicts"> {
    const parent = this.at(block.height - 1) as Block;
    const newTenure = block.burnHeight > parent.burnHeight;
    return { seconds: block.time - parent.time, newTenure, txids: block.txids };
  }

  /** A block that could follow another; it is not in the list yet. */
  draft(parent: Block, { seconds, newTenure, txids, verdicts }: BlockContent, fork = this.forks): Block {
    const [height, time] = [parent.height + 1, parent.time + seconds];
    const burnHeight = parent.burnHeight + (newTenure ? 1 : 0);
    const salt = fork > 0 ? [`fork ${fork}`] : [];
    const hash = blockId(height, parent.hash, time, burnHeight, ...verdicts, ...salt);
    const parents = { parentHash: parent.hash, parentIndexHash: parent.indexHash };
    // A new burn block has the time of the last Stacks block before it (vmModule.ts).
    const burn = newTenure
      ? { burnHeight, burnHash: burnId(burnHeight, fork), burnTime: parent.time }
      : { burnHeight, burnHash: parent.burnHash, burnTime: parent.burnTime };
    return { height, hash, indexHash: blockId(height, hash), ...parents, time, ...burn, txids, canonical: true };
  }

  add(block: Block): void {
    this.list.push(block);
  }

  /** Abandons the blocks above a height: from here on, another fork. */
  cut(height: number): void {
    for (const block of this.list.splice(height + 1 - this.genesis.height)) {
      block.canonical = false;
      this.abandoned.set(block.hash, block).set(block.indexHash, block);
    }
    this.forks += 1;
  }
}
