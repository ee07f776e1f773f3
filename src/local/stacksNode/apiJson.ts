/** Transactions, their events and blocks as Hiro's API shows them. */
import type {
  BaseTransaction,
  MempoolTransaction,
  NakamotoBlock,
  PostCondition,
  PostConditionNonFungible,
  PostConditionPrincipal,
  Transaction,
  TransactionEvent,
} from "@stacks/stacks-blockchain-api-types";
import {
  type AssetWire,
  addressToString,
  type ClarityAbiType,
  type ClarityValue,
  cvToHex,
  cvToString,
  FungibleConditionCode,
  getTypeString,
  hexToCV,
  NonFungibleConditionCode,
  PostConditionMode,
  PostConditionPrincipalId,
  PostConditionType,
  type PostConditionWire,
} from "@stacks/transactions";
import type { Block } from "./blocks";
import type { Chain, MinedTransaction } from "./chain";
import type { VmEvent } from "./clarityVm";
import type { Pending } from "./mempool";
import { decodeTransaction, type SignedTransaction } from "./signedTransaction";

const NO_COST = {
  execution_cost_read_count: 0,
  execution_cost_read_length: 0,
  execution_cost_runtime: 0,
  execution_cost_write_count: 0,
  execution_cost_write_length: 0,
};
/** The API's constant for "not in a microblock". */
const NO_MICROBLOCK = 0x7fffffff;

const FUNGIBLE_CODES = {
  [FungibleConditionCode.Equal]: "sent_equal_to",
  [FungibleConditionCode.Greater]: "sent_greater_than",
  [FungibleConditionCode.GreaterEqual]: "sent_greater_than_or_equal_to",
  [FungibleConditionCode.Less]: "sent_less_than",
  [FungibleConditionCode.LessEqual]: "sent_less_than_or_equal_to",
} as const;

/** `maybe_sent` and the originator mode are newer than the API's published types. */
const NON_FUNGIBLE_CODES = {
  [NonFungibleConditionCode.Sends]: "sent",
  [NonFungibleConditionCode.DoesNotSend]: "not_sent",
  [NonFungibleConditionCode.MaybeSent]: "maybe_sent",
} as const;

const MODES = {
  [PostConditionMode.Allow]: "allow",
  [PostConditionMode.Deny]: "deny",
  [PostConditionMode.Originator]: "originator",
} as const;

function iso(time: number): string {
  return new Date(time * 1000).toISOString();
}

export function valueJson(value: ClarityValue): { hex: string; repr: string } {
  return { hex: `0x${cvToHex(value).replace(/^0x/, "")}`, repr: cvToString(value) };
}

/** @param chain for the names and types of a call's arguments */
function payloadJson({ payload }: SignedTransaction, chain: Chain) {
  switch (payload.kind) {
    case "contract_call": {
      const { contractId, functionName, args } = payload;
      const abi = chain.contract(contractId)?.functions.find(({ name }) => name === functionName);
      const types = (abi?.args ?? []).map(({ name, type }) => ({ name, type: getTypeString(type as ClarityAbiType) }));
      const signature = types.map(({ name, type }) => ` (${name} ${type})`).join("");
      const contract_call = {
        contract_id: contractId,
        function_name: functionName,
        function_signature: `(define-public (${functionName}${signature}))`,
        function_args: args.map((arg, n) => ({ ...valueJson(arg), name: "", type: "", ...types[n] })),
      };
      return { tx_type: "contract_call", contract_call } as const;
    }
    case "token_transfer": {
      const { recipient, amount, memo } = payload;
      const token_transfer = { recipient_address: recipient, amount: amount.toString(), memo };
      return { tx_type: "token_transfer", token_transfer } as const;
    }
    case "smart_contract": {
      const { contractId, source, clarityVersion } = payload;
      const version = clarityVersion === null ? {} : { clarity_version: clarityVersion };
      return {
        tx_type: "smart_contract",
        smart_contract: { ...version, contract_id: contractId, source_code: source },
      } as const;
    }
  }
}

function assetJson({ address, contractName, assetName }: AssetWire) {
  const [asset_name, contract_name] = [assetName.content, contractName.content];
  return { asset_name, contract_address: addressToString(address), contract_name };
}

function principalJson({ principal }: PostConditionWire): PostConditionPrincipal {
  switch (principal.prefix) {
    case PostConditionPrincipalId.Origin:
      return { type_id: "principal_origin" };
    case PostConditionPrincipalId.Standard:
      return { type_id: "principal_standard", address: addressToString(principal.address) };
    case PostConditionPrincipalId.Contract: {
      const [address, contract_name] = [addressToString(principal.address), principal.contractName.content];
      return { type_id: "principal_contract", address, contract_name };
    }
  }
}

