/** Clarity values, and what transactions did with assets or printed, as Hiro's API shows them. */
import type { TransactionEvent } from "@stacks/stacks-blockchain-api-types";
import { Cl, type ClarityValue, cvToString, hexToCV } from "@stacks/transactions";
import type { VmEvent } from "./clarityVm";
import type { MinedTransaction } from "./records";

export function valueJson(value: ClarityValue): { hex: string; repr: string } {
  return { hex: `0x${Cl.serialize(value)}`, repr: cvToString(value) };
}

/** Null for the VM's events that the API does not show. */
export function eventJson(tx_id: string, event_index: number, { event, data }: VmEvent): TransactionEvent | null {
  const place = { event_index, tx_id };
  const { sender = "", recipient = "", amount = "", asset_identifier: asset_id = "", raw_value = "" } = data;
  if (event === "print_event") {
    const value = valueJson(hexToCV(raw_value));
    const contract_log = { contract_id: data.contract_identifier ?? "", topic: data.topic ?? "", value };
    return { ...place, event_type: "smart_contract_log", contract_log };
  }
  const [, kind, action] = /^(stx|ft|nft)_(transfer|mint|burn)_event$/.exec(event) ?? [];
  const moved = { asset_event_type: action as "transfer" | "mint" | "burn", sender, recipient };
  switch (kind) {
    case "stx":
      return { ...place, event_type: "stx_asset", asset: { ...moved, amount } };
    case "ft":
      return { ...place, event_type: "fungible_token_asset", asset: { ...moved, asset_id, amount } };
    case "nft": {
      const value = valueJson(hexToCV(raw_value));
      return { ...place, event_type: "non_fungible_token_asset", asset: { ...moved, asset_id, value } };
    }
    default:
      return null;
  }
}

export function eventsOf({ txid, events }: MinedTransaction): TransactionEvent[] {
  return events.flatMap((event, index) => eventJson(txid, index, event) ?? []);
}

/** Whether an event moved something from or to a principal. */
export function concerns(event: TransactionEvent, principal: string): boolean {
  return "asset" in event && [event.asset.sender, event.asset.recipient].includes(principal);
}

/** How many events of each asset and action there are, as the API counts them. */
export function countEvents(events: TransactionEvent[]) {
  const none = () => ({ transfer: 0, mint: 0, burn: 0 });
  const counts = { stx: none(), ft: none(), nft: none() };
  for (const event of events) {
    if (!("asset" in event)) continue;
    counts[KINDS[event.event_type]][event.asset.asset_event_type as "transfer" | "mint" | "burn"] += 1;
  }
  return counts;
}

export const KINDS = { stx_asset: "stx", fungible_token_asset: "ft", non_fungible_token_asset: "nft" } as const;
