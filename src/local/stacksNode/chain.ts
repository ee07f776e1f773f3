/**
 * The chain: blocks, accounts, mempool and events over one Clarity VM, kept in a journal. What it announces is on disk
 * first, and opening the journal again gives the same blocks with the same hashes. What the disk refuses did not happen.
 */
import { join } from "node:path";
import { checkAdmission } from "./admission";
import { abortOf, decideBlock, type Inclusion, mineBlock } from "./blockExecution";
import { type Block, Blocks } from "./blocks";
import { ClarityVm } from "./clarityVm";
import { type Draft, draftDecided, draftEmpty, ForkDrafter, type ForkWish, planFork } from "./fork";
import { History } from "./history";
import { type BlocksEntry, type FallenOut, type Journal, type JournalEntry, openJournal } from "./journal";
import { Mempool } from "./mempool";
import { type ContractLog, type MinedTransaction, Records } from "./records";
import { acceptTransaction, decodeTransaction, type SignedTransaction } from "./signedTransaction";

const BLOCK_TRANSACTIONS = 200;

/** Called now and then while a long journal is replayed. */
export type OnReplay = (done: number, entries: number) => void;

const ANSWERED_BLOCKS = 16;

export class Chain {
  readonly mempool = new Mempool();
  readonly blocks: Blocks;
  readonly records = new Records();
  /** By how many seconds its clock runs ahead of the node's. */
  ahead = 0;
  private readonly history: History;
  /** What was asked of the VM at some blocks, by question: asked again, it need not be taken there. The newest last. */
  private readonly answers = new Map<Block, Map<string, unknown>>();

  private constructor(
    vm: ClarityVm,
    private readonly journal: Journal,
  ) {
    this.blocks = new Blocks(vm.tip);
    this.history = new History(vm, this.blocks, (block) => this.inclusionsOf(block));
  }

  /** @param now unix seconds, for a chain that begins */
  static async open(manifestPath: string, stateDir: string, now: number, onReplay?: OnReplay): Promise<Chain> {
    const journal = openJournal(join(stateDir, "chain.jsonl"));
    const [first, ...rest] = journal.entries.splice(0);
    if (first && first.kind !== "genesis") throw new Error(`${stateDir} holds no chain of this node.`);
    const time = first?.time ?? now;
    const vm = await ClarityVm.start(manifestPath, time);
    const fingerprint = vm.fingerprint();
    if (first && first.fingerprint !== fingerprint) {
      journal.close();
      throw new Error(
        `The contracts or accounts of ${manifestPath} have changed since the chain in ${stateDir} began. ` +
          "Delete it, with all that was made of it (after npm start, the whole state folder), to begin a new one.",
      );
    }
    if (!first) journal.append({ kind: "genesis", time, fingerprint });
    const chain = new Chain(vm, journal);
    rest.forEach((entry, index) => {
      onReplay?.(index, rest.length);
      chain.replay(entry);
    });
    return chain;
  }

  private get vm(): ClarityVm {
    return this.history.vm;
  }

  get tip(): Block {
    return this.blocks.tip;
  }

  /** A canonical block by its hash or index hash. */
  canonical(hash: string): Block | undefined {
    const block = this.blocks.byHash(hash);
    return block?.canonical ? block : undefined;
  }

  get mined(): ReadonlyMap<string, MinedTransaction> {
    return this.records.mined;
  }

  /** The events that a contract printed, oldest first. */
  logsOf(contractId: string): readonly ContractLog[] {
    return this.records.logsOf(contractId);
  }

  /** An account's next nonce after a canonical block, the tip if left out. */
  nonceOf(address: string, block = this.tip): number {
    return this.records.nonceOf(address, block.height);
  }

  balanceOf(principal: string, block = this.tip): bigint {
    return this.answer(`balance ${principal}`, (vm) => vm.stxBalance(principal), block);
  }

  contract(id: string) {
    return this.answer(`contract ${id}`, (vm) => vm.contract(id));
  }

