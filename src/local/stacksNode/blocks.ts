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
  /** Oldest first. */
  readonly list: Block[];

  constructor({ height, burnHeight, time }: { height: number; burnHeight: number; time: number }) {
    const hash = blockId(height, "genesis", time);
    const parents = { parentHash: NO_HASH, parentIndexHash: NO_HASH };
    this.list = [
      { height, hash, indexHash: blockId(height, hash), ...parents, time, burnHeight, burnTime: time, txids: [] },
    ];
  }

  get tip(): Block {
    return this.list.at(-1) as Block;
  }

  at(height: number): Block | undefined {
    return this.list[height - (this.list[0] as Block).height];
  }

  /** By hash or index hash. */
  byHash(hash: string): Block | undefined {
    const block = this.at(Number.parseInt(hash.slice(2, 10), 16));
    return block?.hash === hash || block?.indexHash === hash ? block : undefined;
  }

  /** The blocks of one burn block, oldest first; quick for those near the tip, which are asked for. */
  ofBurnBlock(burnHeight: number): Block[] {
    const end = this.list.findLastIndex((block) => block.burnHeight <= burnHeight);
    const before = this.list.findLastIndex((block) => block.burnHeight < burnHeight);
    return this.list.slice(before + 1, end + 1);
  }

  /** @param verdicts what became of each transaction: the hash covers it */
  add(seconds: number, newTenure: boolean, txids: string[], verdicts: string[]): Block {
    const parent = this.tip;
    const [height, time] = [parent.height + 1, parent.time + seconds];
    const burnHeight = parent.burnHeight + (newTenure ? 1 : 0);
    const hash = blockId(height, parent.hash, time, burnHeight, ...verdicts);
    const parents = { parentHash: parent.hash, parentIndexHash: parent.indexHash };
    // A new burn block has the time of the last Stacks block before it (vmModule.ts).
    const burnTime = newTenure ? parent.time : parent.burnTime;
    const block = { height, hash, indexHash: blockId(height, hash), ...parents, time, burnHeight, burnTime, txids };
    this.list.push(block);
    return block;
  }
}
