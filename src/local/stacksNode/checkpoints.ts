/**
 * The states of the VM that it can be set back to. Near the tip they stand close together, further back ever wider
 * apart, so that going back costs a share of how far one goes; the first is the genesis and stays. They hold at most
 * 128 MB beside the copy of the genesis.
 */
import type { VmState } from "./clarityVm";
import { unsharedBytes } from "./memoryPages";

const MOST_CHECKPOINTS = 48;
const MOST_BYTES = 128 * 1024 * 1024;

export interface Checkpoint {
  /** Of the block that the VM had just been through. */
  height: number;
  /** What the VM had done since the genesis: a transaction counts one. */
  work: number;
  state: VmState;
}

export class Checkpoints {
  /** Oldest first. */
  private list: Checkpoint[] = [];

  /** The newest at or before a height. */
  newest(height = Number.POSITIVE_INFINITY): Checkpoint {
    const found = this.list.findLast((checkpoint) => checkpoint.height <= height);
    if (!found) throw new Error(`The VM can't go back to block ${height}.`);
    return found;
  }

  add(checkpoint: Checkpoint): void {
    this.list.push(checkpoint);
    while (this.list.length > MOST_CHECKPOINTS || (this.list.length > 2 && this.bytes() > MOST_BYTES)) this.thin();
  }

  /** Forgets those of blocks above a height. */
  cut(height: number): void {
    this.list = this.list.filter((checkpoint) => checkpoint.height <= height);
  }

  private bytes(): number {
    return this.list.slice(1).reduce((sum, { state }, n) => {
      return sum + unsharedBytes(state.memory, (this.list[n] as Checkpoint).state.memory);
    }, 0);
  }

  /** Drops the one that leaves the smallest gap for its age. */
  private thin(): void {
    const tip = this.newest().work;
    const gaps = this.list.slice(1, -1).map(({ work }, n) => {
      const [before, after] = [this.list[n] as Checkpoint, this.list[n + 2] as Checkpoint];
      return (after.work - before.work) / (tip - work + 1);
    });
    this.list.splice(1 + gaps.indexOf(Math.min(...gaps)), 1);
  }
}
