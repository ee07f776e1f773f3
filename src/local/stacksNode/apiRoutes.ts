/** The routes of Hiro's API (/extended) that indexers, wallets and explorers of this project read. */
import type {
  AddressNonces,
  AddressStxBalanceResponse,
  ServerStatusResponse,
  StxBalance,
  TransactionEvent,
  TransactionList,
} from "@stacks/stacks-blockchain-api-types";
import { blockJson, eventJson, minedJson, pendingJson } from "./apiJson";
import type { Block } from "./blocks";
import type { Chain, ContractLog } from "./chain";
import { FAUCET_ADDRESS, faucetTransfer } from "./faucet";
import { type ApiRequest, badRequest, HttpError, notFound, pageOf, type Route } from "./http";
import type { Miner } from "./miner";
import { principalOf } from "./nodeRoutes";
import { Rejection } from "./rejection";

/** The API's largest pages. */
const MOST = { blocks: 30, transactions: 50, events: 50, logs: 100 };

function txidOf(text: string): string {
  const hex = text.toLowerCase().replace(/^0x/, "");
  if (!/^[0-9a-f]{64}$/.test(hex)) throw badRequest("A transaction's id is 32 bytes in hex.");
  return `0x${hex}`;
}

function transactionJson(chain: Chain, txid: string) {
  const mined = chain.transaction(txid);
  if (mined) return minedJson(mined, chain);
  const pending = chain.mempool.find(txid);
  return pending ? pendingJson(pending, chain) : null;
}

function transaction(chain: Chain, { params }: ApiRequest) {
  const found = transactionJson(chain, txidOf(params.id ?? ""));
  if (!found) throw notFound(`could not find transaction by ID ${params.id}`);
  return found;
}

function transactions(chain: Chain, { query }: ApiRequest): TransactionList {
  const ids = query.getAll("tx_id").flatMap((list) => list.split(","));
  if (ids.length > MOST.transactions) throw badRequest(`At most ${MOST.transactions} tx_id at once.`);
  const list: TransactionList = {};
  for (const tx_id of ids.map(txidOf)) {
    const result = transactionJson(chain, tx_id);
    list[tx_id] = result ? { found: true, result } : { found: false, result: { tx_id } };
  }
  return list;
}

function blockOf(chain: Chain, { params: { block = "" } }: ApiRequest): Block {
  if (block === "latest") return chain.tip;
  const found = /^\d+$/.test(block)
    ? chain.blocks.at(Number(block))
    : chain.blocks.byHash(`0x${block.replace(/^0x/, "")}`);
  if (!found) throw notFound("Block not found");
  return found;
}

function blocks({ blocks: list, tip }: Chain, { query }: ApiRequest) {
  const { limit, offset } = pageOf(query, MOST.blocks);
  const total = tip.height - list.genesis.height + 1;
  return { limit, offset, total, results: list.page(offset, limit).map(blockJson) };
}

function burnBlockBlocks(chain: Chain, { params, query }: ApiRequest) {
  const { limit, offset } = pageOf(query, MOST.blocks);
  const height = params.height === "latest" ? chain.tip.burnHeight : Number(params.height);
  const found = chain.blocks.ofBurnBlock(height);
  if (found.length === 0) throw notFound("Burn block not found");
  return { limit, offset, total: found.length, results: found.slice(offset, offset + limit).map(blockJson) };
}

function blockTransactions(chain: Chain, request: ApiRequest) {
  const { txids } = blockOf(chain, request);
  const { limit, offset } = pageOf(request.query, MOST.transactions);
  const results = txids.slice(offset, offset + limit).map((txid) => transactionJson(chain, txid));
  return { limit, offset, total: txids.length, results };
}

function logJson({ transaction: { txid, events }, eventIndex }: ContractLog): TransactionEvent[] {
  const event = events[eventIndex];
  return event ? [eventJson(txid, eventIndex, event) ?? []].flat() : [];
}

/** Newest first. */
function logsOf(chain: Chain, contractId: string, offset: number, limit: number): ContractLog[] {
  const logs = chain.logs.get(principalOf(contractId)) ?? [];
  const end = Math.max(0, logs.length - offset);
  return logs.slice(Math.max(0, end - limit), end).reverse();
}

function contractEvents(chain: Chain, { params: { id = "" }, query }: ApiRequest) {
  const { limit, offset } = pageOf(query, MOST.events);
  return { limit, offset, results: logsOf(chain, id, offset, limit).flatMap(logJson) };
}

/** A cursor names the first log of its page. */
function cursorOf({ transaction: { block, index }, eventIndex }: ContractLog): string {
  return [block.indexHash.slice(2), 0x7fffffff, index, eventIndex].join(":");
}

