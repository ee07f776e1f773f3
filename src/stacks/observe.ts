/**
 * One look at the chain for sync: the tip, the newest final block, the vault's own counters and holdings at that tip,
 * and the vault's events after a cursor. Reads only; `sync` decides what becomes of it.
 */
import { expectOk } from "@clarigen/core";
import { MAX_AMOUNT, type Token } from "../domain/tokens";
import { ApiError, type Block, type ContractEvent, type StacksApi, type Transaction } from "./api";
import { sbtcCalls, type VaultDeployment, vaultCalls } from "./deployment";
import { decodeVaultEvent, type VaultEvent } from "./vaultEvents";

/** The API's largest page. */
const PAGE_EVENTS = 50;
/** Of a page, only so many are counted on: events that arrive meanwhile push the list along, and must not push the
 * wanted ones out of the page. */
const WANTED_EVENTS = 40;
/** One look brings at most three pages; a long backlog takes several looks. */
const MAX_PAGES = 3;

export interface BlockMark {
  height: number;
  hash: string;
  burnHeight: number;
  /** Unix seconds. */
  time: number;
}

export interface ObservedEvent {
  txId: string;
  eventIndex: number;
  blockHeight: number;
  blockHash: string;
  /** Unix seconds. */
  blockTime: number;
  event: VaultEvent;
}

/** The vault's counter of one token, what its address holds, and its outflow bucket. */
export interface ObservedAccount {
  token: Token;
  held: bigint;
  balance: bigint;
  locked: bigint;
  withdrawalCap: bigint;
  usedByWindow: bigint;
  drainedAt: bigint;
}

export interface Observation {
  tip: BlockMark;
  /** The newest block that is final; null while the chain is younger than finality. */
  final: BlockMark | null;
  /** The vault's last sequence at the tip. */
  sequence: bigint;
  /** Whether the guardian has stopped withdrawals, settlements and premiums. */
  paused: boolean;
  /** Empty before the vault's launch. */
  accounts: ObservedAccount[];
  /** In order of sequence, without a gap, starting right after the cursor. */
  events: ObservedEvent[];
}

function mark(block: Block): BlockMark {
  return { height: block.height, hash: block.hash, burnHeight: block.burn_block_height, time: block.block_time };
}

interface VaultAccount {
  balance: bigint;
  locked: bigint;
  withdrawals: { cap: bigint; usedByWindow: bigint; drainedAt: bigint };
}

/** A cap may be set far above anything that exists; beyond int64 it means "no cap", and is stored as the largest int64. */
function observedAccount(token: Token, held: bigint, { balance, locked, withdrawals }: VaultAccount): ObservedAccount {
  const bounded = (value: bigint) => (value > MAX_AMOUNT ? MAX_AMOUNT : value);
  const { cap, usedByWindow, drainedAt } = withdrawals;
  const bucket = { withdrawalCap: bounded(cap), usedByWindow: bounded(usedByWindow), drainedAt };
  return { token, held, balance, locked, ...bucket };
}

async function readAccounts(api: StacksApi, deployment: VaultDeployment, tip: string) {
  const state = await api.readOnly(vaultCalls(deployment).getVaultState(), tip);
  const heldSbtc = expectOk(await api.readOnly(sbtcCalls(deployment).getBalance(deployment.vaultContract), tip));
  const seen = { sequence: state.sequence, paused: state.paused };
  if (state.sbtcToken === null) return { ...seen, accounts: [] };
  const accounts = [observedAccount("STX", state.heldStx, state.stx), observedAccount("sBTC", heldSbtc, state.sbtc)];
  return { ...seen, accounts };
}

/** Joins a page of the vault's prints with their transactions; what did not succeed on the canonical chain is nothing. */
async function readPage(api: StacksApi, deployment: VaultDeployment, offset: number): Promise<ObservedEvent[]> {
  const page = await api.contractEvents(deployment.vaultContract, { limit: PAGE_EVENTS, offset });
  const prints = page.filter(
    (e) => e.contract_log?.contract_id === deployment.vaultContract && e.contract_log.topic === "print",
  );
  const transactions = await api.transactions([...new Set(prints.map((print) => print.tx_id))]);
  return prints.flatMap((print) => {
    const transaction = transactions.get(print.tx_id);
    if (transaction?.tx_status !== "success" || !transaction.canonical || !transaction.microblock_canonical) return [];
    return [observedEvent(print, transaction, deployment)];
  });
}

function observedEvent(print: ContractEvent, transaction: Transaction, deployment: VaultDeployment): ObservedEvent {
  return {
    txId: print.tx_id,
    eventIndex: print.event_index,
    blockHeight: transaction.block_height,
    blockHash: transaction.block_hash,
    blockTime: transaction.block_time,
    event: decodeVaultEvent(print.contract_log?.value.hex ?? "", deployment.sbtcContract),
  };
}

/**
 * The events right after `cursor`, without a gap. The vault numbers its prints from 1, so the newest sequence tells at
 * which offset of the API's list, newest first, the wanted page begins.
 */
async function readEvents(api: StacksApi, deployment: VaultDeployment, cursor: bigint, sequence: bigint) {
  const run: ObservedEvent[] = [];
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const from = cursor + BigInt(run.length) + 1n;
    const wanted = Number(sequence - from) + 1;
    if (wanted <= 0) break;
    const found = await readPage(api, deployment, Math.max(0, wanted - WANTED_EVENTS));
    const bySequence = new Map(found.map((observed) => [observed.event.sequence, observed]));
    if (!bySequence.has(from)) break;
    for (let next = from, event = bySequence.get(next); event; next += 1n, event = bySequence.get(next))
      run.push(event);
  }
  if (run.length === 0 && sequence > cursor) {
    throw new ApiError(`The vault is at sequence ${sequence}, but event ${cursor + 1n} is not shown yet.`);
  }
  return run;
}

/**
 * @param cursor the last sequence that is in the books
 * @param seenTip hash of the tip of the last completed look; null comes back when nothing is newer
 * @param finalityBurnBlocks how many burn blocks below the tip a block counts as final
 */
export async function observeVault(
  api: StacksApi,
  deployment: VaultDeployment,
  { cursor, seenTip, finalityBurnBlocks }: { cursor: bigint; seenTip: string | null; finalityBurnBlocks: number },
): Promise<Observation | null> {
  const latest = await api.latestBlock();
  if (latest.hash === seenTip) return null;
  const final = await api.blockOfBurnBlock(latest.burn_block_height - finalityBurnBlocks);
  const { sequence, paused, accounts } = await readAccounts(api, deployment, latest.index_block_hash);
  const events = await readEvents(api, deployment, cursor, sequence);
  return {
    tip: mark(latest),
    final: final && mark(final),
    sequence,
    paused,
    accounts,
    events: events.filter((observed) => observed.blockHeight <= latest.height),
  };
}
