/** Hiro's API (/extended), which indexers, wallets and explorers read: what is neither block, transaction nor account. */
import type { Hono, HonoRequest } from "hono";
import { z } from "zod";
import type { Activity } from "./activity";
import { addressRoutes } from "./addressRoutes";
import { minedJson, NO_MICROBLOCK, pendingJson } from "./apiJson";
import { blockRoutes } from "./blockRoutes";
import type { Chain } from "./chain";
import { eventJson } from "./eventJson";
import { badRequest, cursorPage, HttpError, jsonBody, notFound, pageOf } from "./http";
import { principalOf } from "./nodeRoutes";
import type { ContractLog } from "./records";
import { transactionRoutes } from "./transactionRoutes";

const CONTRACT_PAGE = { most: 50, usual: 20 };
const LOG_PAGE = { most: 100, usual: 20 };
/** The same on every network of the real API's. */
const FEE_RATE = 400;
const BLOCK_TIMES = { testnet: { target_block_time: 120 }, mainnet: { target_block_time: 600 } };

function status({ tip }: Chain) {
  const { height: block_height, hash: block_hash, indexHash: index_block_hash, burnHeight: burn_block_height } = tip;
  const { microblock_hash, microblock_sequence } = NO_MICROBLOCK;
  const chain_tip = {
    block_height,
    block_hash,
    index_block_hash,
    microblock_hash,
    microblock_sequence,
    burn_block_height,
  };
  return { server_version: "bithedge local Stacks node", status: "ready", chain_tip };
}

function contract(chain: Chain, activity: Activity, id: string) {
  const abi = chain.contract(id);
  if (!abi) throw notFound("cannot find contract by ID");
  const deployment = activity.deploymentOf(id);
  const { functions, variables, maps, fungible_tokens, non_fungible_tokens } = abi;
  return {
    tx_id: deployment?.txid ?? "",
    canonical: true,
    contract_id: id,
    block_height: deployment?.block.height ?? chain.blocks.genesis.height,
    clarity_version: Number(/\d+/.exec(abi.clarity_version)?.[0]),
    source_code: chain.read((vm) => vm.source(id)) ?? "",
    abi: JSON.stringify({ functions, variables, maps, fungible_tokens, non_fungible_tokens }),
  };
}

function statuses(activity: Activity, request: HonoRequest) {
  const ids = (request.queries("contract_id") ?? []).flatMap((list) => list.split(",")).map(principalOf);
  if (ids.length === 0) throw badRequest("querystring must have required property 'contract_id'");
  const entries = ids.map((contract_id) => {
    const found = activity.deploymentOf(contract_id);
    if (!found) return [contract_id, { found: false }];
    const result = { contract_id, block_height: found.block.height, status: found.status, tx_id: found.txid };
    return [contract_id, { found: true, result }];
  });
  return Object.fromEntries(entries);
}

function logJson({ txid, eventIndex, event }: ContractLog) {
  return eventJson(txid, eventIndex, event);
}

function contractEvents(chain: Chain, request: HonoRequest, id: string) {
  const { limit, offset, results } = pageOf(request, CONTRACT_PAGE, chain.logsOf(principalOf(id)));
  return { limit, offset, results: results.map(logJson) };
}

function contractLogs(chain: Chain, request: HonoRequest, id: string) {
  const page = cursorPage(request, LOG_PAGE, chain.logsOf(principalOf(id)), ({ txid, eventIndex }) => {
    const { block, index } = chain.mined.get(txid) ?? {};
    return [block?.height, NO_MICROBLOCK.microblock_sequence, index, eventIndex].join(":");
  });
  return { ...page, results: page.results.map(logJson) };
}

function unknown(entity_type: string, error: string): HttpError {
  return new HttpError(404, { found: false, result: { entity_type }, error });
}

