/** The Stacks node's own routes (/v2): what `@stacks/transactions` calls. */

import type {
  ContractSourceResponse,
  CoreNodeInfoResponse,
  MapEntryResponse,
  ReadOnlyFunctionSuccessResponse,
  TransactionFeeEstimateResponse,
} from "@stacks/stacks-blockchain-api-types";
import { cvToHex, deserializePayload, hexToCV, validateStacksAddress } from "@stacks/transactions";
import { z } from "zod";
import { hexU128 } from "./admission";
import type { Chain } from "./chain";
import { VmError } from "./clarityVm";
import { type ApiRequest, badRequest, HttpError, jsonBody, notFound, type Route } from "./http";
import type { Miner } from "./miner";
import { Rejection } from "./rejection";

const NETWORK_ID = 0x80000000;
/** A signature and the fixed parts of a transaction, in bytes, where the caller names only its payload. */
const ENVELOPE_BYTES = 200;

const readOnlyBody = z.object({ sender: z.string(), arguments: z.array(z.string()) });
const feeBody = z.object({ transaction_payload: z.string(), estimated_len: z.number().int().positive().optional() });
const broadcastBody = z.object({ tx: z.string() });

function parsed<T>(shape: z.ZodType<T>, body: Buffer): T {
  const result = shape.safeParse(jsonBody(body));
  if (result.success) return result.data;
  throw badRequest(z.prettifyError(result.error));
}

/** A Clarity value that a stranger sent, serialised anew: the VM traps on bytes that are none. */
function clarityBytes(hex: string): Uint8Array {
  try {
    return Uint8Array.from(Buffer.from(cvToHex(hexToCV(hex)).replace(/^0x/, ""), "hex"));
  } catch {
    throw badRequest("An argument is not a serialised Clarity value in hex.");
  }
}

export function principalOf(text: string): string {
  const [address = "", contract] = text.split(".");
  const isContractName = contract === undefined || /^[a-zA-Z][a-zA-Z0-9_-]{0,127}$/.test(contract);
  if (validateStacksAddress(address) && isContractName) return text;
  throw badRequest(`${text} is not a Stacks principal.`);
}

function contractOf({ params: { address = "", name = "" } }: ApiRequest): string {
  return principalOf(`${address}.${name}`);
}

function info({ tip }: Chain): CoreNodeInfoResponse & { is_fully_synced: boolean; tenure_height: number } {
  const consensus = tip.indexHash.slice(2, 42);
  return {
    peer_version: 402653196,
    pox_consensus: consensus,
    burn_block_height: tip.burnHeight,
    stable_pox_consensus: consensus,
    stable_burn_block_height: tip.burnHeight,
    server_version: "bithedge local Stacks node (Clarity VM of @stacks/clarinet-sdk)",
    network_id: NETWORK_ID,
    parent_network_id: 3669344250,
    stacks_tip_height: tip.height,
    stacks_tip: tip.hash.slice(2),
    stacks_tip_consensus_hash: consensus,
    unanchored_tip: "",
    exit_at_block_height: 0,
    tenure_height: tip.burnHeight,
    is_fully_synced: true,
  };
}

/**
 * The VM has no history, so the tip is the only block that can be read at. A block that only empty ones follow holds
 * the same contract data, so it passes for the tip: a reader that asks for the latest block and then reads at it is
 * not thrown off by the next second.
 */
function requireTip(chain: Chain, query: URLSearchParams): void {
  const asked = query.get("tip");
  if (asked === null || asked === "" || asked === "latest") return;
  const block = chain.blocks.byHash(`0x${asked.replace(/^0x/, "")}`);
  if (block && block.height >= chain.lastChange.height) return;
  const why = block ? "its state has changed since, and this node keeps no history" : "no such block";
  throw new HttpError(404, { error: `Cannot read at tip ${asked}: ${why}.` });
}

function callReadOnly(chain: Chain, request: ApiRequest): ReadOnlyFunctionSuccessResponse {
  const contractId = contractOf(request);
  const { sender, arguments: args } = parsed(readOnlyBody, request.body);
  requireTip(chain, request.query);
  const [from, values] = [principalOf(sender), args.map(clarityBytes)];
  try {
    if (!chain.contract(contractId)) return { okay: false, cause: `NoSuchContract: ${contractId}` };
    const result = chain.read((vm) => vm.readOnly(contractId, request.params.fn ?? "", values, from));
    return { okay: true, result };
  } catch (error) {
    if (error instanceof VmError) return { okay: false, cause: error.message };
    throw error;
  }
}

