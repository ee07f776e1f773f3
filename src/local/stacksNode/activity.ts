/**
 * What the API looks up that the chain itself has no use for: an account's transactions, and which one deployed a
 * contract. Read off the chain's blocks when someone asks, and anew when they are no longer those that were read.
 */
import type { Block } from "./blocks";
import type { Chain } from "./chain";
import type { MinedTransaction } from "./records";
import { decodeTransaction, type SignedTransaction } from "./signedTransaction";

/** Everyone that a mined transaction is of: who sent, paid and received, the contract, and whoever its events name. */
function principalsOf({ sender, sponsor, payload }: SignedTransaction, { events }: MinedTransaction): Set<string> {
  const named = events.flatMap(({ data }) => [data.sender, data.recipient, data.contract_identifier]);
  const subject = payload.kind === "token_transfer" ? payload.recipient : payload.contractId;
  return new Set([sender, sponsor?.address, subject, ...named].filter((principal) => principal !== undefined));
}

export class Activity {
  private read: Block[] = [];
  private transactions: MinedTransaction[] = [];
  private byPrincipal = new Map<string, MinedTransaction[]>();
  private deployments = new Map<string, MinedTransaction>();

  constructor(private readonly chain: Chain) {}

  /** All transactions, oldest first. */
  all(): readonly MinedTransaction[] {
    this.catchUp();
    return this.transactions;
  }

  /** Those that a principal has to do with, oldest first. */
  of(principal: string): readonly MinedTransaction[] {
    this.catchUp();
    return this.byPrincipal.get(principal) ?? [];
  }

  /** Undefined of a contract that was there from the beginning, and of one that is not there. */
  deploymentOf(contractId: string): MinedTransaction | undefined {
    this.catchUp();
    return this.deployments.get(contractId);
  }

  private catchUp(): void {
    const { list } = this.chain.blocks;
    const last = this.read.at(-1);
    if (last && list[this.read.length - 1]?.hash !== last.hash) {
      this.read = [];
      this.transactions = [];
      this.byPrincipal = new Map();
      this.deployments = new Map();
    }
    for (const block of list.slice(this.read.length)) this.add(block);
  }

  private add(block: Block): void {
    this.read.push(block);
    for (const txid of block.txids) {
      const mined = this.chain.mined.get(txid);
      if (!mined) continue;
      const transaction = decodeTransaction(mined.raw);
      const { payload } = transaction;
      this.transactions.push(mined);
      for (const principal of principalsOf(transaction, mined)) {
        const all = this.byPrincipal.get(principal) ?? [];
        all.push(mined);
        this.byPrincipal.set(principal, all);
      }
      if (payload.kind === "smart_contract" && mined.status === "success")
        this.deployments.set(payload.contractId, mined);
    }
  }
}
