/** Transactions, their events and blocks as Hiro's API shows them; what a local chain never has is left out. */
import type { NakamotoBlock, Transaction, TransactionEvent } from "@stacks/stacks-blockchain-api-types";
import {
  Cl,
  type ClarityAbiType,
  type ClarityValue,
  cvToString,
  getTypeString,
  hexToCV,
  PostConditionMode,
} from "@stacks/transactions";
import type { Block } from "./blocks";
import type { Chain } from "./chain";
import type { VmEvent } from "./clarityVm";
import type { Pending } from "./mempool";
import type { MinedTransaction } from "./records";
import { decodeTransaction, type SignedTransaction } from "./signedTransaction";

const MODES = {
  [PostConditionMode.Allow]: "allow",
  [PostConditionMode.Deny]: "deny",
  [PostConditionMode.Originator]: "originator",
} as const;

function iso(time: number): string {
  return new Date(time * 1000).toISOString();
}

function valueJson(value: ClarityValue): { hex: string; repr: string } {
  return { hex: `0x${Cl.serialize(value)}`, repr: cvToString(value) };
}

/** @param chain for the names and types of a call's arguments */
function payloadJson({ payload }: SignedTransaction, chain: Chain) {
  switch (payload.kind) {
    case "contract_call": {
      const { contractId: contract_id, functionName: function_name } = payload;
      const abi = chain.contract(contract_id)?.functions.find(({ name }) => name === function_name);
      const function_args = payload.args.map((arg, n) => {
        const { name = "", type } = abi?.args[n] ?? {};
        return { ...valueJson(arg), name, type: type ? getTypeString(type as ClarityAbiType) : "" };
      });
      return { tx_type: "contract_call", contract_call: { contract_id, function_name, function_args } } as const;
    }
    case "token_transfer": {
      const { recipient: recipient_address, amount, memo } = payload;
      const token_transfer = { recipient_address, amount: amount.toString(), memo };
      return { tx_type: "token_transfer", token_transfer } as const;
    }
    case "smart_contract": {
      const { contractId: contract_id, source: source_code, clarityVersion: clarity_version } = payload;
      return { tx_type: "smart_contract", smart_contract: { contract_id, source_code, clarity_version } } as const;
    }
  }
}

function transactionJson(transaction: SignedTransaction, chain: Chain) {
  const { txid, sender, nonce, sponsor, fee, wire } = transaction;
  return {
    tx_id: txid,
    nonce,
    fee_rate: fee.toString(),
    sender_address: sender,
    sponsored: sponsor !== null,
    ...(sponsor && { sponsor_address: sponsor.address, sponsor_nonce: sponsor.nonce }),
    post_condition_mode: MODES[wire.postConditionMode],
    ...payloadJson(transaction, chain),
  };
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

/** What a block says of itself, and each of its transactions of it. */
function placeJson(block: Block) {
  return {
    canonical: block.canonical,
    block_time: block.time,
    block_time_iso: iso(block.time),
    burn_block_height: block.burnHeight,
    burn_block_time: block.burnTime,
    burn_block_time_iso: iso(block.burnTime),
    parent_block_hash: block.parentHash,
  };
}

export function minedJson(mined: MinedTransaction, chain: Chain) {
  const { block, txid } = mined;
  const events = mined.events.flatMap((event, index) => eventJson(txid, index, event) ?? []);
  const json = {
    ...transactionJson(decodeTransaction(mined.raw), chain),
    ...placeJson(block),
    block_hash: block.hash,
    block_height: block.height,
    is_unanchored: false,
    microblock_canonical: block.canonical,
    tx_index: mined.index,
    tx_status: mined.status,
    tx_result: valueJson(hexToCV(mined.result)),
    vm_error: mined.vmError,
    event_count: events.length,
    events,
  };
  // The originator mode is newer than the API's published types.
  return json satisfies Partial<Omit<Transaction, "post_condition_mode">>;
}

export function pendingJson({ transaction, receivedAt, status, replacedBy }: Pending, chain: Chain) {
  const times = { receipt_time: receivedAt, receipt_time_iso: iso(receivedAt) };
  return { ...transactionJson(transaction, chain), tx_status: status, replaced_by_tx_id: replacedBy ?? null, ...times };
}

export function blockJson(block: Block): Partial<NakamotoBlock> & { tenure_height: number } {
  return {
    ...placeJson(block),
    height: block.height,
    hash: block.hash,
    index_block_hash: block.indexHash,
    parent_index_block_hash: block.parentIndexHash,
    tenure_height: block.burnHeight,
    burn_block_hash: block.burnHash,
    tx_count: block.txids.length,
  };
}