function postConditionJson(condition: PostConditionWire): PostCondition {
  const principal = principalJson(condition);
  switch (condition.conditionType) {
    case PostConditionType.STX: {
      const condition_code = FUNGIBLE_CODES[condition.conditionCode];
      return { type: "stx", principal, condition_code, amount: condition.amount.toString() };
    }
    case PostConditionType.Fungible: {
      const condition_code = FUNGIBLE_CODES[condition.conditionCode];
      const asset = assetJson(condition.asset);
      return { type: "fungible", principal, condition_code, amount: condition.amount.toString(), asset };
    }
    case PostConditionType.NonFungible: {
      const condition_code = NON_FUNGIBLE_CODES[condition.conditionCode] as PostConditionNonFungible["condition_code"];
      const [asset, asset_value] = [assetJson(condition.asset), valueJson(condition.assetName)];
      return { type: "non_fungible", principal, condition_code, asset, asset_value };
    }
    default:
      throw new Error("Staking post-conditions are refused at admission.");
  }
}

function baseJson(transaction: SignedTransaction, chain: Chain) {
  const { txid, origin, sponsor, fee, postConditions, wire } = transaction;
  return {
    tx_id: txid,
    nonce: origin.nonce,
    fee_rate: fee.toString(),
    sender_address: origin.address,
    sponsored: sponsor !== null,
    ...(sponsor && { sponsor_address: sponsor.address, sponsor_nonce: sponsor.nonce }),
    post_condition_mode: MODES[wire.postConditionMode] as BaseTransaction["post_condition_mode"],
    post_conditions: postConditions.map(postConditionJson),
    anchor_mode: "any" as const,
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
  const asset_event_type = action as "transfer" | "mint" | "burn";
  if (kind === "stx") {
    const memo = data.memo ? `0x${data.memo}` : "";
    return { ...place, event_type: "stx_asset", asset: { asset_event_type, sender, recipient, amount, memo } };
  }
  const asset = { asset_event_type, asset_id, sender, recipient };
  if (kind === "ft") return { ...place, event_type: "fungible_token_asset", asset: { ...asset, amount } };
  if (kind !== "nft") return null;
  return {
    ...place,
    event_type: "non_fungible_token_asset",
    asset: { ...asset, value: valueJson(hexToCV(raw_value)) },
  };
}

export function minedJson(mined: MinedTransaction, chain: Chain) {
  const { block } = mined;
  const events = mined.events.flatMap((event, index) => eventJson(mined.txid, index, event) ?? []);
  const json = {
    ...baseJson(decodeTransaction(mined.raw), chain),
    block_hash: block.hash,
    block_height: block.height,
    block_time: block.time,
    block_time_iso: iso(block.time),
    burn_block_height: block.burnHeight,
    burn_block_time: block.burnTime,
    burn_block_time_iso: iso(block.burnTime),
    parent_block_hash: block.parentHash,
    parent_burn_block_time: block.burnTime,
    parent_burn_block_time_iso: iso(block.burnTime),
    canonical: true,
    is_unanchored: false,
    microblock_canonical: true,
    microblock_hash: "0x",
    microblock_sequence: NO_MICROBLOCK,
    tx_index: mined.index,
    tx_status: mined.status,
    tx_result: valueJson(hexToCV(mined.result)),
    vm_error: mined.vmError,
    event_count: events.length,
    events,
    ...NO_COST,
  };
  return json satisfies Transaction;
}

export function pendingJson(pending: Pending & { reason?: string }, chain: Chain): MempoolTransaction {
  const times = { receipt_time: pending.receivedAt, receipt_time_iso: iso(pending.receivedAt) };
  const tx_status = (pending.reason ?? "pending") as MempoolTransaction["tx_status"];
  return { ...baseJson(pending.transaction, chain), tx_status, ...times };
}

export function blockJson(block: Block): NakamotoBlock & { tenure_height: number } {
  const id = (kind: string) => `0x${Buffer.from(`${kind} ${block.burnHeight}`).toString("hex").padStart(64, "0")}`;
  return {
    canonical: true,
    height: block.height,
    hash: block.hash,
    block_time: block.time,
    block_time_iso: iso(block.time),
    tenure_height: block.burnHeight,
    index_block_hash: block.indexHash,
    parent_block_hash: block.parentHash,
    parent_index_block_hash: block.parentIndexHash,
    burn_block_time: block.burnTime,
    burn_block_time_iso: iso(block.burnTime),
    burn_block_hash: id("burn"),
    burn_block_height: block.burnHeight,
    miner_txid: id("miner"),
    tx_count: block.txids.length,
    ...NO_COST,
  };
}
