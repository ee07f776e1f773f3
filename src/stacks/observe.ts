/**
 * One look at the chain for sync: the tip, the newest final block, the vault's own counters and holdings at that tip,
 * and the vault's events that were not seen before. Reads only; `sync` decides what becomes of it.
 *
 * A look starts behind the newest event that was seen, if its block is still in the chain (canonical.ts), so its price
 * does not depend on how many events wait. The chain may change while it is read, and an API may be several nodes that
 * differ: a look whose parts do not belong to one chain is an ApiError, and the next one does better.
 */
import { expectOk } from "@clarigen/core";
import { MAX_AMOUNT, type Token } from "../domain/tokens";
import { ApiError, type StacksApi } from "./api";
import { type BlockMark, baseOf, finalBlock, isBehind, type Known, mark, requireCanonical } from "./canonical";
import { sbtcCalls, type VaultDeployment, vaultCalls } from "./deployment";
import { type ObservedEvent, readEvents } from "./eventPages";

export type { BlockMark, ObservedEvent };

/** The vault's counter of one token, what its address holds, its outflow bucket, and what settlements may pay. */
export interface ObservedAccount {
  token: Token;
  held: bigint;
  balance: bigint;
  locked: bigint;
  withdrawalCap: bigint;
  usedByWindow: bigint;
  drainedAt: bigint;
  /** Base units that settlements may pay in any window of 144 burn blocks. */
  settlementCap: bigint;
}

export interface Observation {
  tip: BlockMark;
  /** The newest block that is final; null while the chain is younger than finality. */
  final: BlockMark | null;
  /** The vault's last sequence at the tip. */
  sequence: bigint;
  /** Whether the guardian has stopped withdrawals, settlements and premiums. */
  paused: boolean;
  /** Who may stop them, and has to approve what leaves the treasury. */
  guardian?: string | undefined;
  /** Empty before the vault's launch. */
  accounts: ObservedAccount[];
  /** The last sequence that was seen before and still stands: what was seen above it is not in this chain. */
  after: bigint;
  /** In order of sequence, without a gap, starting right after `after`. */
  events: ObservedEvent[];
  /** The fork began before what this look asked about: that what is above `after` is gone is all that it says. */
  isStepBack?: boolean;
}

export type Look =
  /** The tip of the last complete look is still the tip. */
  | { kind: "same" }
  /** What answered knows less of the chain than we do. */
  | { kind: "behind" }
  | { kind: "seen"; observation: Observation };

interface VaultAccount {
  balance: bigint;
  locked: bigint;
  withdrawals: { cap: bigint; usedByWindow: bigint; drainedAt: bigint };
  settlements: { cap: bigint };
}

/** A cap may be set far above anything that exists; beyond int64 it means "no cap", and is stored as the largest int64. */
function observedAccount(token: Token, held: bigint, account: VaultAccount): ObservedAccount {
  const { balance, locked, withdrawals, settlements } = account;
  const bounded = (value: bigint) => (value > MAX_AMOUNT ? MAX_AMOUNT : value);
  const { cap, usedByWindow, drainedAt } = withdrawals;
  const bucket = { withdrawalCap: bounded(cap), usedByWindow: bounded(usedByWindow), drainedAt };
  return { token, held, balance, locked, ...bucket, settlementCap: bounded(settlements.cap) };
}

async function readAccounts(api: StacksApi, deployment: VaultDeployment, tip: string) {
  const state = await api.readOnly(vaultCalls(deployment).getVaultState(), tip);
  const heldSbtc = expectOk(await api.readOnly(sbtcCalls(deployment).getBalance(deployment.vaultContract), tip));
  const seen = { sequence: state.sequence, paused: state.paused, guardian: state.guardian };
  if (state.sbtcToken === null) return { ...seen, accounts: [] };
  const accounts = [observedAccount("STX", state.heldStx, state.stx), observedAccount("sBTC", heldSbtc, state.sbtc)];
  return { ...seen, accounts };
}

/**
 * @param known what earlier looks left behind
 * @param finalityBurnBlocks how many burn blocks below the tip a block counts as final
 * @throws DeepReorganisation, UndecodableEvent: going on would make the books wrong; ApiError: look again later
 */
export async function observeVault(
  api: StacksApi,
  deployment: VaultDeployment,
  known: Known,
  finalityBurnBlocks: number,
): Promise<Look> {
  const latest = await api.latestBlock();
  const tip = mark(latest);
  if (tip.hash === known.seenTip) return { kind: "same" };
  if (known.tip && isBehind(tip, known.tip)) return { kind: "behind" };
  const [state, base] = await Promise.all([
    readAccounts(api, deployment, latest.index_block_hash),
    baseOf(api, tip, known),
  ]);
  const final = await finalBlock(api, tip, finalityBurnBlocks, known.final);
  const { after } = base;
  const seen = { tip, final, ...state, after };
  const events = base.isKnown ? await readEvents(api, deployment, { after, sequence: state.sequence, tip, final }) : [];
  const isRead = events.length > 0 || after !== (known.newest?.sequence ?? known.booked);
  if (isRead) await requireCanonical(api, tip, tip);
  if (!base.isKnown) return { kind: "seen", observation: { ...seen, events, isStepBack: true } };
  if (after > known.booked && state.sequence < after) {
    throw new ApiError(`The vault is at sequence ${state.sequence}, but event ${after} is in the same chain.`);
  }
  return { kind: "seen", observation: { ...seen, events } };
}
