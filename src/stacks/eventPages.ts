/** The vault's events in order, from the API's pages of them: newest first, while the list grows at that end. */
import { ApiError, type ContractEvent, type StacksApi, type Transaction } from "./api";
import { type BlockMark, requireCanonical } from "./canonical";
import type { VaultDeployment } from "./deployment";
import { decodeVaultEvent, type VaultEvent } from "./vaultEvents";

/** The API's largest page. */
const PAGE_EVENTS = 50;
/** Of a page, only so many are counted on: events that arrive meanwhile push the list along, and must not push the
 * wanted ones out of the page. */
const WANTED_EVENTS = 40;
/** One look brings at most two pages, which is what one transaction can book; a long backlog takes several looks. */
const MAX_PAGES = 2;

export interface ObservedEvent {
  txId: string;
  eventIndex: number;
  blockHeight: number;
  blockHash: string;
  /** Unix seconds. */
  blockTime: number;
  event: VaultEvent;
}

/** With its place in the chain's order: block, transaction, event. */
interface PlacedEvent {
  observed: ObservedEvent;
  place: [number, number, number];
}

/** Joins a page of the vault's prints with their transactions; what did not succeed on the canonical chain is nothing. */
async function readPage(api: StacksApi, deployment: VaultDeployment, offset: number): Promise<PlacedEvent[]> {
  const page = await api.contractEvents(deployment.vaultContract, { limit: PAGE_EVENTS, offset });
  const prints = page.filter(
    (e) => e.contract_log?.contract_id === deployment.vaultContract && e.contract_log.topic === "print",
  );
  const transactions = await api.transactions([...new Set(prints.map((print) => print.tx_id))]);
  return prints.flatMap((print) => {
    const transaction = transactions.get(print.tx_id);
    if (transaction?.tx_status !== "success" || !transaction.canonical || !transaction.microblock_canonical) return [];
    return [placedEvent(print, transaction, deployment)];
  });
}

function placedEvent(print: ContractEvent, transaction: Transaction, deployment: VaultDeployment): PlacedEvent {
  const observed = {
    txId: print.tx_id,
    eventIndex: print.event_index,
    blockHeight: transaction.block_height,
    blockHash: transaction.block_hash,
    blockTime: transaction.block_time,
    event: decodeVaultEvent(print.contract_log?.value.hex ?? "", deployment.sbtcContract),
  };
  return { observed, place: [transaction.block_height, transaction.tx_index, print.event_index] };
}

/** The vault's numbers and the chain's order come from two answers: where they differ, these are of two chains. */
function requireOrder(events: PlacedEvent[]): void {
  for (const [n, { place, observed }] of events.entries()) {
    const before = events[n - 1];
    const step = before && place.map((value, at) => value - (before.place[at] as number)).find((by) => by !== 0);
    if (before && !(step && step > 0)) {
      throw new ApiError(`Event ${observed.event.sequence} stands before event ${before.observed.event.sequence}.`);
    }
  }
}

/** What follows each other in sequence, beginning with `from`. */
function runOf(page: PlacedEvent[], from: bigint): PlacedEvent[] {
  const bySequence = new Map(page.map((placed) => [placed.observed.event.sequence, placed]));
  const run: PlacedEvent[] = [];
  for (let next = bySequence.get(from); next; next = bySequence.get(from + BigInt(run.length))) run.push(next);
  return run;
}

export interface Wanted {
  /** The events after this sequence, */
  after: bigint;
  /** up to that one, the vault's last at the tip. */
  sequence: bigint;
  tip: BlockMark;
  final: BlockMark | null;
}

/**
 * The events after a sequence, without a gap, as many as one look takes. The vault numbers its prints from 1, so its
 * last sequence tells at which offset of the API's list the wanted page begins.
 */
export async function readEvents(
  api: StacksApi,
  deployment: VaultDeployment,
  { after, sequence, tip, final }: Wanted,
): Promise<ObservedEvent[]> {
  const read: PlacedEvent[] = [];
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const from = after + BigInt(read.length) + 1n;
    const left = Number(sequence - from) + 1;
    if (left <= 0) break;
    const found = await readPage(api, deployment, Math.max(0, left - WANTED_EVENTS));
    const run = runOf(found, from).filter(({ observed }) => observed.blockHeight <= tip.height);
    const last = run.at(-1)?.observed;
    if (!last) break;
    // One answer gave all their blocks, so the newest speaks for them; below finality there is one chain only.
    if (!final || last.blockHeight > final.height) {
      await requireCanonical(api, { height: last.blockHeight, hash: last.blockHash }, tip);
    }
    read.push(...run);
  }
  if (read.length === 0 && sequence > after) {
    throw new ApiError(`The vault is at sequence ${sequence}, but event ${after + 1n} is not shown yet.`);
  }
  requireOrder(read);
  return read.map(({ observed }) => observed);
}
