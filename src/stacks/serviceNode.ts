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
const ofAccount = z.object({
  results: z.array(transaction.extend({ tx_id: z.string(), nonce: z.number().int() })),
});
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
  /** One for each id that was asked about. */
  sightings: { txId: string; sighting: Sighting }[];
  /** Of nonces that are spent while none of their ids is in a block: which transaction of the account has them. */
  rivals: { nonce: number; blockHeight: number }[];
}

/** A transaction to look for: any of these ids may have been mined. */
export interface Watched {
  nonce: number;
  txIds: string[];
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
    /** Sent as `x-api-key`; empty: none is. */
    private readonly apiKey = "",
  ) {}

  private async ask(path: string, body?: unknown): Promise<{ status: number; reply: unknown }> {
    const aborter = new AbortController();
    const timer = setTimeout(() => aborter.abort(), TIMEOUT_MS);
    const post = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const headers = { "content-type": "application/json", ...(this.apiKey && { "x-api-key": this.apiKey }) };
    try {
      const response = await fetch(`${this.baseUrl}${path}`, { headers, ...post, signal: aborter.signal });
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
   * Null while the chain is younger than finality.
   * @param asked `withVault`: also what calls that wait depend on
   */
  async look(
    deployment: VaultDeployment,
    asked: { sender: string; watched: Watched[]; withVault: boolean; finalityBurnBlocks: number },
  ): Promise<ServiceLook | null> {
    const tip = await this.api.latestBlock();
    const final = await this.api.blockOfBurnBlock(tip.burn_block_height - asked.finalityBurnBlocks);
    if (!final) return null;
    const [tipNonce, finalNonce] = await Promise.all([
      this.nonceAt(asked.sender, tip.index_block_hash),
      this.nonceAt(asked.sender, final.index_block_hash),
    ]);
    const { sightings, rivals } = await this.find(asked.sender, asked.watched, tipNonce);
    return {
      tip: { hash: tip.hash, time: tip.block_time },
      finalHeight: final.height,
      tipNonce,
      finalNonce,
      // Read last: a settlement that is seen in a block has left its bucket by then.
      vault: asked.withVault ? await this.vaultNow(deployment) : null,
      sightings,
      rivals,
    };
  }

  private async find(sender: string, watched: Watched[], tipNonce: number) {
    const sightings = await this.sightings(watched.flatMap(({ txIds }) => txIds));
    const mined = new Set(sightings.flatMap(({ txId, sighting }) => (sighting.kind === "mined" ? [txId] : [])));
    const missed = watched.filter(({ nonce, txIds }) => nonce < tipNonce && !txIds.some((id) => mined.has(id)));
    const rivals: ServiceLook["rivals"] = [];
    for (const { nonce, txIds } of missed) {
      const { results } = await this.read(ofAccount, `/extended/v1/tx?from_address=${sender}&nonce=${nonce}&limit=1`);
      const found = results.find((one) => one.nonce === nonce);
      if (found?.block_height === undefined) continue;
      const own = sightings.find(({ txId }) => txId === found.tx_id && txIds.includes(txId));
      if (own) own.sighting = sightingOf({ found: true, result: found });
      else rivals.push({ nonce, blockHeight: found.block_height });
    }
    return { sightings, rivals };
  }

  private async nonceAt(address: string, tip: string): Promise<number> {
    return (await this.read(account, `/v2/accounts/${address}?proof=0&tip=${tip.replace(/^0x/, "")}`)).nonce;
  }

  private async vaultNow(deployment: VaultDeployment): Promise<NonNullable<ServiceLook["vault"]>> {
    const { index_block_hash: tip } = await this.api.latestBlock();
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
