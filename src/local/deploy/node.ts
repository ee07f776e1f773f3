/** What a deployment asks of a Stacks node with Hiro's API. Every reply is checked; silence is told in a sentence. */
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
import type { Network } from "../../stacks/deployment";

const TIMEOUT_MS = 15_000;
const POLL_MS = 1_000;
const PROGRESS_MS = 10_000;
const GIVE_UP_MS = 30 * 60_000;

const info = z.object({ network_id: z.number().int() });
const account = z.object({ balance: z.string().transform(BigInt), nonce: z.number().int() });
const nonces = z.object({ possible_next_nonce: z.number().int() });
const source = z.object({ source: z.string() });
const abi = z.object({ functions: z.array(z.object({ name: z.string() })) });
const readOnly = z.object({ okay: z.boolean(), result: z.string().optional(), cause: z.string().optional() });
const transaction = z.object({
  tx_status: z.string(),
  tx_result: z.object({ repr: z.string() }).optional(),
  block_height: z.number().int().optional(),
});

type ReadOnlyCall<T> = Pick<ContractCall<T>, "contractAddress" | "contractName" | "function" | "functionArgs" | "_r">;
type Report = (line: string) => void;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class DeploymentNode {
  constructor(
    readonly network: Network,
    readonly baseUrl: string,
  ) {}

  /** What `@stacks/transactions` takes as the place to send to. */
  get target() {
    return { network: this.network, client: { baseUrl: this.baseUrl } };
  }

  /** null: the node knows nothing of that name. */
  private async ask<T>(shape: z.ZodType<T>, path: string, body?: unknown): Promise<T | null> {
    const response = await fetch(`${this.baseUrl}${path}`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined
        ? {}
        : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    }).catch((error: Error) => {
      throw new Error(`No Stacks node answers at ${this.baseUrl}: ${(error.cause as Error)?.message ?? error.message}`);
    });
    if (response.status === 404) return null;
    const text = await response.text();
    const where = `${this.baseUrl}${path}`;
    if (!response.ok) throw new Error(`${where} answered ${response.status}: ${text.slice(0, 200)}`);
    try {
      return shape.parse(JSON.parse(text));
    } catch {
      throw new Error(`${where} does not answer as a Stacks node: ${text.slice(0, 200)}`);
    }
  }

  private async need<T>(shape: z.ZodType<T>, path: string, body?: unknown): Promise<T> {
    const reply = await this.ask(shape, path, body);
    if (reply === null) throw new Error(`${this.baseUrl}${path} is not served: is this a Stacks node with Hiro's API?`);
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

  async broadcast(transaction: StacksTransactionWire): Promise<string> {
    const reply: { txid: string; error?: string; reason?: string } = await broadcastTransaction({
      transaction,
      ...this.target,
    });
    if (reply.error !== undefined) throw new Error(`The node refused the transaction: ${reply.reason ?? reply.error}.`);
    return reply.txid;
  }

  /** Waits until the transaction is mined, and throws unless it succeeded. */
  async succeeded(txId: string, report: Report): Promise<void> {
    const mined = await this.waitFor(`Transaction ${txId}`, report, async () => {
      // A node may not know a transaction for a moment after it took it.
      const found = await this.ask(transaction, `/extended/v1/tx/${txId}`);
      return found === null || found.tx_status === "pending" ? null : found;
    });
    if (mined.tx_status === "success") return report(`  mined in block ${mined.block_height}`);
    throw new Error(`Transaction ${txId} ended as ${mined.tx_status}: ${mined.tx_result?.repr ?? "no result"}.`);
  }

  /** Waits until nothing that the account has sent before is still to be mined: it may be a step of this deployment. */
  async settled(address: string, report: Report): Promise<void> {
    await this.waitFor("An earlier transaction of the sender", report, async () => {
      const [next, { nonce }] = await Promise.all([this.nextNonce(address), this.account(address)]);
      return next === nonce ? true : null;
    });
  }

  private async waitFor<T>(what: string, report: Report, look: () => Promise<T | null>): Promise<T> {
    const start = Date.now();
    for (let reported = start; ; await pause(POLL_MS)) {
      const found = await look();
      if (found !== null) return found;
      const now = Date.now();
      if (now - start > GIVE_UP_MS) {
        throw new Error(`${what} is not mined after ${GIVE_UP_MS / 60_000} minutes. Run the command again later.`);
      }
      if (now - reported < PROGRESS_MS) continue;
      reported = now;
      report(`  ${what} waits to be mined (${Math.round((now - start) / 1000)} s)`);
    }
  }
}
