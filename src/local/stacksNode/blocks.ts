/** The list of blocks, found by height or hash. Hashes follow from what the blocks hold, so a replay gives the same. */
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
  burnTime: number;
  txids: string[];
}

const NO_HASH = `0x${"0".repeat(64)}`;

/** An id that begins with its block's height, so that finding a block by its hash needs no index. */
function blockId(height: number, ...parts: (string | number)[]): string {
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  return `0x${height.toString(16).padStart(8, "0")}${digest.slice(8)}`;
}

export class Blocks {
  private readonly list: Block[] = [];

  constructor({ height, burnHeight, time }: { height: number; burnHeight: number; time: number }) {
    const hash = blockId(height, "genesis", time);
    const parent = { parentHash: NO_HASH, parentIndexHash: NO_HASH };
    const indexHash = blockId(height, hash);
    this.list.push({ height, hash, indexHash, ...parent, time, burnHeight, burnTime: time, txids: [] });
  }

  get genesis(): Block {
    return this.list[0] as Block;
  }

  get tip(): Block {
    return this.list[this.list.length - 1] as Block;
  }

  at(height: number): Block | undefined {
    return this.list[height - this.genesis.height];
  }

  /** By hash or index hash. */
  byHash(hash: string): Block | undefined {
    const block = this.at(Number.parseInt(hash.slice(2, 10), 16));
    return block?.hash === hash || block?.indexHash === hash ? block : undefined;
  }

  /** Newest first. */
  page(offset: number, limit: number): Block[] {
    const end = Math.max(0, this.list.length - offset);
    return this.list.slice(Math.max(0, end - limit), end).reverse();
  }

  /** The blocks of one burn block, newest first. */
  ofBurnBlock(burnHeight: number): Block[] {
    // Burn heights never fall along the chain: the first block above this one is found by halving.
    let [low, high] = [0, this.list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.list[middle] as Block).burnHeight <= burnHeight) low = middle + 1;
      else high = middle;
    }
    const found: Block[] = [];
    for (let at = low - 1; this.list[at]?.burnHeight === burnHeight; at -= 1) found.push(this.list[at] as Block);
    return found;
  }

  /** @param verdicts what became of each transaction: the hash covers it */
  add(seconds: number, newTenure: boolean, txids: string[], verdicts: string[]): Block {
    const parent = this.tip;
    const [height, time] = [parent.height + 1, parent.time + seconds];
    const burnHeight = parent.burnHeight + (newTenure ? 1 : 0);
    const hash = blockId(height, parent.hash, time, burnHeight, ...verdicts);
    const block: Block = {
      height,
      hash,
      indexHash: blockId(height, hash),
      parentHash: parent.hash,
      parentIndexHash: parent.indexHash,
      time,
      burnHeight,
      // A new burn block has the time of the last Stacks block before it (vmModule.ts).
      burnTime: newTenure ? parent.time : parent.burnTime,
      txids,
    };
    this.list.push(block);
    return block;
  }
}