function searchHash(chain: Chain, hash: string) {
  const block = chain.blocks.byHash(hash);
  if (block) {
    const { hash: entity_id, parentHash: parent_block_hash, burnTime: burn_block_time, height } = block;
    const block_data = { canonical: block.canonical, hash: entity_id, parent_block_hash, burn_block_time, height };
    return { entity_id, entity_type: "block_hash", block_data };
  }
  const mined = chain.records.find(hash);
  if (mined) {
    const { canonical, block_hash, burn_block_time, block_height, tx_type } = minedJson(mined, chain);
    const tx_data = { canonical, block_hash, burn_block_time, block_height, tx_type };
    return { entity_id: hash, entity_type: "tx_id", tx_data };
  }
  const pending = chain.mempool.find(hash);
  if (!pending) throw unknown("unknown_hash", `No block or transaction found with hash "${hash}"`);
  const { tx_type } = pendingJson(pending, chain);
  return { entity_id: hash, entity_type: "mempool_tx_id", tx_data: { tx_type } };
}

function searchPrincipal(chain: Chain, activity: Activity, principal: string) {
  const isContract = principal.includes(".");
  const entity = { entity_id: principal, entity_type: isContract ? "contract_address" : "standard_address" };
  const deployment = activity.deploymentOf(principal);
  if (deployment) {
    const { canonical, block_hash, burn_block_time, block_height, tx_type, tx_id } = minedJson(deployment, chain);
    return { ...entity, tx_data: { canonical, block_hash, burn_block_time, block_height, tx_type, tx_id } };
  }
  const isKnown = activity.of(principal).length > 0 || chain.contract(principal) || chain.balanceOf(principal) > 0n;
  if (!isKnown) throw unknown(entity.entity_type, `No principal found with address "${principal}"`);
  return entity;
}

function search(chain: Chain, activity: Activity, term: string) {
  if (/^(0x)?[0-9a-f]{64}$/i.test(term)) return searchHash(chain, `0x${term.toLowerCase().replace(/^0x/, "")}`);
  try {
    principalOf(term);
  } catch {
    const wanted = "a valid block hash, transaction ID, contract principal, or account address principal";
    throw unknown("invalid_term", `The term "${term}" is not ${wanted}`);
  }
  return searchPrincipal(chain, activity, term);
}

/** Nobody bids for room in a local block: whoever waits for one pays what it takes. */
function mempoolFees() {
  const all = { no_priority: 200, low_priority: 200, medium_priority: 400, high_priority: 800 };
  return { all, token_transfer: all, contract_call: all, smart_contract: all };
}

function stxSupply(chain: Chain) {
  const held = [
    ...(chain
      .read((vm) => vm.assets())
      .get("STX")
      ?.values() ?? []),
  ];
  const total = (Number(held.reduce((sum, one) => sum + one, 0n)) / 1e6).toFixed(6);
  return {
    unlocked_percent: "100.00",
    total_stx: total,
    total_stx_year_2050: total,
    unlocked_stx: total,
    block_height: chain.tip.height,
  };
}

export function apiRoutes(app: Hono, chain: Chain, activity: Activity): void {
  app.get("/extended", ({ json }) => json(status(chain)));
  const v1 = app.basePath("/extended/v1");
  v1.get("/status", ({ json }) => json(status(chain)));
  v1.get("/contract/:id", ({ req, json }) => json(contract(chain, activity, principalOf(req.param("id")))));
  v1.get("/contract/:id/events", ({ req, json }) => json(contractEvents(chain, req, req.param("id"))));
  v1.get("/search/:id", ({ req, json }) =>
    json({ found: true, result: search(chain, activity, req.param("id").trim()) }),
  );
  v1.get("/info/network_block_times", ({ json }) => json(BLOCK_TIMES));
  v1.get("/info/network_block_time/:network{mainnet|testnet}", ({ req, json }) =>
    json(BLOCK_TIMES[req.param("network") as "mainnet" | "testnet"]),
  );
  v1.post("/fee_rate", async ({ req, json }) => {
    await jsonBody(req, z.object({ transaction: z.string() }));
    return json({ fee_rate: FEE_RATE });
  });
  v1.get("/stx_supply", ({ json }) => json(stxSupply(chain)));
  const v2 = app.basePath("/extended/v2");
  v2.get("/smart-contracts/status", ({ req, json }) => json(statuses(activity, req)));
  v2.get("/smart-contracts/:id/logs", ({ req, json }) => json(contractLogs(chain, req, req.param("id"))));
  v2.get("/mempool/fees", ({ json }) => json(mempoolFees()));
  blockRoutes(app, chain);
  transactionRoutes(app, chain, activity);
  addressRoutes(app, chain, activity);
}