function contractLogs(chain: Chain, { params: { id = "" }, query }: ApiRequest) {
  const { limit, offset } = pageOf(query, MOST.logs);
  const total = chain.logs.get(principalOf(id))?.length ?? 0;
  const newestFirst = logsOf(chain, id, 0, total);
  const cursor = query.get("cursor");
  const start = cursor ? newestFirst.findIndex((log) => cursorOf(log) === cursor) : 0;
  if (start < 0) throw badRequest("There is no log at this cursor.");
  const first = start + offset;
  const at = (index: number) => {
    const log = newestFirst[index];
    return log ? cursorOf(log) : null;
  };
  // The API's cursors run the other way: next is newer, prev is older.
  const cursors = { next_cursor: first > 0 ? at(Math.max(0, first - limit)) : null, prev_cursor: at(first + limit) };
  const results = newestFirst.slice(first, first + limit).flatMap(logJson);
  return { limit, offset, total, ...cursors, cursor: at(first), results };
}

function nonces(chain: Chain, { params }: ApiRequest): AddressNonces {
  const address = principalOf(params.principal ?? "");
  const next = chain.nonceOf(address);
  const waiting = chain.mempool.noncesOf(address);
  const highest = waiting.at(-1) ?? null;
  const missing: number[] = [];
  for (let nonce = next; highest !== null && nonce < highest; nonce += 1) {
    if (!waiting.includes(nonce)) missing.push(nonce);
  }
  // The API says null where there is none; its published types are stricter than it.
  return {
    last_mempool_tx_nonce: highest as number,
    last_executed_tx_nonce: (next === 0 ? null : next - 1) as number,
    possible_next_nonce: highest === null ? next : Math.max(next, highest + 1),
    detected_missing_nonces: missing.reverse(),
    detected_mempool_nonces: waiting.reverse(),
  };
}

/** What the node does not add up (totals sent and received) is "0". */
function stxBalance(chain: Chain, principal: string): StxBalance {
  const untold = { total_sent: "0", total_received: "0", total_fees_sent: "0", total_miner_rewards_received: "0" };
  const unlocked = {
    lock_tx_id: "",
    locked: "0",
    lock_height: 0,
    burnchain_lock_height: 0,
    burnchain_unlock_height: 0,
  };
  return { balance: chain.balanceOf(principal).toString(), ...untold, ...unlocked };
}

function balances(chain: Chain, { params }: ApiRequest) {
  const principal = principalOf(params.principal ?? "");
  const [fungible, nonFungible]: [object[], object[]] = [[], []];
  for (const [asset, owners] of chain.read((vm) => vm.assets())) {
    const held = owners.get(principal);
    const [, contractId = "", name = ""] = /^(.*)\.([^.]+)$/.exec(asset) ?? [];
    if (!held || !contractId) continue;
    const untold = { total_sent: "0", total_received: "0" };
    const isToken = chain.contract(contractId)?.fungible_tokens.some((token) => token.name === name);
    if (isToken) fungible.push({ [`${contractId}::${name}`]: { balance: held.toString(), ...untold } });
    else nonFungible.push({ [`${contractId}::${name}`]: { count: held.toString(), ...untold } });
  }
  const stx = stxBalance(chain, principal);
  return {
    stx,
    fungible_tokens: Object.assign({}, ...fungible),
    non_fungible_tokens: Object.assign({}, ...nonFungible),
  };
}

async function faucet(chain: Chain, miner: Miner, { query }: ApiRequest) {
  const recipient = principalOf(query.get("address") ?? "");
  const waiting = chain.mempool.noncesOf(FAUCET_ADDRESS).at(-1);
  const raw = await faucetTransfer(recipient, waiting === undefined ? chain.nonceOf(FAUCET_ADDRESS) : waiting + 1);
  try {
    return { success: true, txId: miner.submit(raw), txRaw: raw };
  } catch (error) {
    throw error instanceof Rejection ? new HttpError(500, { success: false, error: error.reason }) : error;
  }
}

function status({ tip }: Chain): ServerStatusResponse {
  const { height: block_height, hash: block_hash, indexHash: index_block_hash, burnHeight: burn_block_height } = tip;
  const chain_tip = { block_height, block_hash, index_block_hash, burn_block_height };
  return { server_version: "bithedge local Stacks node", status: "ready", chain_tip };
}

export function apiRoutes(chain: Chain, miner: Miner): Route[] {
  const get = (path: string, handle: (chain: Chain, request: ApiRequest) => unknown): Route => ({
    method: "GET",
    path: `/extended${path}`,
    handle: (request) => handle(chain, request),
  });
  const address = "/v1/address/:principal";
  const stx = (_: Chain, { params }: ApiRequest): AddressStxBalanceResponse =>
    stxBalance(chain, principalOf(params.principal ?? ""));
  return [
    get("", status),
    get("/v1/status", status),
    get(`${address}/nonces`, nonces),
    get(`${address}/balances`, balances),
    get(`${address}/stx`, stx),
    get("/v1/tx/multiple", transactions),
    get("/v1/tx/:id", transaction),
    get("/v1/contract/:id/events", contractEvents),
    get("/v2/smart-contracts/:id/logs", contractLogs),
    get("/v2/blocks", blocks),
    get("/v2/blocks/:block", (_, request) => blockJson(blockOf(chain, request))),
    get("/v2/blocks/:block/transactions", blockTransactions),
    get("/v2/burn-blocks/:height/blocks", burnBlockBlocks),
    { method: "POST", path: "/extended/v1/faucets/stx", handle: (request) => faucet(chain, miner, request) },
  ];
}
