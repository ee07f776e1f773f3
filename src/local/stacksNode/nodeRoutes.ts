/** The Stacks node's own routes (/v2): what `@stacks/transactions` calls. */
import { createHash } from "node:crypto";
import type { ReadOnlyFunctionSuccessResponse } from "@stacks/stacks-blockchain-api-types";
import { hexToCV, serializeCVBytes, validateStacksAddress } from "@stacks/transactions";
import type { Hono, HonoRequest } from "hono";
import { z } from "zod";
import type { Activity } from "./activity";
import { hexU128 } from "./admission";
import type { Block } from "./blocks";
import type { Chain } from "./chain";
import { type ClarityVm, VmError } from "./clarityVm";
import { badRequest, HttpError, jsonBody, notFound } from "./http";
import type { Miner } from "./miner";
import { Rejection } from "./rejection";

/** A signature and the fixed parts of a transaction, in bytes, where the caller names only its payload. */
const ENVELOPE_BYTES = 200;
/** A devnet's reward cycle. */
const [CYCLE_BLOCKS, PREPARE_BLOCKS] = [20, 4];

const readOnlyBody = z.object({ sender: z.string(), arguments: z.array(z.string()) });
const hex = z.string().regex(/^(0x)?([0-9a-f]{2})+$/i, "it is not hex");
const feeBody = z.object({
  transaction_payload: hex,
  estimated_len: z.number().int().positive().optional(),
});
const broadcastBody = z.object({ tx: hex });

/** A Clarity value that a stranger sent, serialised anew: the VM traps on bytes that are none. */
function clarityBytes(text: string): Uint8Array {
  const refused = badRequest("An argument is not a serialised Clarity value in hex.");
  try {
    const bytes = serializeCVBytes(hexToCV(text));
    // What ends early reads as if zeros followed.
    if (bytes.length === text.replace(/^0x/, "").length / 2) return bytes;
  } catch {
    throw refused;
  }
  throw refused;
}

export function principalOf(text: string): string {
  const [address = "", contract = "none"] = text.split(".");
  if (validateStacksAddress(address) && /^[a-zA-Z][a-zA-Z0-9_-]{0,127}$/.test(contract)) return text;
  throw badRequest(`${text} is not a Stacks principal.`);
}

function contractOf(request: HonoRequest): string {
  return principalOf(`${request.param("address")}.${request.param("name")}`);
}

function info({ tip, blocks }: Chain) {
  const consensus = createHash("sha256").update(`burn ${tip.burnHeight}`).digest("hex").slice(0, 40);
  return {
    peer_version: 0xfacade10,
    pox_consensus: consensus,
    burn_block_height: tip.burnHeight,
    stable_pox_consensus: consensus,
    stable_burn_block_height: tip.burnHeight,
    server_version: "bithedge local Stacks node (Clarity VM of @stacks/clarinet-sdk)",
    network_id: 0x80000000,
    parent_network_id: 0xdab5bffa,
    stacks_tip_height: tip.height,
    stacks_tip: tip.hash.slice(2),
    stacks_tip_consensus_hash: consensus,
    genesis_chainstate_hash: blocks.list[0]?.hash.slice(2) ?? "",
    unanchored_tip: null,
    unanchored_seq: null,
    tenure_height: tip.burnHeight,
    exit_at_block_height: null,
    is_fully_synced: true,
  };
}

/** The canonical block that a request wants to read at: the tip unless it names another, by hash or index hash. */
function tipOf(chain: Chain, request: HonoRequest): Block {
  const asked = request.query("tip") || "latest";
  const block = asked === "latest" ? chain.tip : chain.canonical(`0x${asked.replace(/^0x/, "").toLowerCase()}`);
  if (!block) throw notFound(`Cannot read at tip ${asked}: no such block in the canonical chain.`);
  return block;
}

