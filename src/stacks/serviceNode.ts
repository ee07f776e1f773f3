/**
 * What the outbox asks of a Stacks node: one look at the service's account and transactions, and the broadcast of signed
 * bytes. Reads decide nothing; silence and unknown answers are ApiErrors, after which everything may be asked again.
 */
import { z } from "zod";
import type { Token } from "../domain/tokens";
import type { Sighting } from "../domain/transactions";
import { ApiError, type StacksApi } from "./api";
import { tokenArgument, type VaultDeployment, vaultCalls } from "./deployment";

const account = z.object({ nonce: z.number().int() });

const transaction = z.object({
  tx_status: z.string(),
  canonical: z.boolean().default(true),
  microblock_canonical: z.boolean().default(true),
  block_height: z.number().int().optional(),
  tx_result: z.object({ repr: z.string() }).optional(),
});
const transactions = z.record(z.string(), z.object({ found: z.boolean(), result: z.unknown().optional() }));
const rejection = z.object({ error: z.string(), reason: z.string() });

export interface ServiceLook {
  /** Block time in unix seconds. */
  tip: { hash: string; time: number };
  finalHeight: number;
  /** The account's next nonce at the tip and at the final block. */
  tipNonce: number;
  finalNonce: number;
  /** What calls that wait depend on; null if it was not asked. Room in base units. */
  vault: null | { service: string; paused: boolean; settlementRoom: Record<Token, bigint> };
  /** One for each transaction that was asked about. */
  sightings: { txId: string; sighting: Sighting }[];
}

/** What a node says to signed bytes. */
export type BroadcastReply = { kind: "taken" } | { kind: "refused"; reason: string };

const TIMEOUT_MS = 10_000;
/** The API's most at once. */
const PAGE_TRANSACTIONS = 50;

export class ServiceNode {
  constructor(
    private readonly baseUrl: string,
    private readonly api: Pick<StacksApi, "latestBlock" | "blockOfBurnBlock" | "readOnly">,
  ) {}

  private async ask(path: string, body?: unknown): Promise<{ status: number; reply: unknown }> {
    const aborter = new AbortController();
    const timer = setTimeout(() => aborter.abort(), TIMEOUT_MS);
    const post = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    try {
      const init = { ...(body !== undefined && post), signal: aborter.signal };
      const response = await fetch(`${this.baseUrl}${path}`, init);
      return { status: response.status, reply: JSON.parse(await response.text()) };
    } catch (error) {
      throw new ApiError(`${path}: ${String(error)}`);
    } finally {
      clearTimeout(timer);
    }
  }

  private async read<T>(shape: z.ZodType<T>, path: string): Promise<T> {
    const { status, reply } = await this.ask(path);
    const parsed = shape.safeParse(reply);
    if (status === 200 && parsed.success) return parsed.data;
    throw new ApiError(`${path} answered ${status}: ${JSON.stringify(reply).slice(0, 200)}`);
  }

  /** The tip's hash, to see whether anything is new. */
  async tipHash(): Promise<string> {
    return (await this.api.latestBlock()).hash;
  }

  /**
   * The nonces are read before the transactions: whoever used a nonce that is spent at the final block shows by then.
   * Null while the chain is younger than finality.
   */
  async look(
    deployment: VaultDeployment,
    asked: { sender: string; txIds: string[]; withVault: boolean; finalityBurnBlocks: number },
  ): Promise<ServiceLook | null> {
    const tip = await this.api.latestBlock();
    const final = await this.api.blockOfBurnBlock(tip.burn_block_height - asked.finalityBurnBlocks);
    if (!final) return null;
    const [tipNonce, finalNonce, vault] = await Promise.all([
      this.nonceAt(asked.sender, tip.index_block_hash),
      this.nonceAt(asked.sender, final.index_block_hash),
      asked.withVault ? this.vaultAt(deployment, tip.index_block_hash) : null,
    ]);
    const sightings = await this.sightings(asked.txIds);
    return {
      tip: { hash: tip.hash, time: tip.block_time },
      finalHeight: final.height,
      tipNonce,
      finalNonce,
      vault,
      sightings,
    };
  }

  private async nonceAt(address: string, tip: string): Promise<number> {
    return (await this.read(account, `/v2/accounts/${address}?proof=0&tip=${tip.replace(/^0x/, "")}`)).nonce;
  }

  private async vaultAt(deployment: VaultDeployment, tip: string): Promise<NonNullable<ServiceLook["vault"]>> {
    const vault = vaultCalls(deployment);
    const roomOf = async (token: Token) => {
      const bucket = await this.api.readOnly(vault.getBucket(tokenArgument(deployment, token)), tip);
      return bucket?.settlements.room ?? 0n;
    };
    const [state, STX, sBTC] = await Promise.all([
      this.api.readOnly(vault.getVaultState(), tip),
      roomOf("STX"),
      roomOf("sBTC"),
    ]);
    return { service: state.service, paused: state.paused, settlementRoom: { STX, sBTC } };
  }

  private async sightings(txIds: string[]): Promise<ServiceLook["sightings"]> {
    const seen: ServiceLook["sightings"] = [];
    for (let from = 0; from < txIds.length; from += PAGE_TRANSACTIONS) {
      const page = txIds.slice(from, from + PAGE_TRANSACTIONS);
      const query = page.map((id) => `tx_id=${id}`).join("&");
      const found = await this.read(transactions, `/extended/v1/tx/multiple?${query}`);
      for (const txId of page) seen.push({ txId, sighting: sightingOf(found[txId]) });
    }
    return seen;
  }

  /** @param bytes hex without 0x */
  async broadcast(bytes: string): Promise<BroadcastReply> {
    const { status, reply } = await this.ask("/v2/transactions", { tx: bytes });
    if (status === 200) return { kind: "taken" };
    const refused = rejection.safeParse(reply);
    if (refused.success) return { kind: "refused", reason: refused.data.reason };
    throw new ApiError(`/v2/transactions answered ${status}: ${JSON.stringify(reply).slice(0, 200)}`);
  }
}

/** What fell out of the canonical chain is unknown until it shows elsewhere. */
function sightingOf(entry: { found: boolean; result?: unknown } | undefined): Sighting {
  if (!entry?.found) return { kind: "unknown" };
  const parsed = transaction.safeParse(entry.result);
  if (!parsed.success) throw new ApiError(`A transaction of another shape: ${JSON.stringify(entry).slice(0, 200)}`);
  const { tx_status: status, canonical, microblock_canonical, block_height: blockHeight, tx_result } = parsed.data;
  if (status === "pending") return { kind: "pending" };
  if (status.startsWith("dropped_")) return { kind: "dropped", reason: status };
  if (!canonical || !microblock_canonical || blockHeight === undefined) return { kind: "unknown" };
  if (status === "success") return { kind: "mined", blockHeight, failure: null };
  const code = /^\(err u(\d+)\)$/.exec(tx_result?.repr ?? "")?.[1];
  return { kind: "mined", blockHeight, failure: { reason: status, code: code === undefined ? null : Number(code) } };
}
