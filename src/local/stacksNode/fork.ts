/**
 * Blocks that the VM has been through but that are in no list and on no disk yet: a fork is made of them before the
 * chain changes over to it, so that whatever stops it leaves the chain as it was.
 */
import { type DecidedBlock, decideBlock, type Inclusion, mineBlock } from "./blockExecution";
import type { Block, Blocks } from "./blocks";
import type { ClarityVm, VmState } from "./clarityVm";
import type { BlocksEntry, FallenOut } from "./journal";
import type { SignedTransaction } from "./signedTransaction";

export interface Draft extends DecidedBlock {
  block: Block;
  entry: BlocksEntry;
}

/** What a block of the fork is to be; one that begins a tenure is empty. */
export interface ForkBlock {
  seconds: number;
  newTenure: boolean;
  inclusions: Inclusion[];
  /** Like everything before it as it was in the abandoned fork: then so are its verdicts. */
  isSame: boolean;
}

export interface ForkWish {
  /** Whether the fork's blocks hold the transactions that the abandoned ones hold. */
  keepTransactions: boolean;
  fallenOut: FallenOut;
  /** How many; as many as were abandoned if left out. */
  blocks?: number | undefined;
  /** So many burn blocks, before all else; those of the abandoned fork, with other hashes, if left out. */
  burnBlocks?: number | undefined;
}

export function planFork(abandoned: Omit<ForkBlock, "isSame">[], wish: ForkWish): ForkBlock[] {
  const { keepTransactions, burnBlocks, blocks = abandoned.length } = wish;
  const isSame = keepTransactions && burnBlocks === undefined;
  const empty = { seconds: 0, newTenure: false, inclusions: [], isSame };
  const tenures = Array.from({ length: burnBlocks ?? 0 }, () => ({ ...empty, newTenure: true }));
  const alike = abandoned.map((block) => ({
    seconds: block.seconds,
    newTenure: block.newTenure && burnBlocks === undefined,
    inclusions: keepTransactions ? block.inclusions : [],
    isSame,
  }));
  const planned = [...tenures, ...alike].slice(0, blocks);
  return [...planned, ...Array.from({ length: blocks - planned.length }, () => empty)];
}

export interface EmptyRun {
  count: number;
  seconds: number;
  newTenure: boolean;
}

export function draftEmpty(blocks: Blocks, run: EmptyRun, parent = blocks.tip, fork = blocks.forks): Draft[] {
  const { count, seconds, newTenure } = run;
  const drafts: Draft[] = [];
  for (let n = 0; n < count; n += 1) {
    const content = { seconds, newTenure, txids: [], verdicts: [] };
    const block = blocks.draft(drafts.at(-1)?.block ?? parent, content, fork);
    const entry: BlocksEntry = { kind: "empty", count: 1, seconds, newTenure, tip: block.hash };
    drafts.push({ block, entry, inclusions: [], executed: [], dropped: [] });
  }
  return drafts;
}

export function draftDecided(
  blocks: Blocks,
  parent: Block,
  seconds: number,
  decided: Omit<DecidedBlock, "dropped"> & { dropped?: string[] },
  fork?: number,
): Draft {
  const { inclusions, executed, dropped = [] } = decided;
  const txids = executed.map(({ transaction }) => transaction.txid);
  const verdicts = executed.map(({ transaction, status, result }) => [transaction.txid, status, result].join());
  const block = blocks.draft(parent, { seconds, newTenure: false, txids, verdicts }, fork);
  const transactions = inclusions.map(({ transaction: { txid }, abort }) => ({ txid, ...(abort && { abort }) }));
  return { ...decided, dropped, block, entry: { kind: "block", seconds, transactions, dropped, tip: block.hash } };
}

export interface ForkBase {
  vm: ClarityVm;
  blocks: Blocks;
  parent: Block;
  /** Sets the VM to `parent`. */
  rewind: () => void;
  nonceOf: (address: string) => number;
}

/** Those whose nonces a transaction spends. */
function accountsOf({ sender, nonce, sponsor }: SignedTransaction) {
  return [{ address: sender, nonce }, ...(sponsor ? [sponsor] : [])];
}

/** Drafts the blocks of a fork one after the other, the VM going along. */
export class ForkDrafter {
  readonly drafts: Draft[] = [];
  private readonly spent = new Map<string, number>();

  constructor(private readonly base: ForkBase) {}

  add({ seconds, newTenure, inclusions, isSame }: ForkBlock): void {
    const { vm, blocks } = this.base;
    const parent = this.drafts.at(-1)?.block ?? this.base.parent;
    const fork = blocks.forks + 1;
    if (inclusions.length === 0) {
      vm.mineEmpty(1, seconds, newTenure);
      this.drafts.push(...draftEmpty(blocks, { count: 1, seconds, newTenure }, parent, fork));
      return;
    }
    const decided = isSame
      ? { inclusions, executed: mineBlock(vm, inclusions, seconds).executed }
      : decideBlock(vm, this.rewinder(), this.inOrder(inclusions), seconds);
    this.drafts.push(draftDecided(blocks, parent, seconds, decided, fork));
    for (const { transaction } of decided.executed) {
      for (const { address, nonce } of accountsOf(transaction)) this.spent.set(address, nonce + 1);
    }
  }

  /** Those whose nonces follow: an earlier one of the account may have fallen out. */
  private inOrder(inclusions: Inclusion[]): SignedTransaction[] {
    const next = new Map(this.spent);
    return inclusions.flatMap(({ transaction }) => {
      const accounts = accountsOf(transaction);
      const expected = (address: string) => next.get(address) ?? this.base.nonceOf(address);
      if (accounts.some(({ address, nonce }) => nonce !== expected(address))) return [];
      for (const { address, nonce } of accounts) next.set(address, nonce + 1);
      return [transaction];
    });
  }

  /** Sets the VM back to the last draft; after the first time, by a copy of its state. */
  private rewinder(): () => void {
    const { vm, rewind } = this.base;
    let state: VmState | undefined;
    return () => {
      if (state) return vm.restore(state);
      rewind();
      for (const { block, inclusions, entry } of this.drafts) {
        if (block.txids.length > 0) mineBlock(vm, inclusions, entry.seconds);
        else vm.mineEmpty(1, entry.seconds, entry.kind === "empty" && entry.newTenure);
      }
      state = vm.save();
    };
  }
}
