/** Transactions, their events and blocks as Hiro's API shows them; what a local chain never has is left out. */
import type { NakamotoBlock } from "@stacks/stacks-blockchain-api-types";
import {
  type ClarityAbiType,
  type FungibleComparator,
  getTypeString,
  hexToCV,
  PostConditionMode,
  type PostConditionWire,
  wireToPostCondition,
} from "@stacks/transactions";
import type { Block } from "./blocks";
import type { Chain } from "./chain";
import { eventsOf, valueJson } from "./eventJson";
import type { Pending } from "./mempool";
import type { MinedTransaction } from "./records";
import { decodeTransaction, type SignedTransaction } from "./signedTransaction";

const MODES = {
  [PostConditionMode.Allow]: "allow",
  [PostConditionMode.Deny]: "deny",
  [PostConditionMode.Originator]: "originator",
} as const;

const CODES: Record<FungibleComparator, string> = {
  eq: "sent_equal_to",
  gt: "sent_greater_than",
  gte: "sent_greater_than_or_equal_to",
  lt: "sent_less_than",
  lte: "sent_less_than_or_equal_to",
};

const ANCHOR_MODES = ["", "on_chain_only", "off_chain_only", "any"] as const;
/** What the API says of a transaction that no microblock held. */
export const NO_MICROBLOCK = { microblock_hash: "0x", microblock_sequence: 0x7fffffff };
/** The VM measures no costs of what it mines. */
const COSTS = {
  execution_cost_read_count: 0,
  execution_cost_read_length: 0,
  execution_cost_runtime: 0,
  execution_cost_write_count: 0,
  execution_cost_write_length: 0,
};

function iso(time: number): string {
  return new Date(time * 1000).toISOString();
}

function assetOf(asset: string) {
  const [contract = "", asset_name] = asset.split("::");
  const [contract_address, contract_name] = contract.split(".");
  return { asset_name, contract_address, contract_name };
}

function principalJson(principal: string) {
  if (principal === "origin") return { type_id: "principal_origin" };
  const [address, contract_name] = principal.split(".");
  return contract_name
    ? { type_id: "principal_contract", contract_name, address }
    : { type_id: "principal_standard", address };
}

function postConditionJson(wire: PostConditionWire) {
  const pc = wireToPostCondition(wire);
  const principal = principalJson(pc.address);
  switch (pc.type) {
    case "stx-postcondition":
      return { type: "stx", condition_code: CODES[pc.condition], amount: String(pc.amount), principal };
    case "ft-postcondition": {
      const asset = assetOf(pc.asset);
      return { type: "fungible", condition_code: CODES[pc.condition], amount: String(pc.amount), principal, asset };
    }
    case "nft-postcondition": {
      const condition_code = pc.condition.replace("-", "_");
      return {
        type: "non_fungible",
        condition_code,
        principal,
        asset: assetOf(pc.asset),
        asset_value: valueJson(pc.assetId),
      };
    }
    default:
      throw new Error("Staking post-conditions are refused at admission.");
  }
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
      const parameters = function_args.map(({ name, type }) => ` (${name} ${type})`).join("");
      const function_signature = `(define-${abi?.access.replace("_", "-")} (${function_name}${parameters}))`;
      const contract_call = { contract_id, function_name, function_signature, function_args };
      return { tx_type: "contract_call", contract_call } as const;
    }
    case "token_transfer": {
      const { recipient: recipient_address, amount, memo } = payload;
      const token_transfer = { recipient_address, amount: amount.toString(), memo };
      return { tx_type: "token_transfer", token_transfer } as const;
    }
    case "smart_contract": {
      const { contractId: contract_id, source: source_code, clarityVersion = null } = payload;
      const smart_contract = { clarity_version: clarityVersion, contract_id, source_code };
      return { tx_type: "smart_contract", smart_contract } as const;
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
    post_conditions: (wire.postConditions.values as PostConditionWire[]).map(postConditionJson),
    anchor_mode: ANCHOR_MODES[wire.anchorMode],
    ...payloadJson(transaction, chain),
  };
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

/** @param shown which of its events: none in lists, as the API has it */
export function minedJson(mined: MinedTransaction, chain: Chain, shown = { limit: 0, offset: 0 }) {
  const { block } = mined;
  const events = eventsOf(mined);
  const parent = chain.blocks.at(block.height - 1) ?? block;
  return {
    ...transactionJson(decodeTransaction(mined.raw), chain),
    ...placeJson(block),
    parent_burn_block_time: parent.burnTime,
    parent_burn_block_time_iso: iso(parent.burnTime),
    block_hash: block.hash,
    block_height: block.height,
    is_unanchored: false,
    ...NO_MICROBLOCK,
    microblock_canonical: block.canonical,
    tx_index: mined.index,
    tx_status: mined.status,
    tx_result: valueJson(hexToCV(mined.result)),
    vm_error: mined.vmError,
    event_count: events.length,
    events: events.slice(shown.offset, shown.offset + shown.limit),
    ...COSTS,
  };
}

export function pendingJson({ transaction, receivedAt, status, replacedBy }: Pending, chain: Chain) {
  const times = { receipt_time: receivedAt, receipt_time_iso: iso(receivedAt) };
  return { ...transactionJson(transaction, chain), tx_status: status, replaced_by_tx_id: replacedBy ?? null, ...times };
}

export function blockJson(block: Block): NakamotoBlock & { tenure_height: number } {
  return {
    ...placeJson(block),
    height: block.height,
    hash: block.hash,
    index_block_hash: block.indexHash,
    parent_index_block_hash: block.parentIndexHash,
    tenure_height: block.burnHeight,
    burn_block_hash: block.burnHash,
    // No miner bids for a block: its burn block stands for the bid.
    miner_txid: block.burnHash,
    tx_count: block.txids.length,
    ...COSTS,
  };
}

/** @param blocks of one burn block, oldest first */
export function burnBlockJson(blocks: Block[]) {
  const [first, last] = [blocks[0] as Block, blocks.at(-1) as Block];
  return {
    burn_block_time: first.burnTime,
    burn_block_time_iso: iso(first.burnTime),
    burn_block_hash: first.burnHash,
    burn_block_height: first.burnHeight,
    stacks_blocks: blocks.map(({ hash }) => hash).reverse(),
    avg_block_time: blocks.length < 2 ? 0 : Number(((last.time - first.time) / (blocks.length - 1)).toFixed(2)),
    total_tx_count: blocks.reduce((sum, { txids }) => sum + txids.length, 0),
  };
}
