/**
 * What a wallet and a deployment ask of a Stacks node with Hiro's API. Every reply is checked; silence is told in a sentence.
 */
import { type ContractCall, cvToValue } from "@clarigen/core";
import {
  broadcastTransaction,
  cvToHex,
  fetchFeeEstimateTransaction,
  hexToCV,
  type StacksTransactionWire,
  serializePayload,
} from "@stacks/transactions";
import { z } from "zod";
import type { Network } from "./deployment";

const TIMEOUT_MS = 15_000;

const info = z.object({ network_id: z.number().int() });
const account = z.object({ balance: z.string().transform(BigInt), nonce: z.number().int() });
const nonces = z.object({ possible_next_nonce: z.number().int() });
const source = z.object({ source: z.string() });
const abi = z.object({ functions: z.array(z.object({ name: z.string() })) });
const readOnly = z.object({ okay: z.boolean(), result: z.string().optional(), cause: z.string().optional() });
const transaction = z.object({
  tx_status: z.string(),
  canonical: z.boolean().default(true),
  tx_result: z.object({ repr: z.string() }).optional(),
  block_height: z.number().int().optional(),
  events: z
    .array(
      z.object({
        contract_log: z.object({ contract_id: z.string(), value: z.object({ repr: z.string() }) }).optional(),
      }),
    )
    .default([]),
});

/** A transaction that a block has or will have, or that no block ever will. */
export type Seen =
  | { kind: "waiting" }
  | { kind: "mined"; blockHeight: number; logs: { contractId: string; repr: string }[] }
  /** In a block, without effect but its fee; `result` in Clarity's notation. */
  | { kind: "failed"; status: string; result: string }
  | { kind: "dropped"; status: string };

/** The node can't be asked, or does not answer as one. */
export class NodeSilent extends Error {
  override name = "NodeSilent";
}

/** The node does not take a transaction; `reason` is its own word for why, such as BadNonce. */
export class NodeRefusal extends Error {
  override name = "NodeRefusal";

  constructor(readonly reason: string) {
    super(`The node refused the transaction: ${reason}.`);
  }
}

type ReadOnlyCall<T> = Pick<ContractCall<T>, "contractAddress" | "contractName" | "function" | "functionArgs" | "_r">;

export class NodeClient {
  constructor(
    readonly network: Network,
    readonly baseUrl: string,
  ) {}

  /** What `@stacks/transactions` takes as the place to send to. */
  get target() {
    const limited: typeof fetch = (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    return { network: this.network, client: { baseUrl: this.baseUrl, fetch: limited } };
  }

  /** null: the node knows nothing of that name. */
  private async ask<T>(shape: z.ZodType<T>, path: string, body?: unknown): Promise<T | null> {
    const response = await fetch(`${this.baseUrl}${path}`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined
        ? {}
        : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    }).catch((error: Error) => {
      throw new NodeSilent(
        `No Stacks node answers at ${this.baseUrl}: ${(error.cause as Error)?.message ?? error.message}`,
      );
    });
    if (response.status === 404) return null;
    const text = await response.text();
    const where = `${this.baseUrl}${path}`;
    if (!response.ok) throw new NodeSilent(`${where} answered ${response.status}: ${text.slice(0, 200)}`);
    try {
      return shape.parse(JSON.parse(text));
    } catch {
      throw new NodeSilent(`${where} does not answer as a Stacks node: ${text.slice(0, 200)}`);
    }
  }

  private async need<T>(shape: z.ZodType<T>, path: string, body?: unknown): Promise<T> {
    const reply = await this.ask(shape, path, body);
    if (reply === null)
      throw new NodeSilent(`${this.baseUrl}${path} is not served: is this a Stacks node with Hiro's API?`);
    return reply;
  }

  async chainId(): Promise<bigint> {
    return BigInt((await this.need(info, "/v2/info")).network_id);
  }

  account(address: string): Promise<{ balance: bigint; nonce: number }> {
    return this.need(account, `/v2/accounts/${address}?proof=0`);
  }

  /** The nonce after all that the account has sent, mined or not. */
  async nextNonce(address: string): Promise<number> {
    return (await this.need(nonces, `/extended/v1/address/${address}/nonces`)).possible_next_nonce;
  }

  /** The names of a contract's functions; null if there is no such contract. */
  async functionsOf(contractId: string): Promise<string[] | null> {
    const found = await this.ask(abi, `/v2/contracts/interface/${contractId.replace(".", "/")}`);
    return found === null ? null : found.functions.map(({ name }) => name);
  }

  /** null where the node does not serve sources. */
  async sourceOf(contractId: string): Promise<string | null> {
    return (await this.ask(source, `/v2/contracts/source/${contractId.replace(".", "/")}?proof=0`))?.source ?? null;
  }

  async read<T>(call: ReadOnlyCall<T>): Promise<T> {
    const { contractAddress, contractName } = call;
    const path = `/v2/contracts/call-read/${contractAddress}/${contractName}/${call.function.name}`;
    const reply = await this.need(readOnly, path, {
      sender: contractAddress,
      arguments: call.functionArgs.map((argument) => cvToHex(argument)),
    });
    if (!reply.okay || !reply.result) throw new Error(`${path} was refused: ${reply.cause ?? "without a cause"}`);
    return cvToValue<T>(hexToCV(reply.result), true);
  }

  /** Micro-STX, the middle one of the node's estimates; null where it has none. */
  async estimateFee(transaction: StacksTransactionWire, lengthBytes: number): Promise<bigint | null> {
    const payload = serializePayload(transaction.payload);
    try {
      const estimates = await fetchFeeEstimateTransaction({ payload, estimatedLength: lengthBytes, ...this.target });
      return BigInt(Math.ceil(estimates[1].fee));
    } catch {
      return null;
    }
  }

  /** @returns its id, hex with 0x */
  async broadcast(transaction: StacksTransactionWire): Promise<string> {
    const reply: { txid: string; error?: string; reason?: string } = await broadcastTransaction({
      transaction,
      ...this.target,
    }).catch((error: Error) => {
      throw new NodeSilent(`${this.baseUrl} did not say whether it took the transaction: ${error.message}`);
    });
    if (reply.error !== undefined) throw new NodeRefusal(reply.reason ?? reply.error);
    return `0x${reply.txid.replace(/^0x/, "")}`;
  }

  /** null: the node knows nothing of it, or not yet. */
  async transaction(txId: string): Promise<Seen | null> {
    const found = await this.ask(transaction, `/extended/v1/tx/${txId}`);
    if (found === null) return null;
    const { tx_status: status, block_height: blockHeight, tx_result: result, canonical, events } = found;
    if (status === "pending") return { kind: "waiting" };
    if (status.startsWith("dropped_")) return { kind: "dropped", status };
    // What a reorganisation has put out of the chain may come again.
    if (!canonical || blockHeight === undefined) return { kind: "waiting" };
    if (status !== "success") return { kind: "failed", status, result: result?.repr ?? "no result" };
    const logs = events.flatMap(({ contract_log: log }) =>
      log ? [{ contractId: log.contract_id, repr: log.value.repr }] : [],
    );
    return { kind: "mined", blockHeight, logs };
  }
}
