/**
 * The chain: blocks, accounts, mempool and events over one Clarity VM, kept in a journal. What it announces is on disk
 * first, and opening the journal again gives the same blocks with the same hashes.
 */
import { join } from "node:path";
import { type AccountsView, checkAdmission } from "./admission";
import { decideBlock, type Executed, type Inclusion, replayBlock } from "./blockExecution";
import { type Block, Blocks } from "./blocks";
import { ClarityVm, VmError, type VmEvent } from "./clarityVm";
import { FAUCET_ADDRESS, FAUCET_FUNDS_USTX } from "./faucet";
import { type Journal, type JournalEntry, openJournal } from "./journal";
import { Mempool } from "./mempool";
import { acceptTransaction, decodeTransaction, type SignedTransaction } from "./signedTransaction";

export interface MinedTransaction {
  /** Hex without 0x; decoded again when someone asks, for a long chain holds many. */
  raw: string;
  txid: string;
  block: Block;
  index: number;
  status: Executed["status"];
  result: string;
  events: VmEvent[];
  vmError: string | null;
}

export interface ContractLog {
  transaction: MinedTransaction;
  eventIndex: number;
}

/** What is mined: enough to put the VM through it again. */
type Step =
  | { kind: "empty"; count: number; seconds: number; newTenure: boolean }
  | { kind: "block"; seconds: number; inclusions: Inclusion[] };

const BLOCK_TRANSACTIONS = 200;
/** A copy of the VM's memory takes as long as replaying a few dozen blocks. */
const STEPS_PER_CHECKPOINT = 100;
const PROGRESS_MS = 2000;

export class Chain implements AccountsView {
  readonly mempool = new Mempool();
  readonly logs = new Map<string, ContractLog[]>();
  readonly blocks: Blocks;
  private readonly mined = new Map<string, MinedTransaction>();
  private readonly nonces = new Map<string, number>();
  private readonly publishedAt = new Map<string, number>();
  private sinceCheckpoint: Step[] = [];
  private changedIn: Block;

  private constructor(
    private readonly vm: ClarityVm,
    private readonly journal: Journal,
    genesisTime: number,
  ) {
    this.blocks = new Blocks({ height: vm.height, burnHeight: vm.burnHeight, time: genesisTime });
    this.changedIn = this.blocks.tip;
  }

  /** @param now unix seconds, for a chain that begins */
  static async open(
    manifestPath: string,
    stateDir: string,
    now: number,
    onLog: (line: string) => void,
  ): Promise<Chain> {
    const journal = openJournal(join(stateDir, "chain.jsonl"));
    const [first, ...rest] = journal.entries;
    if (first && first.kind !== "genesis") throw new Error(`${stateDir} holds no chain of this node.`);
    const vm = await ClarityVm.start(manifestPath, first?.time ?? now);
    const fingerprint = vm.fingerprint();
    if (first && first.fingerprint !== fingerprint) {
      journal.close();
      throw new Error(
        `The contracts or accounts of ${manifestPath} have changed since the chain in ${stateDir} began. ` +
          "Delete that directory to begin a new one.",
      );
    }
    if (!first) journal.append({ kind: "genesis", time: now, fingerprint });
    vm.mintStx(FAUCET_ADDRESS, FAUCET_FUNDS_USTX);
    const chain = new Chain(vm, journal, first?.time ?? now);
    chain.replay(rest, onLog);
    vm.checkpoint();
    return chain;
  }

  get tip(): Block {
    return this.blocks.tip;
  }

  /** The newest block with transactions: those after it changed no contract's data. */
  get lastChange(): Block {
    return this.changedIn;
  }