async function callReadOnly(chain: Chain, request: HonoRequest): Promise<ReadOnlyFunctionSuccessResponse> {
  const contractId = contractOf(request);
  const { sender, arguments: args } = await jsonBody(request, readOnlyBody);
  const tip = tipOf(chain, request);
  const [from, values] = [principalOf(sender), args.map(clarityBytes)];
  if (!chain.contract(contractId)) return { okay: false, cause: `NoSuchContract: ${contractId}` };
  try {
    const call = (vm: ClarityVm) => vm.readOnly(contractId, request.param("fn") ?? "", values, from);
    return { okay: true, result: chain.read(call, tip) };
  } catch (error) {
    if (error instanceof VmError) return { okay: false, cause: error.message };
    throw error;
  }
}

/** Whatever the node does not know is none, the map included. */
async function mapEntry(chain: Chain, request: HonoRequest) {
  const [contractId, map = ""] = [contractOf(request), request.param("map")];
  const key = clarityBytes(await jsonBody(request, z.string()));
  const tip = tipOf(chain, request);
  const isKnown = chain.contract(contractId)?.maps.some(({ name }) => name === map);
  try {
    return { data: (isKnown && chain.read((vm) => vm.mapEntry(contractId, map, key), tip)) || "0x09" };
  } catch (error) {
    throw error instanceof VmError ? badRequest(`No key of ${map}: ${error.message}`) : error;
  }
}

/** A read of something that a contract names, or the node's plain 404. */
function named(
  chain: Chain,
  request: HonoRequest,
  missing: string,
  read: (vm: ClarityVm, id: string, name: string) => string | null,
) {
  const id = contractOf(request);
  const tip = tipOf(chain, request);
  const data = chain.contract(id) ? chain.read((vm) => read(vm, id, request.param("item") ?? ""), tip) : null;
  if (data === null) throw new HttpError(404, missing);
  return { data };
}

function contractInterface(chain: Chain, request: HonoRequest) {
  const found = chain.contract(contractOf(request));
  if (!found) throw new HttpError(404, "No contract interface data found");
  return found;
}

function contractSource(chain: Chain, activity: Activity, request: HonoRequest) {
  const id = contractOf(request);
  const source = chain.contract(id) && chain.read((vm) => vm.source(id));
  if (source === undefined) throw new HttpError(404, "No contract source data found");
  return { source, publish_height: activity.deploymentOf(id)?.block.height ?? chain.blocks.genesis.height };
}

function unconfirmed(chain: Chain, request: HonoRequest) {
  const txid = request.param("txid") ?? "";
  const found = chain.mempool.find(`0x${txid}`);
  if (found?.status === "pending") return { tx: found.transaction.raw, status: "Mempool" };
  throw new HttpError(404, `Transaction ${txid} not found in mempool or unconfirmed microblock stream`);
}

/** A byte costs one micro-STX at least; nobody bids for room in a local block, so that is also the estimate. */
async function feeEstimate(request: HonoRequest) {
  const { transaction_payload: payload, estimated_len: length } = await jsonBody(request, feeBody);
  const bytes = length ?? payload.replace(/^0x/, "").length / 2 + ENVELOPE_BYTES;
  const estimated_cost = { read_count: 0, read_length: 0, runtime: 0, write_count: 0, write_length: 0 };
  const estimations = [1, 2, 4].map((rate) => ({ fee_rate: rate, fee: bytes * rate }));
  return { estimated_cost, estimated_cost_scalar: bytes, estimations, cost_scalar_change_by_byte: 1 };
}

async function broadcast(miner: Miner, request: HonoRequest): Promise<string> {
  const cut = () => Promise.reject(badRequest("The request ended before its body did."));
  const body = Buffer.from(await request.arrayBuffer().catch(cut));
  // JSON where it is JSON, else the bytes themselves: a transaction begins with 0x00 or 0x80.
  const isJson = body.toString("latin1").trimStart().startsWith("{");
  const raw = isJson ? (await jsonBody(request, broadcastBody)).tx.replace(/^0x/, "") : body.toString("hex");
  try {
    return miner.submit(raw).slice(2);
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    const txid = createHash("sha512-256").update(raw, "hex").digest("hex");
    const { reason, data: reason_data } = error;
    throw new HttpError(400, { error: "transaction rejected", reason, reason_data, txid });
  }
}