  /** Asks the VM as it was at a canonical block, the tip if left out. @throws VmError of what it refuses */
  read<T>(query: (vm: ClarityVm) => T, block = this.tip): T {
    return this.history.read(block, query);
  }

  /**
   * Admits a transaction; it is on disk when this returns.
   * @throws Rejection
   */
  submit(raw: string, now: number): string {
    const transaction = acceptTransaction(raw);
    if (this.mempool.find(transaction.txid)?.status === "pending") return transaction.txid;
    checkAdmission(this, transaction);
    this.journal.append({ kind: "pending", raw: transaction.raw, receivedAt: now });
    this.mempool.add(transaction, now);
    return transaction.txid;
  }

  /** Makes the clock run further ahead. */
  advance(seconds: number): void {
    this.journal.append({ kind: "advance", seconds });
    this.ahead += seconds;
  }

  /** A waiting transaction vanishes, as an old one does from a real node's memory; whether there was one. */
  drop(txid: string): boolean {
    if (this.mempool.find(txid)?.status !== "pending") return false;
    this.journal.append({ kind: "drop", txid });
    this.mempool.drop(txid, "dropped_stale_garbage_collect");
    return true;
  }

  /** Empty blocks, each `seconds` after the one before; in a new tenure each comes with a burn block. */
  mineEmpty(count: number, seconds: number, newTenure: boolean): void {
    this.history.checkpointIfDue();
    const drafts = draftEmpty(this.blocks, { count, seconds, newTenure });
    this.journal.append({ kind: "empty", count, seconds, newTenure, tip: (drafts.at(-1) as Draft).block.hash });
    this.vm.mineEmpty(count, seconds, newTenure);
    for (const draft of drafts) this.book(draft);
    this.mempool.collect(this.tip.time);
  }

  /** Whether a transaction waits that the next block can hold. */
  canMine(): boolean {
    return this.ready().length > 0;
  }

  /** A block of the transactions that wait, if any can be in one; whether there is such a block. */
  mineWaiting(seconds: number): boolean {
    if (!this.canMine()) return false;
    this.history.checkpointIfDue();
    const decided = decideBlock(this.vm, () => this.history.rewind(), this.ready(), seconds);
    const draft = draftDecided(this.blocks, this.tip, seconds, decided);
    this.undoing(() => this.journal.append(draft.entry));
    this.book(draft);
    this.mempool.collect(this.tip.time);
    return true;
  }

  /**
   * Abandons the last `depth` blocks for a fork: whole, or, if anything fails, not at all.
   * @param depth at most how many blocks there are after the genesis
   */
  reorganise(depth: number, wish: ForkWish): void {
    const parent = this.blocks.at(this.tip.height - depth);
    if (!parent) throw new Error(`The chain has no ${depth} blocks after its genesis.`);
    const rewind = () => this.history.goTo(parent.height);
    const nonceOf = (address: string) => this.nonceOf(address, parent);
    const drafter = new ForkDrafter({ vm: this.vm, blocks: this.blocks, parent, rewind, nonceOf });
    this.undoing(() => {
      rewind();
      for (const planned of planFork(this.contentsAbove(parent), wish)) drafter.add(planned);
      const blocks = drafter.drafts.map(({ entry }) => entry);
      this.journal.append({ kind: "reorg", depth, fallenOut: wish.fallenOut, blocks });
    });
    this.changeOver(parent, wish.fallenOut, () => {
      for (const draft of drafter.drafts) this.book(draft);
    });
  }

  close(): void {
    this.journal.close();
  }

  private answer<T>(question: string, ask: (vm: ClarityVm) => T, block = this.tip): T {
    const known = this.answers.get(block) ?? new Map<string, unknown>();
    if (!known.has(question)) known.set(question, this.read(ask, block));
    this.answers.set(block, known);
    const [oldest] = this.answers.keys();
    if (oldest && this.answers.size > ANSWERED_BLOCKS) this.answers.delete(oldest);
    return known.get(question) as T;
  }

