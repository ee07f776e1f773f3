/**
 * The chain: blocks, accounts, mempool and events over one Clarity VM, kept in a journal. What it announces is on disk
 * first, and opening the journal again gives the same blocks with the same hashes.
 */
import { join } from "node:path";
import { checkAdmission } from "./admission";
import { decideBlock, type Executed, mineBlock } from "./blockExecution";
import { type Block, Blocks } from "./blocks";
import { ClarityVm, VmError, type VmEvent } from "./clarityVm";
import { type Journal, type JournalEntry, openJournal } from "./journal";
import { Mempool } from "./mempool";
import { acceptTransaction, decodeTransaction, type SignedTransaction } from "./signedTransaction";

export interface MinedTransaction extends Omit<Executed, "transaction"> {
  /** Hex without 0x; decoded again when someone asks, for a long chain holds many. */
  raw: string;
  txid: string;
  block: Block;
  index: number;
}

export interface ContractLog {
  txid: string;
  eventIndex: number;
  event: VmEvent;
}

const BLOCK_TRANSACTIONS = 200;
/** A copy of the VM's memory takes as long as replaying a few dozen blocks. */
const STEPS_PER_CHECKPOINT = 100;

export class Chain {
  readonly mempool = new Mempool();
  readonly blocks: Blocks;
  /** The newest block with transactions: those after it changed no contract's data. */
  lastChange: Block;
  readonly mined = new Map<string, MinedTransaction>();
  private readonly nonces = new Map<string, number>();
  private readonly logs = new Map<string, ContractLog[]>();
  /** Each puts the VM through what it has been through once since its checkpoint. */
  private sinceCheckpoint: (() => void)[] = [];

  private constructor(
    private readonly vm: ClarityVm,
    private readonly journal: Journal,
  ) {
    this.blocks = new Blocks(vm.tip);
    this.lastChange = this.tip;
  }

  /** @param now unix seconds, for a chain that begins */
  static async open(manifestPath: string, stateDir: string, now: number): Promise<Chain> {
    const journal = openJournal(join(stateDir, "chain.jsonl"));
    const [first, ...rest] = journal.entries;
    if (first && first.kind !== "genesis") throw new Error(`${stateDir} holds no chain of this node.`);
    const time = first?.time ?? now;
    const vm = await ClarityVm.start(manifestPath, time);
    const fingerprint = vm.fingerprint();
    if (first && first.fingerprint !== fingerprint) {
      journal.close();
      throw new Error(
        `The contracts or accounts of ${manifestPath} have changed since the chain in ${stateDir} began. ` +
          "Delete that directory to begin a new one.",
      );
    }
    if (!first) journal.append({ kind: "genesis", time, fingerprint });
    const chain = new Chain(vm, journal);
    for (const entry of rest) chain.replay(entry);
    chain.checkpoint();
    return chain;
  }

  get tip(): Block {
    return this.blocks.tip;
  }

  /** The events that a contract printed, oldest first. */
  logsOf(contractId: string): readonly ContractLog[] {
    return this.logs.get(contractId) ?? [];
  }

  nonceOf(address: string): number {
    return this.nonces.get(address) ?? 0;
  }

  balanceOf(principal: string): bigint {
    return this.vm.stxBalance(principal);
  }

  contract(id: string) {
    return this.vm.contract(id);
  }

