/**
 * What the transactions of the chain left behind, for those who ask: the transactions by id, the nonces that are spent,
 * the events that contracts printed. All of it can be cut off at a height.
 */
import type { Executed } from "./blockExecution";
import type { Block } from "./blocks";
import type { VmEvent } from "./clarityVm";

export interface MinedTransaction extends Omit<Executed, "transaction"> {
  /** Hex without 0x; decoded again when someone asks, for a long chain holds many. */
  raw: string;
  txid: string;
  /** Unix seconds. */
  receivedAt: number;
  block: Block;
  index: number;
}

export interface ContractLog {
  txid: string;
  eventIndex: number;
  event: VmEvent;
  /** Of its block. */
  height: number;
}

/** Removes what comes after a height from the end of a list in the order of the chain. */
function cutList<T>(list: T[], height: number, heightOf: (item: T) => number): void {
  list.length = 1 + list.findLastIndex((item) => heightOf(item) <= height);
}

export class Records {
  readonly mined = new Map<string, MinedTransaction>();
  /** As they were in forks that were abandoned, newest last. */
  private readonly abandoned = new Map<string, MinedTransaction[]>();
  /** By account, the heights at which its nonces 0, 1, 2 and so on were spent. */
  private readonly spent = new Map<string, number[]>();
  private readonly logs = new Map<string, ContractLog[]>();

  /** Of the chain, else of a fork that was abandoned. */
  find(txid: string): MinedTransaction | undefined {
    return this.mined.get(txid) ?? this.abandoned.get(txid)?.at(-1);
  }

  /** The transactions of a block, of the chain or abandoned, as they are in it. */
  of(block: Block): MinedTransaction[] {
    return block.txids.map((txid) => {
      const all = [...(this.abandoned.get(txid) ?? []), this.mined.get(txid)];
      const found = all.find((mined) => mined?.block === block);
      if (!found) throw new Error(`Block ${block.hash} has lost ${txid}.`);
      return found;
    });
  }

  /** The events that a contract printed, oldest first. */
  logsOf(contractId: string): readonly ContractLog[] {
    return this.logs.get(contractId) ?? [];
  }

  /** An account's next nonce after the block of a height. */
  nonceOf(address: string, height = Number.POSITIVE_INFINITY): number {
    const heights = this.spent.get(address) ?? [];
    return 1 + heights.findLastIndex((spent) => spent <= height);
  }

  add(block: Block, index: number, { transaction, ...outcome }: Executed, receivedAt: number): void {
    const { raw, txid, sender, sponsor } = transaction;
    this.mined.set(txid, { raw, txid, receivedAt, block, index, ...outcome });
    this.spend(sender, block.height);
    if (sponsor) this.spend(sponsor.address, block.height);
    outcome.events.forEach((event, eventIndex) => {
      const contractId = event.data.contract_identifier;
      if (event.event !== "print_event" || !contractId) return;
      const logs = this.logs.get(contractId) ?? [];
      logs.push({ txid, eventIndex, event, height: block.height });
      this.logs.set(contractId, logs);
    });
  }

  /** Forgets what came of blocks above a height, but for their transactions. */
  cut(height: number, txids: string[]): void {
    for (const txid of txids) {
      const before = this.abandoned.get(txid) ?? [];
      this.abandoned.set(txid, [...before, this.mined.get(txid) as MinedTransaction]);
      this.mined.delete(txid);
    }
    for (const heights of this.spent.values()) cutList(heights, height, (spent) => spent);
    for (const logs of this.logs.values()) cutList(logs, height, (log) => log.height);
  }

  private spend(address: string, height: number): void {
    const heights = this.spent.get(address) ?? [];
    heights.push(height);
    this.spent.set(address, heights);
  }
}
