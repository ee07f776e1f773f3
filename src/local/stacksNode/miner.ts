/**
 * When blocks are mined. Each interval brings one burn block, with an empty Stacks block, and then a block of whatever
 * transactions wait: so finality and the vault's windows, which count burn blocks, go by in seconds on this machine,
 * and nothing is final in the block that holds it. A chain without transactions slows down to every tenth interval,
 * which bounds how its journal and memory grow. Block time follows the wall clock and never runs ahead of it; after a
 * pause it catches up in as many blocks as Bitcoin would have mined, at most a thousand.
 */
import type { Chain } from "./chain";
import type { ForkWish } from "./fork";
import { NotWritten } from "./journal";

const BITCOIN_BLOCK_SECONDS = 600;
const CATCH_UP_BLOCKS = 1000;
/** After so many empty intervals in a row, only every tenth brings a block. */
const IDLE_INTERVALS = 10;

export interface MinerOptions {
  /** 0: each transaction is mined as it is submitted, and time passes for nothing else. */
  blockIntervalMs: number;
  now: () => number;
  /** Mining that fails leaves a chain that must not go on. */
  onFailure: (error: unknown) => void;
  /** Told each time that a block finds no room. */
  onFullDisk: (error: NotWritten) => void;
  /** Told each time that the tip is another. */
  onTip: () => void;
}

export class Miner {
  private timer: NodeJS.Timeout | undefined;
  private emptyIntervals = 0;
  private isStopped = false;

  constructor(
    private readonly chain: Chain,
    private readonly options: MinerOptions,
  ) {}

  start(): void {
    this.mineIfThereIsRoom(0, 0);
    if (this.options.blockIntervalMs > 0 && !this.isStopped) this.schedule();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  /** @throws Rejection */
  submit(raw: string): string {
    const txid = this.chain.submit(raw, this.seconds());
    if (this.options.blockIntervalMs === 0) this.mineIfThereIsRoom(1, 1);
    return txid;
  }

  /** Burn blocks, each with an empty block; then blocks, the first of them with what waits. */
  mine(burnBlocks: number, blocks: number): void {
    this.guarded(() => {
      this.catchUp();
      this.mineEmpty(burnBlocks, true);
      if (blocks === 0) return;
      const isMined = this.chain.mineWaiting(this.behind());
      this.mineEmpty(isMined ? blocks - 1 : blocks, false);
    });
  }

  /** Block time moves on as if so much time had passed, and a block shows it. */
  advance(seconds: number): void {
    this.guarded(() => {
      this.chain.advance(seconds);
      this.catchUp();
      this.mineEmpty(1, false);
    });
  }

  reorganise(depth: number, wish: ForkWish): void {
    this.guarded(() => this.chain.reorganise(depth, wish));
  }

  /** What the disk has no room for did not happen, and may go better next time; after any other failure, nothing may. */
  private guarded(step: () => void): void {
    const before = this.chain.tip;
    try {
      step();
      if (this.chain.tip !== before) this.options.onTip();
    } catch (error) {
      if (error instanceof NotWritten) throw error;
      this.stop();
      this.options.onFailure(error);
      throw error;
    }
  }

  /** All at the present time: the first makes up for what has passed. */
  private mineEmpty(blocks: number, newTenure: boolean): void {
    if (blocks > 0) this.chain.mineEmpty(1, this.behind(), newTenure);
    if (blocks > 1) this.chain.mineEmpty(blocks - 1, 0, newTenure);
  }

  private schedule(): void {
    this.timer = setTimeout(() => {
      this.interval();
      if (!this.isStopped) this.schedule();
    }, this.options.blockIntervalMs);
  }

  private interval(): void {
    const isIdle = !this.chain.canMine();
    this.emptyIntervals = isIdle ? this.emptyIntervals + 1 : 0;
    if (this.emptyIntervals <= IDLE_INTERVALS || this.emptyIntervals % IDLE_INTERVALS === 0) {
      this.mineIfThereIsRoom(1, isIdle ? 0 : 1);
    }
  }

  /** What waits is on disk already: where there is no room for its block, the next block has it. */
  private mineIfThereIsRoom(burnBlocks: number, blocks: number): void {
    try {
      this.mine(burnBlocks, blocks);
    } catch (error) {
      // Of any other failure, guarded() has told the owner.
      if (error instanceof NotWritten) this.options.onFullDisk(error);
    }
  }

  private seconds(): number {
    return Math.floor(this.options.now() / 1000) + this.chain.ahead;
  }

  private behind(): number {
    return Math.max(0, this.seconds() - this.chain.tip.time);
  }

  private catchUp(): void {
    const blocks = Math.min(CATCH_UP_BLOCKS, Math.floor(this.behind() / BITCOIN_BLOCK_SECONDS));
    if (blocks > 0) this.chain.mineEmpty(blocks, Math.floor(this.behind() / blocks), true);
  }
}
