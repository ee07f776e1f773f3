/** Blocks in the shape in which Hiro's Chainhooks 2.0 posts them, with the values of Clarity in hex. */
import type { TransactionEvent } from "@stacks/stacks-blockchain-api-types";
import { minedJson } from "./apiJson";
import type { Block } from "./blocks";
import type { Chain } from "./chain";
import { eventsOf, KINDS } from "./eventJson";
import type { MinedTransaction } from "./records";

const STX = { symbol: "STX", decimals: 6 };
const ASSET_OPERATION = { transfer: "token_transfer", mint: "token_mint", burn: "token_burn" } as const;

/** One for whom it leaves and one for whom it comes. */
function assetOperations(event: Exclude<TransactionEvent, { event_type: "smart_contract_log" | "stx_lock" }>) {
  const { asset } = event;
  const token_type = KINDS[event.event_type];
  const asset_identifier = "asset_id" in asset ? asset.asset_id : undefined;
  const value = "amount" in asset ? asset.amount : "1";
  const nft = "value" in asset && typeof asset.value === "object" ? { value: asset.value.hex } : {};
  const metadata = { token_type, asset_identifier, ...nft };
  const currency = token_type === "stx" ? STX : { symbol: "", decimals: 0, metadata };
  const type = ASSET_OPERATION[asset.asset_event_type as keyof typeof ASSET_OPERATION];
  const sides = [
    { address: asset.sender, amount: `-${value}` },
    { address: asset.recipient, amount: value },
  ];
  return sides.flatMap(({ address, amount }) => {
    return address ? [{ type, account: { address }, amount: { value: amount, currency } }] : [];
  });
}

function eventOperations(event: TransactionEvent): object[] {
  switch (event.event_type) {
    case "smart_contract_log": {
      const { contract_id: contract_identifier, topic, value } = event.contract_log;
      return [{ type: "contract_log", metadata: { contract_identifier, topic, value: value.hex } }];
    }
    case "stx_lock":
      return [];
    default:
      return assetOperations(event);
  }
}

function transactionJson(mined: MinedTransaction, chain: Chain) {
  const tx = minedJson(mined, chain);
  const account = { address: tx.sender_address };
  const fee = { type: "fee", account, amount: { value: `-${tx.fee_rate}`, currency: STX } };
  const call =
    tx.tx_type === "contract_call"
      ? { contract_identifier: tx.contract_call.contract_id, function_name: tx.contract_call.function_name }
      : null;
  const args =
    tx.tx_type === "contract_call" ? tx.contract_call.function_args.map(({ hex, name }) => ({ hex, name })) : [];
  const operations = [
    fee,
    ...(call ? [{ type: "contract_call", account, metadata: { ...call, args } }] : []),
    ...eventsOf(mined).flatMap(eventOperations),
  ];
  const status = tx.tx_status;
  return {
    transaction_identifier: { hash: tx.tx_id },
    metadata: {
      type: tx.tx_type,
      nonce: tx.nonce,
      result: tx.tx_result,
      status,
      fee_rate: tx.fee_rate,
      position: { index: tx.tx_index, microblock_identifier: null },
      sender_address: tx.sender_address,
      sponsor_address: tx.sponsor_address ?? null,
      sponsored: tx.sponsored,
      canonical: tx.canonical,
      microblock_canonical: tx.microblock_canonical,
    },
    operations: operations.map((operation, index) => ({ ...operation, status, operation_identifier: { index } })),
  };
}

/** The block with its transactions that concern the contract, all if there is none; null if none does. */
export function chainhookBlock(block: Block, chain: Chain, contractId: string | undefined) {
  const concerns = ({ events }: MinedTransaction) => {
    return (
      !contractId ||
      events.some(({ event, data }) => event === "print_event" && data.contract_identifier === contractId)
    );
  };
  const found = chain.records.of(block).filter(concerns);
  if (contractId && found.length === 0) return null;
  return {
    timestamp: block.time,
    block_identifier: { index: block.height, hash: block.indexHash },
    parent_block_identifier: { index: block.height - 1, hash: block.parentIndexHash },
    metadata: {
      canonical: block.canonical,
      burn_block_identifier: { index: block.burnHeight, hash: block.burnHash },
      tenure_height: block.burnHeight,
    },
    transactions: found.map((mined) => transactionJson(mined, chain)),
  };
}
