/**
 * What a wallet does against a Stacks node, with plain `@stacks/transactions`: sign, broadcast, wait. The unsigned
 * calls that the backend returns need nothing more than this.
 */
import type { ContractCall } from "@clarigen/core";
import {
  broadcastTransaction,
  type ClarityValue,
  fetchCallReadOnlyFunction,
  hexToCV,
  makeContractCall,
  makeSTXTokenTransfer,
  type PostConditionModeName,
  type StacksTransactionWire,
} from "@stacks/transactions";
import type { UnsignedCall } from "../stacks/unsignedCalls";
import type { Wallet } from "../stacks/wallet";

/** A transaction that was mined, with the result that the chain gives it. */
export interface MinedTransaction {
  txId: string;
  /** `success`, `abort_by_response`, `abort_by_post_condition`. */
  status: string;
  /** The result in Clarity's notation, such as `(ok true)`. */
  result: string;
  blockHeight: number;
}

const POLL_MS = 200;
const GIVE_UP_MS = 120_000;

type Call = Pick<ContractCall<unknown>, "contractAddress" | "contractName" | "functionName" | "functionArgs">;

export class ChainClient {
  private readonly network: { network: "devnet"; client: { baseUrl: string } };

  constructor(private readonly baseUrl: string) {
    this.network = { network: "devnet", client: { baseUrl } };
  }

  /** Signs and broadcasts a call of one of our contracts; returns its id. */
  async call(
    wallet: Wallet,
    call: Call,
    guard: { postConditionMode: PostConditionModeName } = { postConditionMode: "deny" },
  ) {
    const { contractAddress, contractName, functionName } = call;
    const functionArgs = call.functionArgs as ClarityValue[];
    const signing = { ...this.network, ...guard, senderKey: wallet.privateKey, validateWithAbi: false };
    return this.broadcast(
      await makeContractCall({ contractAddress, contractName, functionName, functionArgs, ...signing }),
    );
  }

  /** Signs and broadcasts what `requestCommitCapital` or `requestWithdrawal` returned. */
  async sign(wallet: Wallet, unsigned: UnsignedCall): Promise<string> {
    const [contractAddress = "", contractName = ""] = unsigned.contractId.split(".");
    const { functionName, postConditions, postConditionMode } = unsigned;
    const functionArgs = unsigned.functionArgs.map((hex) => hexToCV(hex));
    const senderKey = wallet.privateKey;
    const call = { contractAddress, contractName, functionName, functionArgs, postConditions, postConditionMode };
    return this.broadcast(await makeContractCall({ ...call, ...this.network, senderKey }));
  }

  /** A plain transfer of micro-STX. */
  async transferStx(wallet: Wallet, recipient: string, amount: bigint): Promise<string> {
    const transfer = { recipient, amount, senderKey: wallet.privateKey };
    return this.broadcast(await makeSTXTokenTransfer({ ...transfer, ...this.network }));
  }

  private async broadcast(transaction: StacksTransactionWire): Promise<string> {
    const reply = await broadcastTransaction({ transaction, ...this.network });
    if ("error" in reply) throw new Error(`The node refused the transaction: ${JSON.stringify(reply)}`);
    return reply.txid;
  }

  /** Waits until a transaction is mined, whatever its result. */
  async mined(txId: string): Promise<MinedTransaction> {
    const deadline = Date.now() + GIVE_UP_MS;
    for (;;) {
      const response = await fetch(`${this.baseUrl}/extended/v1/tx/${txId}`);
      const tx = (await response.json()) as { tx_status: string; tx_result?: { repr: string }; block_height?: number };
      if (response.ok && tx.tx_status !== "pending") {
        return { txId, status: tx.tx_status, result: tx.tx_result?.repr ?? "", blockHeight: tx.block_height ?? 0 };
      }
      if (Date.now() > deadline) throw new Error(`Transaction ${txId} was not mined within two minutes.`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** As `mined`, but anything other than success is an error. */
  async succeeded(txId: string): Promise<MinedTransaction> {
    const transaction = await this.mined(txId);
    if (transaction.status === "success") return transaction;
    throw new Error(`Transaction ${txId} ended as ${transaction.status}: ${transaction.result}`);
  }

  async read(call: Call): Promise<ClarityValue> {
    const { contractAddress, contractName, functionName } = call;
    const functionArgs = call.functionArgs as ClarityValue[];
    const request = { contractAddress, contractName, functionName, functionArgs, senderAddress: contractAddress };
    return fetchCallReadOnlyFunction({ ...request, ...this.network });
  }
}