  transaction(txid: string): MinedTransaction | undefined {
    return this.mined.get(txid);
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

  publishHeight(contractId: string): number {
    return this.publishedAt.get(contractId) ?? this.blocks.genesis.height;
  }

  /** Reads the VM at the tip. A question that traps it costs a rewind, and is answered like any that it refuses. */
  read<T>(query: (vm: ClarityVm) => T): T {
    try {
      return query(this.vm);
    } catch (error) {
      if (error instanceof VmError) throw error;
      this.rewind();
      throw new VmError(`The VM failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /**
   * Admits a transaction; it is on disk when this returns.
   * @throws Rejection
   */
  submit(raw: string, now: number): string {
    const transaction = acceptTransaction(raw);
    if (this.mempool.isWaiting(transaction.txid)) return transaction.txid;
    checkAdmission(this, transaction);
    this.journal.append({ kind: "pending", raw: transaction.raw, receivedAt: now });
    this.mempool.add(transaction, now);
    return transaction.txid;
  }

  /** Empty blocks, each `seconds` after the one before; in a new tenure each comes with a burn block. */
  mineEmpty(count: number, seconds: number, newTenure: boolean): void {
    const step = { kind: "empty", count, seconds, newTenure } as const;
    this.enact(step, this.perform(step));
    this.journal.append({ ...step, tip: this.tip.hash });
  }

  /** Whether a transaction waits that the next block can hold. */
  canMine(): boolean {
    return this.mempool.ready((address) => this.nonceOf(address), 1).length > 0;
  }

  /** A block of the transactions that wait, if any can be in one; whether there is such a block. */
  mineWaiting(seconds: number): boolean {
    if (this.sinceCheckpoint.length >= STEPS_PER_CHECKPOINT) {
      this.vm.checkpoint();
      this.sinceCheckpoint = [];
    }
    const dropped: string[] = [];
    for (;;) {
      const ready = this.mempool.ready((address) => this.nonceOf(address), BLOCK_TRANSACTIONS);
      if (ready.length === 0 && dropped.length === 0) return false;
      const decision = decideBlock(this.vm, () => this.rewind(), ready, seconds);
      if (decision.kind === "unpaid") {
        const { txid } = decision.transaction;
        this.mempool.drop(txid, "dropped_problematic");
        dropped.push(txid);
        continue;
      }
      const { inclusions, executed } = decision;
      this.enact({ kind: "block", seconds, inclusions }, executed);
      const transactions = inclusions.map(({ transaction, abort }) => ({ txid: transaction.txid, abort }));
      this.journal.append({ kind: "block", seconds, transactions, dropped, tip: this.tip.hash });
      return true;
    }
  }

  close(): void {
    this.journal.close();
  }

  /** Puts the VM through a step whose verdicts are known: on a replay, and after a rewind. */
  private perform(step: Step): Executed[] {
    if (step.kind === "block") return replayBlock(this.vm, step.inclusions, step.seconds);
    this.vm.mineEmpty(step.count, step.seconds, step.newTenure);
    return [];
  }

  private rewind(): void {
    this.vm.rewind();
    for (const step of this.sinceCheckpoint) this.perform(step);
  }

  /** Books what the VM has been through. */
  private enact(step: Step, executed: Executed[]): void {
    this.sinceCheckpoint.push(step);
    if (step.kind === "empty") {
      for (let n = 0; n < step.count; n += 1) this.blocks.add(step.seconds, step.newTenure, [], []);
      return;
    }
    const txids = executed.map(({ transaction }) => transaction.txid);
    const verdicts = executed.map(({ transaction, status, result }) => [transaction.txid, status, result].join());
    const block = this.blocks.add(step.seconds, false, txids, verdicts);
    this.changedIn = block;
    executed.forEach((one, index) => {
      this.addTransaction(block, index, one);
    });
  }

  private addTransaction(block: Block, index: number, { transaction, ...outcome }: Executed): void {
    const { raw, txid, origin, sponsor, payload } = transaction;
    const mined = { raw, txid, block, index, ...outcome };
    this.mined.set(txid, mined);
    this.mempool.mined(txid);
    this.nonces.set(origin.address, origin.nonce + 1);
    if (sponsor) this.nonces.set(sponsor.address, sponsor.nonce + 1);
    if (payload.kind === "smart_contract" && outcome.status === "success") {
      this.publishedAt.set(payload.contractId, block.height);
    }
    outcome.events.forEach(({ data: { contract_identifier: contractId } }, eventIndex) => {
      if (!contractId) return;
      const logs = this.logs.get(contractId) ?? [];
      logs.push({ transaction: mined, eventIndex });
      this.logs.set(contractId, logs);
    });
  }

  private replay(entries: JournalEntry[], onLog: (line: string) => void): void {
    const admitted = new Map<string, SignedTransaction>();
    let reported = Date.now();
    entries.forEach((entry, index) => {
      this.replayEntry(entry, admitted);
      if (Date.now() - reported > PROGRESS_MS) {
        onLog(`Replaying the chain: ${index + 1} of ${entries.length} entries, block ${this.tip.height}`);
        reported = Date.now();
      }
    });
    this.sinceCheckpoint = [];
  }

  private replayEntry(entry: JournalEntry, admitted: Map<string, SignedTransaction>): void {
    if (entry.kind === "genesis") throw new Error("The journal begins twice.");
    if (entry.kind === "pending") {
      const transaction = decodeTransaction(entry.raw);
      admitted.set(transaction.txid, transaction);
      this.mempool.add(transaction, entry.receivedAt);
      return;
    }
    const step: Step = entry.kind === "empty" ? entry : this.stepOf(entry, admitted);
    if (entry.kind === "block") for (const txid of entry.dropped) this.mempool.drop(txid, "dropped_problematic");
    this.enact(step, this.perform(step));
    this.sinceCheckpoint = [];
    if (this.tip.hash !== entry.tip) {
      throw new Error(`Block ${this.tip.height} came out as ${this.tip.hash}, but the journal has ${entry.tip}.`);
    }
  }

  private stepOf(entry: JournalEntry & { kind: "block" }, admitted: Map<string, SignedTransaction>): Step {
    const inclusions = entry.transactions.map(({ txid, abort }) => {
      const transaction = admitted.get(txid);
      if (!transaction) throw new Error(`The journal has a block with ${txid}, but not that transaction.`);
      admitted.delete(txid);
      return { transaction, ...(abort && { abort }) };
    });
    return { kind: "block", seconds: entry.seconds, inclusions };
  }
}