  private ready(): SignedTransaction[] {
    return this.mempool.ready((account) => this.nonceOf(account), BLOCK_TRANSACTIONS);
  }

  private inclusionsOf(block: Block): Inclusion[] {
    return this.records.of(block).map((mined) => {
      const abort = abortOf(mined);
      return { transaction: decodeTransaction(mined.raw), ...(abort && { abort }) };
    });
  }

  /** If the step fails, the VM is set back to the tip. */
  private undoing(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.history.rewind();
      throw error;
    }
  }

  /** Takes a block that the VM has been through into the chain. */
  private book({ block, executed, dropped }: Draft): void {
    for (const txid of dropped) this.mempool.drop(txid, "dropped_problematic");
    executed.forEach((one, index) => {
      const { txid } = one.transaction;
      const receivedAt = this.mempool.find(txid)?.receivedAt ?? block.time;
      this.records.add(block, index, one, receivedAt);
      this.mempool.mined(txid);
    });
    this.blocks.add(block);
    this.history.passed(block);
  }

  private contentsAbove(parent: Block) {
    return this.blocks.above(parent).map((block) => {
      return { ...this.blocks.contentOf(block), inclusions: this.inclusionsOf(block) };
    });
  }

  /** Abandons the blocks above one for those that `bookFork` takes in. */
  private changeOver(parent: Block, fallenOut: FallenOut, bookFork: () => void): void {
    const fallen = this.blocks.above(parent).flatMap((block) => this.records.of(block));
    const txids = fallen.map(({ txid }) => txid);
    for (const { raw, receivedAt } of fallen) this.mempool.add(decodeTransaction(raw), receivedAt);
    this.history.cut(parent.height);
    this.records.cut(parent.height, txids);
    this.blocks.cut(parent.height);
    bookFork();
    if (fallenOut === "dropped") {
      for (const txid of txids) this.mempool.drop(txid, "dropped_stale_garbage_collect");
    }
    // Not before: what fell out may be old, and the fork holds it again.
    this.mempool.collect(this.tip.time);
  }

  private replay(entry: JournalEntry): void {
    switch (entry.kind) {
      case "genesis":
        throw new Error("The journal begins twice.");
      case "pending":
        this.mempool.add(decodeTransaction(entry.raw), entry.receivedAt);
        break;
      case "drop":
        this.mempool.drop(entry.txid, "dropped_stale_garbage_collect");
        break;
      case "advance":
        this.ahead += entry.seconds;
        break;
      case "reorg": {
        const parent = this.blocks.at(this.tip.height - entry.depth) as Block;
        this.history.goTo(parent.height);
        this.changeOver(parent, entry.fallenOut, () => entry.blocks.forEach(this.replayBlocks, this));
        break;
      }
      default:
        this.replayBlocks(entry);
        this.mempool.collect(this.tip.time);
    }
  }

  private replayBlocks(entry: BlocksEntry): void {
    this.history.checkpointIfDue();
    for (const draft of this.redraft(entry)) this.book(draft);
    if (this.tip.hash !== entry.tip) {
      throw new Error(`Block ${this.tip.height} came out as ${this.tip.hash}, but the journal has ${entry.tip}.`);
    }
  }

  /** Puts the VM through blocks of the journal. */
  private redraft(entry: BlocksEntry): Draft[] {
    if (entry.kind === "empty") {
      this.vm.mineEmpty(entry.count, entry.seconds, entry.newTenure);
      return draftEmpty(this.blocks, entry);
    }
    const inclusions = entry.transactions.map(({ txid, abort }) => {
      const transaction = this.mempool.find(txid)?.transaction;
      if (!transaction) throw new Error(`The journal has a block with ${txid}, but not that transaction.`);
      return { transaction, ...(abort && { abort }) };
    });
    const { executed } = mineBlock(this.vm, inclusions, entry.seconds);
    return [draftDecided(this.blocks, this.tip, entry.seconds, { inclusions, executed, dropped: entry.dropped })];
  }
}
