/** The routes of Hiro's API (/extended) that indexers, wallets and explorers of this project read. */
import type { AddressNonces } from "@stacks/stacks-blockchain-api-types";
import type { Hono, HonoRequest } from "hono";
import { blockJson, eventJson, minedJson, pendingJson } from "./apiJson";
import type { Block } from "./blocks";
import type { Chain } from "./chain";
import { badRequest, notFound, pageOf } from "./http";
import { principalOf } from "./nodeRoutes";

/** The API's largest pages. */
const MOST = { blocks: 30, transactions: 50, events: 50 };

function txidOf(text: string): string {
  const hex = text.toLowerCase().replace(/^0x/, "");
  if (!/^[0-9a-f]{64}$/.test(hex)) throw badRequest("A transaction's id is 32 bytes in hex.");
  return `0x${hex}`;
}

function transactionJson(chain: Chain, txid: string) {
  const [mined, pending] = [chain.records.find(txid), chain.mempool.find(txid)];
  // What fell out of the chain is told as what became of it since, if that is known.
  if (mined && (mined.block.canonical || !pending)) return minedJson(mined, chain);
  return pending ? pendingJson(pending, chain) : null;
}

function transaction(chain: Chain, id: string) {
  const found = transactionJson(chain, txidOf(id));
  if (!found) throw notFound(`could not find transaction by ID ${id}`);
  return found;
}

function transactions(chain: Chain, request: HonoRequest) {
  const ids = (request.queries("tx_id") ?? []).flatMap((list) => list.split(","));
  if (ids.length > MOST.transactions) throw badRequest(`At most ${MOST.transactions} tx_id at once.`);
  const entries = ids.map(txidOf).map((tx_id) => {
    const result = transactionJson(chain, tx_id);
    return [tx_id, result ? { found: true, result } : { found: false, result: { tx_id } }];
  });
  return Object.fromEntries(entries);
}

function blockOf({ blocks, tip }: Chain, id: string): Block {
  if (id === "latest") return tip;
  const found = /^\d+$/.test(id) ? blocks.at(Number(id)) : blocks.byHash(`0x${id.replace(/^0x/, "")}`);
  if (!found) throw notFound("Block not found");
  return found;
}

function blockPage(request: HonoRequest, blocks: readonly Block[]) {
  const page = pageOf(request, MOST.blocks, blocks);
  return { ...page, results: page.results.map(blockJson) };
}

function burnBlockBlocks({ blocks, tip }: Chain, request: HonoRequest, height: string) {
  const found = blocks.ofBurnBlock(height === "latest" ? tip.burnHeight : Number(height));
  if (found.length === 0) throw notFound("Burn block not found");
  return blockPage(request, found);
}

/** In the order of the block. */
function blockTransactions(chain: Chain, request: HonoRequest, id: string) {
  const page = pageOf(request, MOST.transactions, blockOf(chain, id).txids.toReversed());
  return { ...page, results: page.results.map((txid) => transactionJson(chain, txid)) };
}

function contractEvents(chain: Chain, request: HonoRequest, contractId: string) {
  const page = pageOf(request, MOST.events, chain.logsOf(principalOf(contractId)));
  return { ...page, results: page.results.map(({ txid, eventIndex, event }) => eventJson(txid, eventIndex, event)) };
}

function nonces(chain: Chain, address: string): AddressNonces {
  const next = chain.nonceOf(address);
  const waiting = chain.mempool.noncesOf(address);
  const highest = waiting.at(-1) ?? null;
  const expected = Array.from({ length: highest === null ? 0 : highest - next }, (_, n) => next + n);
  // The API says null where there is none; its published types are stricter than it.
  return {
    last_mempool_tx_nonce: highest as number,
    last_executed_tx_nonce: (next === 0 ? null : next - 1) as number,
    possible_next_nonce: highest === null ? next : highest + 1,
    detected_missing_nonces: expected.filter((nonce) => !waiting.includes(nonce)).reverse(),
    detected_mempool_nonces: waiting.reverse(),
  };
}

function balances(chain: Chain, principal: string) {
  const fungible_tokens: Record<string, { balance: string }> = {};
  const non_fungible_tokens: Record<string, { count: string }> = {};
  for (const [asset, owners] of chain.read((vm) => vm.assets())) {
    const held = owners.get(principal)?.toString();
    const [, contractId = "", name = ""] = /^(.*)\.([^.]+)$/.exec(asset) ?? [];
    if (!held || held === "0" || !contractId) continue;
    const isFungible = chain.contract(contractId)?.fungible_tokens.some((token) => token.name === name);
    if (isFungible) fungible_tokens[`${contractId}::${name}`] = { balance: held };
    else non_fungible_tokens[`${contractId}::${name}`] = { count: held };
  }
  const stx = { balance: chain.balanceOf(principal).toString(), locked: "0" };
  return { stx, fungible_tokens, non_fungible_tokens };
}

function status({ tip }: Chain) {
  const { height: block_height, hash: block_hash, indexHash: index_block_hash, burnHeight: burn_block_height } = tip;
  const chain_tip = { block_height, block_hash, index_block_hash, burn_block_height };
  return { server_version: "bithedge local Stacks node", status: "ready", chain_tip };
}

export function apiRoutes(app: Hono, chain: Chain): void {
  app.get("/extended", (context) => context.json(status(chain)));
  const v1 = app.basePath("/extended/v1");
  v1.get("/tx/multiple", ({ req, json }) => json(transactions(chain, req)));
  v1.get("/tx/:id", ({ req, json }) => json(transaction(chain, req.param("id"))));
  v1.get("/contract/:id/events", ({ req, json }) => json(contractEvents(chain, req, req.param("id"))));
  v1.get("/address/:address/nonces", ({ req, json }) => json(nonces(chain, principalOf(req.param("address")))));
  v1.get("/address/:address/balances", ({ req, json }) => json(balances(chain, principalOf(req.param("address")))));
  const v2 = app.basePath("/extended/v2");
  v2.get("/blocks", ({ req, json }) => json(blockPage(req, chain.blocks.list)));
  v2.get("/blocks/:block", ({ req, json }) => json(blockJson(blockOf(chain, req.param("block")))));
  v2.get("/blocks/:block/transactions", ({ req, json }) => json(blockTransactions(chain, req, req.param("block"))));
  v2.get("/burn-blocks/:height/blocks", ({ req, json }) => json(burnBlockBlocks(chain, req, req.param("height"))));
}
