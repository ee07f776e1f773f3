/** Reads from the Stacks API what became of a transaction, and finds those whose id only the wallet knows. */
import { z } from "zod";
import { describeAbort } from "../../domain/vaultRefusals";
import type { WebConfig } from "../config";
import { FUNCTION_OF } from "./intent";
import type { ChainStatus, SentTransaction } from "./transaction";

const shape = z.object({
  tx_status: z.string(),
  block_height: z.number().optional(),
  tx_result: z.object({ repr: z.string() }).optional(),
  events: z
    .array(
      z.object({
        contract_log: z.object({ contract_id: z.string(), value: z.object({ repr: z.string() }) }).optional(),
      }),
    )
    .default([]),
});

/** The number that the vault gave its event. The vault prints it itself, so its notation is fixed. */
function sequenceOf(events: z.infer<typeof shape>["events"], vaultContract: string): bigint | null {
  for (const { contract_log: log } of events) {
    const [, sequence] = (log?.contract_id === vaultContract && /\(sequence u(\d+)\)/.exec(log.value.repr)) || [];
    if (sequence !== undefined) return BigInt(sequence);
  }
  return null;
}

export function parseChainStatus(json: unknown, vaultContract: string): ChainStatus {
  const { tx_status: status, block_height: blockHeight, tx_result: result, events } = shape.parse(json);
  switch (status) {
    case "pending":
      return { kind: "waiting" };
    case "success": {
      const sequence = sequenceOf(events, vaultContract);
      if (blockHeight === undefined || sequence === null) {
        throw new Error("The Stacks API shows the transaction as mined, without its block or the vault's event.");
      }
      return { kind: "included", blockHeight, sequence };
    }
    case "abort_by_response":
      return { kind: "aborted", reason: describeAbort(result?.repr ?? "nothing") };
    case "abort_by_post_condition":
      return {
        kind: "aborted",
        reason: "Nothing moved but the fee: the call would have moved something else than you agreed to.",
      };
    case "dropped_replace_by_fee":
      return {
        kind: "dropped",
        reason: "Another transaction of your wallet with the same nonce took its place, so this one moved nothing.",
      };
    default:
      return { kind: "dropped", reason: `The network dropped it (${status}), so nothing moved. Start again.` };
  }
}

/** Null: the API knows nothing of it. */
async function read(url: string): Promise<unknown> {
  const response = await fetch(url);
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`The Stacks API answered HTTP ${response.status}.`);
  return response.json();
}

const listShape = z.object({
  results: z.array(
    z.object({
      tx_id: z.string(),
      tx_status: z.string(),
      contract_call: z
        .object({
          contract_id: z.string(),
          function_name: z.string(),
          function_args: z.array(z.object({ hex: z.string() })).optional(),
        })
        .optional(),
    }),
  ),
});

const plain = (hex: string) => hex.replace(/^0x/, "").toLowerCase();

type Sought = Pick<SentTransaction, "sender" | "mark" | "action">;

/** The id of the transaction that makes this very call, among what an address has sent; dropped ones do not count. */
export function findCall(json: unknown, { mark, action }: Sought, vaultContract: string): string | null {
  const found = listShape.parse(json).results.find(({ tx_status: status, contract_call: call }) => {
    if (status.startsWith("dropped") || call?.contract_id !== vaultContract) return false;
    const isMarked = call.function_args?.some(({ hex }) => plain(hex) === plain(mark)) ?? false;
    return call.function_name === FUNCTION_OF[action] && isMarked;
  });
  return found?.tx_id ?? null;
}

/** Looks for the call among the newest transactions of its sender: waiting ones first. */
async function searchCall(config: WebConfig, sought: Sought): Promise<string | null> {
  const { stacksApiUrl, vaultContract } = config;
  for (const list of ["mempool", "transactions"]) {
    const page = await read(`${stacksApiUrl}/extended/v1/address/${sought.sender}/${list}?limit=20`);
    const found = page === null ? null : findCall(page, sought, vaultContract);
    if (found !== null) return found;
  }
  return null;
}

export interface Look {
  /** The id under which the call is on the chain now: a wallet may have raised its fee. */
  txId: string | null;
  status: ChainStatus;
}

async function statusOf(config: WebConfig, txId: string): Promise<ChainStatus> {
  const json = await read(`${config.stacksApiUrl}/extended/v1/tx/${txId}`);
  return json === null ? { kind: "unknown" } : parseChainStatus(json, config.vaultContract);
}

/** What the chain shows of a transaction, also where its id is not known yet or is no longer the one. */
export async function lookUp(config: WebConfig, sent: SentTransaction): Promise<Look> {
  const { txId } = sent;
  const status: ChainStatus = txId === null ? { kind: "unknown" } : await statusOf(config, txId);
  if (txId !== null && status.kind !== "dropped") return { txId, status };
  const other = await searchCall(config, sent);
  if (other === null || other === txId) return { txId, status };
  return { txId: other, status: await statusOf(config, other) };
}
