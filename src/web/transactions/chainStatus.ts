/** Reads from the Stacks API what became of a transaction. */
import { z } from "zod";
import { describeAbort } from "../../domain/vaultRefusals";
import type { WebConfig } from "../config";
import type { ChainStatus } from "./transaction";

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
    default:
      return { kind: "dropped", reason: `The network dropped it (${status}), so nothing moved. Start again.` };
  }
}

export async function readChainStatus(config: WebConfig, txId: string): Promise<ChainStatus> {
  const response = await fetch(`${config.stacksApiUrl}/extended/v1/tx/${txId}`);
  if (response.status === 404) return { kind: "unknown" };
  if (!response.ok) throw new Error(`The Stacks API answered HTTP ${response.status}.`);
  return parseChainStatus(await response.json(), config.vaultContract);
}
