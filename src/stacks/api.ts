/**
 * What sync reads of a Stacks node with Hiro's API. Every reply is checked by zod; a reply of another shape, an HTTP
 * error or silence is an ApiError, which the caller retries later. Nothing here decides what an event means.
 */
import { type ContractCall, cvToValue } from "@clarigen/core";
import { cvToHex, hexToCV } from "@stacks/transactions";
import { z } from "zod";

export class ApiError extends Error {
  override name = "ApiError";
}

const block = z.object({
  height: z.number().int(),
  hash: z.string(),
  index_block_hash: z.string(),
  block_time: z.number().int(),
  burn_block_height: z.number().int(),
});
export type Block = z.infer<typeof block>;

const blocks = z.object({ results: z.array(block) });

const contractEvents = z.object({
  results: z.array(
    z.object({
      event_index: z.number().int(),
      event_type: z.string(),
      tx_id: z.string(),
      contract_log: z
        .object({ contract_id: z.string(), topic: z.string(), value: z.object({ hex: z.string() }) })
        .optional(),
    }),
  ),
});
export type ContractEvent = z.infer<typeof contractEvents>["results"][number];

const transaction = z.object({
  tx_id: z.string(),
  tx_status: z.string(),
  canonical: z.boolean(),
  microblock_canonical: z.boolean(),
  block_hash: z.string(),
  block_height: z.number().int(),
  block_time: z.number().int(),
  tx_index: z.number().int(),
});
export type Transaction = z.infer<typeof transaction>;

/** The API wraps each; a transaction that it does not know, or that is not mined, is no transaction of ours. */
const transactions = z.record(z.string(), z.object({ found: z.boolean(), result: z.unknown().optional() }));

const readOnlyReply = z.object({ okay: z.boolean(), result: z.string().optional(), cause: z.string().optional() });

/** Clarigen's description of a call of one of our contracts, with the type of its result. */
export type ReadOnlyCall<T> = Pick<
  ContractCall<T>,
  "contractAddress" | "contractName" | "function" | "functionArgs" | "_r"
>;

export interface StacksApi {
  latestBlock(): Promise<Block>;
  /** The newest Stacks block of a burn block, null if it has none. */
  blockOfBurnBlock(burnHeight: number): Promise<Block | null>;
  /** Newest first; at most 50. */
  contractEvents(contractId: string, page: { limit: number; offset: number }): Promise<ContractEvent[]>;
  /** The mined ones among these (at most 50), by id. */
  transactions(ids: string[]): Promise<Map<string, Transaction>>;
  /** @param tip index block hash of the block to read at */
  readOnly<T>(call: ReadOnlyCall<T>, tip: string): Promise<T>;
}

const TIMEOUT_MS = 10_000;

export function stacksApi(baseUrl: string, fetcher: typeof fetch = fetch): StacksApi {
  async function request<T>(shape: z.ZodType<T>, path: string, init?: RequestInit): Promise<T> {
    const aborter = new AbortController();
    const timer = setTimeout(() => aborter.abort(), TIMEOUT_MS);
    try {
      const response = await fetcher(`${baseUrl}${path}`, { ...init, signal: aborter.signal });
      const text = await response.text();
      if (!response.ok) throw new ApiError(`${path} answered ${response.status}: ${text.slice(0, 200)}`);
      return shape.parse(JSON.parse(text));
    } catch (error) {
      if (error instanceof ApiError) throw error;
      throw new ApiError(`${path}: ${String(error)}`);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    latestBlock: () => request(block, "/extended/v2/blocks/latest"),

    async blockOfBurnBlock(burnHeight) {
      const { results } = await request(blocks, `/extended/v2/burn-blocks/${burnHeight}/blocks?limit=1`);
      return results[0] ?? null;
    },

    async contractEvents(contractId, { limit, offset }) {
      const query = `limit=${limit}&offset=${offset}`;
      return (await request(contractEvents, `/extended/v1/contract/${contractId}/events?${query}`)).results;
    },

    async transactions(ids) {
      if (ids.length === 0) return new Map();
      const query = ids.map((id) => `tx_id=${id}`).join("&");
      const found = await request(transactions, `/extended/v1/tx/multiple?${query}`);
      const mined = Object.values(found).flatMap(({ result }) => {
        const parsed = transaction.safeParse(result);
        return parsed.success ? [parsed.data] : [];
      });
      return new Map(mined.map((tx) => [tx.tx_id, tx]));
    },

    async readOnly<T>(call: ReadOnlyCall<T>, tip: string): Promise<T> {
      const { contractAddress, contractName } = call;
      const path = `/v2/contracts/call-read/${contractAddress}/${contractName}/${call.function.name}?tip=${tip.replace(/^0x/, "")}`;
      const body = { sender: contractAddress, arguments: call.functionArgs.map((argument) => cvToHex(argument)) };
      const reply = await request(readOnlyReply, path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      if (!reply.okay || !reply.result) throw new ApiError(`${path}: ${reply.cause ?? "refused without a cause"}`);
      return cvToValue<T>(hexToCV(reply.result), true);
    },
  };
}
