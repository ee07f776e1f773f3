/**
 * What sync reads of a Stacks node with Hiro's API. Every reply is checked by zod; a reply of another shape, an HTTP
 * error or silence is an ApiError, which the caller retries later. Short troubles are tried again at once (request.ts).
 * Nothing here decides what an event means.
 */
import { type ContractCall, cvToValue } from "@clarigen/core";
import { cvToHex, hexToCV } from "@stacks/transactions";
import { z } from "zod";
import { ApiError, type ApiOptions, requester } from "./request";

export { ApiError };

const block = z.object({
  canonical: z.boolean(),
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
  tx_status: z.enum(["success", "abort_by_response", "abort_by_post_condition"]),
  canonical: z.boolean(),
  microblock_canonical: z.boolean(),
  block_hash: z.string(),
  block_height: z.number().int(),
  block_time: z.number().int(),
  tx_index: z.number().int(),
});
export type Transaction = z.infer<typeof transaction>;

/** It waits still, or never will be mined. */
const unminedTransaction = z.object({ tx_status: z.string().regex(/^(pending|dropped_\w+)$/) }).transform(() => null);

/** The API wraps each. Of a status that we don't know, nobody could say whether the transaction did anything. */
const transactions = z.record(
  z.string(),
  z.union([
    z.object({ found: z.literal(true), result: z.union([transaction, unminedTransaction]) }),
    z.object({ found: z.literal(false) }).transform(() => ({ result: null })),
  ]),
);

const readOnlyReply = z.object({ okay: z.boolean(), result: z.string().optional(), cause: z.string().optional() });

/** Clarigen's description of a call of one of our contracts, with the type of its result. */
export type ReadOnlyCall<T> = Pick<
  ContractCall<T>,
  "contractAddress" | "contractName" | "function" | "functionArgs" | "_r"
>;

export interface StacksApi {
  latestBlock(): Promise<Block>;
  /** The canonical block of a height, or the block of a hash, canonical or not; null if the API knows none. */
  blockAt(heightOrHash: number | string): Promise<Block | null>;
  /** The newest Stacks block of a burn block, null if it has none. */
  blockOfBurnBlock(burnHeight: number): Promise<Block | null>;
  /** Newest first; at most 50. */
  contractEvents(contractId: string, page: { limit: number; offset: number }): Promise<ContractEvent[]>;
  /** The mined ones among these (at most 50), by id. */
  transactions(ids: string[]): Promise<Map<string, Transaction>>;
  /** @param tip index block hash of the block to read at */
  readOnly<T>(call: ReadOnlyCall<T>, tip: string): Promise<T>;
}

/** What is not there is no failure, where a question may be about something that does not exist. */
function nullIfMissing(error: unknown): null {
  if (error instanceof ApiError && error.status === 404) return null;
  throw error;
}

export function stacksApi(baseUrl: string, options: ApiOptions = {}): StacksApi {
  const request = requester(baseUrl, options);

  return {
    latestBlock: () => request(block, "/extended/v2/blocks/latest"),

    blockAt: (heightOrHash) => request(block, `/extended/v2/blocks/${heightOrHash}`).catch(nullIfMissing),

    async blockOfBurnBlock(burnHeight) {
      const page = await request(blocks, `/extended/v2/burn-blocks/${burnHeight}/blocks?limit=1`).catch(nullIfMissing);
      return page?.results[0] ?? null;
    },

    async contractEvents(contractId, { limit, offset }) {
      const query = `limit=${limit}&offset=${offset}`;
      return (await request(contractEvents, `/extended/v1/contract/${contractId}/events?${query}`)).results;
    },

    async transactions(ids) {
      if (ids.length === 0) return new Map();
      // Whatever else a transaction did may be long, and is of no interest here.
      const query = `${ids.map((id) => `tx_id=${id}`).join("&")}&event_limit=1&exclude_function_args=true`;
      const found = await request(transactions, `/extended/v1/tx/multiple?${query}`);
      const mined = Object.values(found).flatMap(({ result }) => result ?? []);
      return new Map(mined.map((tx) => [tx.tx_id, tx]));
    },

    async readOnly<T>(call: ReadOnlyCall<T>, tip: string): Promise<T> {
      const { contractAddress, contractName } = call;
      const path = `/v2/contracts/call-read/${contractAddress}/${contractName}/${call.function.name}?tip=${tip.replace(/^0x/, "")}`;
      const body = { sender: contractAddress, arguments: call.functionArgs.map((argument) => cvToHex(argument)) };
      const reply = await request(readOnlyReply, path, JSON.stringify(body));
      if (!reply.okay || !reply.result) throw new ApiError(`${path}: ${reply.cause ?? "refused without a cause"}`);
      return cvToValue<T>(hexToCV(reply.result), true);
    },
  };
}