  /** Reads the VM at the tip. A question that traps it costs a rewind, and is answered like any that it refuses. */
  read<T>(query: (vm: ClarityVm) => T): T {
    try {
      return query(this.vm);
    } catch (error) {
      if (error instanceof VmError) throw error;
      this.rewind();
      throw new VmError(`The VM failed: ${String(error)}`);
    }
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

  /** Empty blocks, each `seconds` after the one before; in a new tenure each comes with a burn block. */
  mineEmpty(count: number, seconds: number, newTenure: boolean): void {
    this.addEmpty(count, seconds, newTenure);
    this.journal.append({ kind: "empty", count, seconds, newTenure, tip: this.tip.hash });
  }

  /** Whether a transaction waits that the next block can hold. */
  canMine(): boolean {
    return this.ready().length > 0;
  }

  /** A block of the transactions that wait, if any can be in one; whether there is such a block. */
  mineWaiting(seconds: number): boolean {
    if (!this.canMine()) return false;
    if (this.sinceCheckpoint.length >= STEPS_PER_CHECKPOINT) this.checkpoint();
    const rewind = () => this.rewind();
    const { inclusions, executed, dropped } = decideBlock(this.vm, rewind, this.ready(), seconds);
    this.sinceCheckpoint.push(() => mineBlock(this.vm, inclusions, seconds));
    this.addBlock(seconds, executed, dropped);
    const transactions = inclusions.map(({ transaction, abort }) => ({ txid: transaction.txid, abort }));
    this.journal.append({ kind: "block", seconds, transactions, dropped, tip: this.tip.hash });
    return true;
  }

  close(): void {
    this.journal.close();
  }

  private ready(): SignedTransaction[] {
    return this.mempool.ready((sender) => this.nonceOf(sender), BLOCK_TRANSACTIONS);
  }

  private checkpoint(): void {
    this.vm.checkpoint();
    this.sinceCheckpoint = [];
  }

  private rewind(): void {
    this.vm.rewind();
    for (const step of this.sinceCheckpoint) step();
  }

  private addEmpty(count: number, seconds: number, newTenure: boolean): void {
    const step = () => this.vm.mineEmpty(count, seconds, newTenure);
    step();
    this.sinceCheckpoint.push(step);
    for (let n = 0; n < count; n += 1) this.blocks.add(seconds, newTenure, [], []);
    this.mempool.collect(this.tip.time);
  }

  /** Books a block that the VM has been through. */
  private addBlock(seconds: number, executed: Executed[], dropped: string[]): void {
    for (const txid of dropped) this.mempool.drop(txid, "dropped_problematic");
    const txids = executed.map(({ transaction }) => transaction.txid);
    const verdicts = executed.map(({ transaction, status, result }) => [transaction.txid, status, result].join());
    const block = this.blocks.add(seconds, false, txids, verdicts);
    this.lastChange = block;
    executed.forEach(({ transaction: { raw, txid, sender, nonce, sponsor }, ...outcome }, index) => {
      this.mined.set(txid, { raw, txid, block, index, ...outcome });
      this.mempool.mined(txid);
      this.nonces.set(sender, nonce + 1);
      if (sponsor) this.nonces.set(sponsor.address, sponsor.nonce + 1);
      outcome.events.forEach((event, eventIndex) => {
        const contractId = event.data.contract_identifier;
        if (event.event !== "print_event" || !contractId) return;
        const logs = this.logs.get(contractId) ?? [];
        logs.push({ txid, eventIndex, event });
        this.logs.set(contractId, logs);
      });
    });
    this.mempool.collect(block.time);
  }

  private replay(entry: JournalEntry): void {
    switch (entry.kind) {
      case "genesis":
        throw new Error("The journal begins twice.");
      case "pending":
        this.mempool.add(decodeTransaction(entry.raw), entry.receivedAt);
        return;
      case "empty":
        this.addEmpty(entry.count, entry.seconds, entry.newTenure);
        break;
      case "block": {
        const inclusions = entry.transactions.map(({ txid, abort }) => {
          const transaction = this.mempool.find(txid)?.transaction;
          if (!transaction) throw new Error(`The journal has a block with ${txid}, but not that transaction.`);
          return { transaction, ...(abort && { abort }) };
        });
        this.addBlock(entry.seconds, mineBlock(this.vm, inclusions, entry.seconds).executed, entry.dropped);
      }
    }
    if (this.tip.hash !== entry.tip) {
      throw new Error(`Block ${this.tip.height} came out as ${this.tip.hash}, but the journal has ${entry.tip}.`);
    }
  }
}