/** Nobody stacks on this chain, so cycles are counted and nothing is locked. */
function pox(chain: Chain) {
  const { tip } = chain;
  const [id, next] = [Math.floor(tip.burnHeight / CYCLE_BLOCKS), CYCLE_BLOCKS - (tip.burnHeight % CYCLE_BLOCKS)];
  const liquid = [
    ...(chain
      .read((vm) => vm.assets())
      .get("STX")
      ?.values() ?? []),
  ].reduce((sum, held) => sum + held, 0n);
  const threshold = { min_threshold_ustx: 0, stacked_ustx: 0 };
  const contract_id = "ST000000000000000000002AMW42H.pox-5";
  return {
    contract_id,
    pox_activation_threshold_ustx: 0,
    first_burnchain_block_height: 0,
    current_burnchain_block_height: tip.burnHeight,
    prepare_phase_block_length: PREPARE_BLOCKS,
    reward_phase_block_length: CYCLE_BLOCKS - PREPARE_BLOCKS,
    reward_slots: 2 * (CYCLE_BLOCKS - PREPARE_BLOCKS),
    rejection_fraction: null,
    total_liquid_supply_ustx: Number(liquid),
    current_cycle: { id, ...threshold, is_pox_active: false },
    next_cycle: {
      id: id + 1,
      ...threshold,
      min_increment_ustx: 0,
      prepare_phase_start_block_height: tip.burnHeight + next - PREPARE_BLOCKS,
      blocks_until_prepare_phase: next - PREPARE_BLOCKS,
      reward_phase_start_block_height: tip.burnHeight + next,
      blocks_until_reward_phase: next,
      ustx_until_pox_rejection: null,
    },
    epochs: [],
    min_amount_ustx: 0,
    prepare_cycle_length: PREPARE_BLOCKS,
    reward_cycle_id: id,
    reward_cycle_length: CYCLE_BLOCKS,
    rejection_votes_left_required: null,
    next_reward_cycle_in: next,
    contract_versions: [{ contract_id, activation_burnchain_block_height: 0, first_reward_cycle_id: 0 }],
  };
}

function account(chain: Chain, request: HonoRequest) {
  const [principal, tip] = [principalOf(request.param("principal") ?? ""), tipOf(chain, request)];
  const balance = hexU128(chain.balanceOf(principal, tip));
  return { balance, locked: hexU128(0n), unlock_height: 0, nonce: chain.nonceOf(principal, tip) };
}

export function nodeRoutes(app: Hono, chain: Chain, miner: Miner, activity: Activity): void {
  const v2 = app.basePath("/v2");
  v2.get("/info", ({ json }) => json(info(chain)));
  v2.get("/pox", ({ json }) => json(pox(chain)));
  v2.get("/accounts/:principal", ({ req, json }) => json(account(chain, req)));
  v2.post("/transactions", async ({ req, json }) => json(await broadcast(miner, req)));
  v2.get("/transactions/unconfirmed/:txid", ({ req, json }) => json(unconfirmed(chain, req)));
  v2.post("/contracts/call-read/:address/:name/:fn", async ({ req, json }) => json(await callReadOnly(chain, req)));
  v2.get("/contracts/interface/:address/:name", ({ req, json }) => json(contractInterface(chain, req)));
  v2.get("/contracts/source/:address/:name", ({ req, json }) => json(contractSource(chain, activity, req)));
  v2.post("/map_entry/:address/:name/:map", async ({ req, json }) => json(await mapEntry(chain, req)));
  v2.get("/data_var/:address/:name/:item", ({ req, json }) =>
    json(named(chain, req, "Data var not found", (vm, id, name) => vm.dataVar(id, name))),
  );
  v2.get("/constant_val/:address/:name/:item", ({ req, json }) =>
    json(named(chain, req, "Constant not found", (vm, id, name) => vm.constant(id, name))),
  );
  v2.post("/fees/transaction", async ({ req, json }) => json(await feeEstimate(req)));
  v2.get("/fees/transfer", ({ json }) => json(1));
}
