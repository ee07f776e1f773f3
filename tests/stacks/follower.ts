/** Keeps what looks at a real node bring, as naively as possible. */
import type { StacksApi } from "../../src/stacks/api";
import type { BlockMark, Known } from "../../src/stacks/canonical";
import type { VaultDeployment } from "../../src/stacks/deployment";
import { type ObservedEvent, observeVault } from "../../src/stacks/observe";

export const digest = ({ blockHash, txId, event }: ObservedEvent) => `${event.sequence} ${txId} ${blockHash}`;

/** What is looked at. */
export interface Looked {
  api: StacksApi;
  deployment: VaultDeployment;
  /** Burn blocks. */
  finality: number;
}

/** Remembers what looks bring; what is final stays for ever. */
export class Follower {
  final: ObservedEvent[] = [];
  pending: ObservedEvent[] = [];
  finalBlock: BlockMark | null = null;
  tip: BlockMark | null = null;

  constructor(private readonly looked: Looked) {}

  private known(): Known {
    const rungs = this.pending
      .map(({ event, blockHeight, blockHash }) => ({ sequence: event.sequence, height: blockHeight, hash: blockHash }))
      .reverse();
    return {
      booked: BigInt(this.final.length),
      newest: rungs[0] ?? null,
      final: this.finalBlock,
      tip: this.tip,
      seenTip: null,
      // A short one, so that forks are older than it.
      ladder: async () => ({
        rungs: rungs.slice(0, 3),
        floor: (rungs[2]?.sequence ?? BigInt(this.final.length) + 1n) - 1n,
      }),
    };
  }

  async look() {
    const { api, deployment, finality } = this.looked;
    const seen = await observeVault(api, deployment, this.known(), finality);
    if (seen.kind !== "seen") return seen;
    const { after, events, final, tip, isStepBack } = seen.observation;
    if (after < this.final.length) throw new Error("What was final is looked at again");
    const stands = [...this.final, ...this.pending].slice(0, Number(after));
    const all = [...stands, ...events];
    if (isStepBack) {
      this.pending = stands.slice(this.final.length);
      return seen;
    }
    const isFinal = ({ blockHeight }: ObservedEvent) => final !== null && blockHeight <= final.height;
    this.final = all.filter(isFinal);
    this.pending = all.filter((observed) => !isFinal(observed));
    [this.finalBlock, this.tip] = [final, tip];
    return seen;
  }

  async catchUp() {
    for (;;) {
      const seen = await this.look();
      if (seen.kind !== "seen") throw new Error(seen.kind);
      if (!seen.observation.isStepBack && this.seen().length >= Number(seen.observation.sequence))
        return seen.observation;
    }
  }

  seen(): string[] {
    return [...this.final, ...this.pending].map(digest);
  }
}
