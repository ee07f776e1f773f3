/** The Stacks node's own routes (/v2): what `@stacks/transactions` calls. */
import { createHash } from "node:crypto";
import type { ReadOnlyFunctionSuccessResponse } from "@stacks/stacks-blockchain-api-types";
import { hexToCV, serializeCVBytes, validateStacksAddress } from "@stacks/transactions";
import type { Hono, HonoRequest } from "hono";
import { z } from "zod";
import { hexU128 } from "./admission";
import type { Chain } from "./chain";
import { VmError } from "./clarityVm";
import { badRequest, HttpError, jsonBody, notFound } from "./http";
import type { Miner } from "./miner";
import { Rejection } from "./rejection";

/** A signature and the fixed parts of a transaction, in bytes, where the caller names only its payload. */
const ENVELOPE_BYTES = 200;

const readOnlyBody = z.object({ sender: z.string(), arguments: z.array(z.string()) });
const feeBody = z.object({
  transaction_payload: z.string().regex(/^(0x)?([0-9a-f]{2})+$/i),
  estimated_len: z.number().int().positive().optional(),
});
const broadcastBody = z.object({ tx: z.string() });

/** A Clarity value that a stranger sent, serialised anew: the VM traps on bytes that are none. */
function clarityBytes(hex: string): Uint8Array {
  try {
    return serializeCVBytes(hexToCV(hex));
  } catch {
    throw badRequest("An argument is not a serialised Clarity value in hex.");
  }
}

export function principalOf(text: string): string {
  const [address = "", contract = "none"] = text.split(".");
  if (validateStacksAddress(address) && /^[a-zA-Z][a-zA-Z0-9_-]{0,127}$/.test(contract)) return text;
  throw badRequest(`${text} is not a Stacks principal.`);
}

function contractOf(request: HonoRequest): string {
  return principalOf(`${request.param("address")}.${request.param("name")}`);
}

function info({ tip }: Chain) {
  return {
    burn_block_height: tip.burnHeight,
    server_version: "bithedge local Stacks node (Clarity VM of @stacks/clarinet-sdk)",
    network_id: 0x80000000,
    stacks_tip_height: tip.height,
    stacks_tip: tip.hash.slice(2),
    tenure_height: tip.burnHeight,
    is_fully_synced: true,
  };
}

/**
 * The VM has no history, so the tip is the only block that can be read at. A block that only empty ones follow holds
 * the same contract data, so it passes for the tip: a reader that asks for the latest block and then reads at it is
 * not thrown off by the next second.
 */
function requireTip(chain: Chain, request: HonoRequest): void {
  const asked = request.query("tip") || "latest";
  if (asked === "latest") return;
  const block = chain.blocks.byHash(`0x${asked.replace(/^0x/, "")}`);
  if (block && block.height >= chain.lastChange.height) return;
  const why = block ? "its state has changed since, and this node keeps no history" : "no such block";
  throw notFound(`Cannot read at tip ${asked}: ${why}.`);
}

async function callReadOnly(chain: Chain, request: HonoRequest): Promise<ReadOnlyFunctionSuccessResponse> {
  const contractId = contractOf(request);
  const { sender, arguments: args } = await jsonBody(request, readOnlyBody);
  requireTip(chain, request);
  const [from, values] = [principalOf(sender), args.map(clarityBytes)];
  if (!chain.contract(contractId)) return { okay: false, cause: `NoSuchContract: ${contractId}` };
  try {
    return { okay: true, result: chain.read((vm) => vm.readOnly(contractId, request.param("fn") ?? "", values, from)) };
  } catch (error) {
    if (error instanceof VmError) return { okay: false, cause: error.message };
    throw error;
  }
}

async function mapEntry(chain: Chain, request: HonoRequest) {
  const [contractId, map = ""] = [contractOf(request), request.param("map")];
  const isKnown = chain.contract(contractId)?.maps.some(({ name }) => name === map);
  if (!isKnown) throw notFound(`${contractId} has no map ${map}.`);
  const key = clarityBytes(await jsonBody(request, z.string()));
  requireTip(chain, request);
  return { data: chain.read((vm) => vm.mapEntry(contractId, map, key)) ?? "0x09" };
}

function contractInterface(chain: Chain, request: HonoRequest) {
  const id = contractOf(request);
  const found = chain.contract(id);
  if (!found) throw notFound(`No contract interface data found for ${id}`);
  return found;
}

/** A byte costs one micro-STX at least; nobody bids for room in a local block, so that is also the estimate. */
async function feeEstimate(request: HonoRequest) {
  const { transaction_payload: payload, estimated_len: length } = await jsonBody(request, feeBody);
  const bytes = length ?? payload.length / 2 + ENVELOPE_BYTES;
  return { estimations: [1, 2, 4].map((rate) => ({ fee_rate: rate, fee: bytes * rate })) };
}

async function broadcast(miner: Miner, request: HonoRequest): Promise<string> {
  const body = Buffer.from(await request.arrayBuffer());
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

function account(chain: Chain, principal: string) {
  const balance = hexU128(chain.balanceOf(principal));
  return { balance, locked: hexU128(0n), unlock_height: 0, nonce: chain.nonceOf(principal) };
}

export function nodeRoutes(app: Hono, chain: Chain, miner: Miner): void {
  const v2 = app.basePath("/v2");
  v2.get("/info", ({ json }) => json(info(chain)));
  v2.get("/accounts/:principal", ({ req, json }) => json(account(chain, principalOf(req.param("principal")))));
  v2.post("/transactions", async ({ req, json }) => json(await broadcast(miner, req)));
  v2.post("/contracts/call-read/:address/:name/:fn", async ({ req, json }) => json(await callReadOnly(chain, req)));
  v2.get("/contracts/interface/:address/:name", ({ req, json }) => json(contractInterface(chain, req)));
  v2.post("/map_entry/:address/:name/:map", async ({ req, json }) => json(await mapEntry(chain, req)));
  v2.post("/fees/transaction", async ({ req, json }) => json(await feeEstimate(req)));
  v2.get("/fees/transfer", ({ json }) => json(1));
}