function mapEntry(chain: Chain, request: ApiRequest): MapEntryResponse {
  const [contractId, map] = [contractOf(request), request.params.map ?? ""];
  const known = chain.contract(contractId)?.maps.some(({ name }) => name === map);
  if (!known) throw notFound(`${contractId} has no map ${map}.`);
  requireTip(chain, request.query);
  const key = clarityBytes(parsed(z.string(), request.body));
  return { data: chain.read((vm) => vm.mapEntry(contractId, map, key)) ?? "0x09" };
}

function dataVar(chain: Chain, request: ApiRequest): { data: string } {
  const [contractId, name] = [contractOf(request), request.params.variable ?? ""];
  const variables = chain.contract(contractId)?.variables ?? [];
  if (!variables.some((v) => v.name === name && v.access === "variable")) {
    throw notFound(`${contractId} has no data variable ${name}.`);
  }
  requireTip(chain, request.query);
  return { data: chain.read((vm) => vm.dataVar(contractId, name)) };
}

function source(chain: Chain, request: ApiRequest): ContractSourceResponse {
  const contractId = contractOf(request);
  const text = chain.read((vm) => vm.source(contractId));
  if (text === undefined) throw notFound(`No contract source data found for ${contractId}`);
  return { source: text, publish_height: chain.publishHeight(contractId), proof: "" };
}

/** A byte costs one micro-STX at least; nobody bids for room in a local block, so that is also the estimate. */
function feeEstimate({ body }: ApiRequest): TransactionFeeEstimateResponse {
  const { transaction_payload: payload, estimated_len: length } = parsed(feeBody, body);
  const hex = payload.replace(/^0x/, "");
  try {
    deserializePayload(hex);
  } catch {
    throw badRequest("transaction_payload is not a serialised payload in hex.");
  }
  const bytes = length ?? hex.length / 2 + ENVELOPE_BYTES;
  return {
    estimated_cost_scalar: bytes,
    cost_scalar_change_by_byte: 1,
    estimated_cost: { read_count: 0, read_length: 0, runtime: 0, write_count: 0, write_length: 0 },
    estimations: [1, 2, 4].map((rate) => ({ fee_rate: rate, fee: bytes * rate })),
  };
}

function broadcast(miner: Miner, { body }: ApiRequest): string {
  // JSON where it is JSON, else the bytes themselves: a transaction begins with 0x00 or 0x80.
  const isJson = body.toString("latin1").trimStart().startsWith("{");
  const raw = isJson ? parsed(broadcastBody, body).tx.replace(/^0x/, "") : body.toString("hex");
  try {
    return miner.submit(raw).slice(2);
  } catch (error) {
    throw error instanceof Rejection ? new HttpError(400, error) : error;
  }
}

function account(chain: Chain, principal: string) {
  const proofs = { balance_proof: "", nonce_proof: "" };
  const balance = hexU128(chain.balanceOf(principal));
  return { balance, locked: hexU128(0n), unlock_height: 0, nonce: chain.nonceOf(principal), ...proofs };
}

export function nodeRoutes(chain: Chain, miner: Miner): Route[] {
  const contract = "/v2/contracts";
  return [
    { method: "GET", path: "/v2/info", handle: () => info(chain) },
    {
      method: "GET",
      path: "/v2/accounts/:principal",
      handle: ({ params }) => account(chain, principalOf(params.principal ?? "")),
    },
    { method: "POST", path: "/v2/transactions", handle: (request) => broadcast(miner, request) },
    {
      method: "POST",
      path: `${contract}/call-read/:address/:name/:fn`,
      handle: (request) => callReadOnly(chain, request),
    },
    { method: "GET", path: `${contract}/source/:address/:name`, handle: (request) => source(chain, request) },
    {
      method: "GET",
      path: `${contract}/interface/:address/:name`,
      handle: (request) => {
        const id = contractOf(request);
        const found = chain.contract(id);
        if (!found) throw notFound(`No contract interface data found for ${id}`);
        return found;
      },
    },
    { method: "POST", path: "/v2/map_entry/:address/:name/:map", handle: (request) => mapEntry(chain, request) },
    { method: "GET", path: "/v2/data_var/:address/:name/:variable", handle: (request) => dataVar(chain, request) },
    { method: "POST", path: "/v2/fees/transaction", handle: feeEstimate },
    { method: "GET", path: "/v2/fees/transfer", handle: () => 1 },
  ];
}
