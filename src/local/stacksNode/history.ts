/**
 * Takes the one VM to any block of the chain and back: sets it to the checkpoint before, and has it go again through
 * the blocks between. Every canonical block can be read; an old one costs up to some fraction of a replay.
 */
import { type Inclusion, mineBlock } from "./blockExecution";
import type { Block, Blocks } from "./blocks";
import { type Checkpoint, Checkpoints } from "./checkpoints";
import { type ClarityVm, VmError, type VmState } from "./clarityVm";

/** A checkpoint costs as much as replaying some forty transactions. */
const WORK_PER_CHECKPOINT = 100;
/** Beyond this, the next to go back to the same block shall have it cheaper. */
const WORK_PER_REWIND = 20;
const EMPTY_BLOCK_WORK = 0.02;
const LAST_READ_BLOCKS = 4;

export class History {
  private readonly checkpoints = new Checkpoints();
  /** How much the VM has done since the genesis. */
  private work = 0;
  /** Of the blocks that were last read at, for those who read at them again; the newest last. */
  private readonly lastRead = new Map<Block, VmState>();
  /** Where the VM is for the sake of reads, and what takes it back; null at the tip. */
  private away: { block: Block | null; tip: VmState } | null = null;

  /** @param inclusionsOf a block's transactions with the verdicts that they got */
  constructor(
    private readonly movingVm: ClarityVm,
    private readonly blocks: Blocks,
    private readonly inclusionsOf: (block: Block) => Inclusion[],
  ) {
    this.checkpoint();
  }

  /** The VM, back at the tip if it was not: who reads at an old block often does so several times. */
  get vm(): ClarityVm {
    if (this.away) this.movingVm.restore(this.away.tip);
    this.away = null;
    return this.movingVm;
  }

  checkpointIfDue(): void {
    if (this.work - this.checkpoints.newest().work >= WORK_PER_CHECKPOINT) this.checkpoint();
  }

  /** Books a block that the VM and the list have been through. */
  passed(block: Block): void {
    this.work += EMPTY_BLOCK_WORK + block.txids.length;
  }

  /** Forgets the states of blocks above a height; the VM is at that height. */
  cut(height: number): void {
    this.work = this.workAt(height);
    this.checkpoints.cut(height);
  }

  /** Sets the VM to the tip, whatever has become of it. */
  rewind(): void {
    this.goTo(this.blocks.tip.height);
    if (this.work - this.checkpoints.newest().work >= WORK_PER_REWIND) this.checkpoint();
  }

  /** Sets the VM to a block of the chain; the caller takes it back to the tip, or cuts the chain there. */
  goTo(height: number): void {
    this.away = null;
    this.move(height);
  }

  /** Asks the VM as it was at a block of the chain. A question that traps it costs a rewind, and is a refusal. */
  read<T>(block: Block, query: (vm: ClarityVm) => T): T {
    try {
      if (block === this.blocks.tip) return query(this.vm);
      if (this.away?.block !== block) this.leaveFor(block);
      return query(this.movingVm);
    } catch (error) {
      if (error instanceof VmError) throw error;
      this.rewind();
      throw new VmError(`The VM failed: ${String(error)}`);
    }
  }

  private leaveFor(block: Block): void {
    const tip = this.away?.tip ?? this.movingVm.save(this.checkpoints.newest().state);
    // On the way it is nowhere.
    this.away = { block: null, tip };
    const known = this.lastRead.get(block);
    if (known) this.movingVm.restore(known);
    else this.move(block.height);
    this.remember(block, known ?? this.movingVm.save(this.checkpoints.newest(block.height).state));
    this.away = { block, tip };
  }

  /** From the newest state that is known on the way: who follows the chain reads at one block after the other. */
  private move(height: number): void {
    let from: Pick<Checkpoint, "height" | "state"> = this.checkpoints.newest(height);
    for (const [block, state] of this.lastRead) {
      const isOnTheWay = block.canonical && block.height <= height && block.height > from.height;
      if (isOnTheWay) from = { height: block.height, state };
    }
    this.movingVm.restore(from.state);
    this.replay(from.height, height);
  }

  private remember(block: Block, state: VmState): void {
    this.lastRead.delete(block);
    this.lastRead.set(block, state);
    const [oldest] = this.lastRead.keys();
    if (oldest && this.lastRead.size > LAST_READ_BLOCKS) this.lastRead.delete(oldest);
  }

  private checkpoint(): void {
    const newest = this.work > 0 ? this.checkpoints.newest().state : undefined;
    this.checkpoints.add({ height: this.blocks.tip.height, work: this.work, state: this.vm.save(newest) });
  }

  private workAt(height: number): number {
    const from: Checkpoint = this.checkpoints.newest(height);
    const since = this.between(from.height, height);
    return from.work + since.reduce((sum, { txids }) => sum + EMPTY_BLOCK_WORK + txids.length, 0);
  }

  private between(from: number, to: number): Block[] {
    const first = this.blocks.genesis.height;
    return this.blocks.list.slice(from + 1 - first, to + 1 - first);
  }

  /** Empty blocks that are alike are one call of the VM. */
  private replay(from: number, to: number): void {
    let run = { count: 0, seconds: 0, newTenure: false };
    const flush = () => {
      if (run.count > 0) this.movingVm.mineEmpty(run.count, run.seconds, run.newTenure);
      run = { ...run, count: 0 };
    };
    for (const block of this.between(from, to)) {
      const { seconds, newTenure, txids } = this.blocks.contentOf(block);
      if (txids.length > 0 || seconds !== run.seconds || newTenure !== run.newTenure) flush();
      if (txids.length > 0) mineBlock(this.movingVm, this.inclusionsOf(block), seconds);
      else run = { count: run.count + 1, seconds, newTenure };
    }
    flush();
  }
}
