/**
 * The vault's chain in the simulation: transactions in blocks, which a reorganisation may take back. Each block is executed
 * twice, by the model and by the real contract, and both must answer alike; what sync sees is the contract's.
 */
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { TOKENS, type Token } from "../../src/domain/tokens";
import type { Observation, ObservedAccount, ObservedEvent } from "../../src/stacks/observe";
import type { VaultEvent } from "../../src/stacks/vaultEvents";
import { DEPLOYMENT } from "./calls";
import { type ContractState, LAUNCH_HEIGHT, RealVault, timeOf } from "./contract";
import { json } from "./json";
import { requireSameState } from "./sameState";
import type { Caps, Tx } from "./transactions";
import { type Answer, type Now, VaultState } from "./vault";

/** Burn blocks, one a block here, below which no reorganisation reaches. */
export const FINALITY = 4;
/** Base units that may leave in 144 blocks; half of it at once. */
export const CAP = 300n;

interface Mined {
  tx: Tx;
  txId: string;
  height: number;
  /** The model's, until the contract has given its own. */
  answer: Answer;
}

const nowAt = (height: number): Now => ({ height, time: timeOf(height) });

export class Chain {
  height = LAUNCH_HEIGHT + 1;
  /** Transactions that were executed, with the order in which they were taken back and again. */
  executed = 0;
  /** Transactions that had to abort, and did. */
  refused = 0;
  /** How often each error was met, and "ok". */
  readonly answered = new Map<string, number>();
  private mined: Mined[] = [];
  /** How many of them the contract has executed. */
  private settled = 0;
  private tipState: VaultState;
  /** Since which height the blocks are of which fork; the last that applies names a block. */
  private forks: number[] = [];
  private sent = 0;
  /** Whether somebody saw the newest block: then it is what it is, and what comes is for the next. */
  private isSeen = false;
  /** The contract's books after all that it has executed. */
  private told: ContractState | null = null;
  private past: { height: number; state: VaultState; events: ObservedEvent[] } | null = null;

  private constructor(
    private readonly contract: RealVault,
    readonly caps: Caps,
  ) {
    this.tipState = this.atLaunch();
  }

  static async open(caps: Caps): Promise<Chain> {
    return new Chain(await RealVault.launch(caps), caps);
  }

  private atLaunch(): VaultState {
    const state = new VaultState(DEPLOYMENT.vaultContract, this.caps, LAUNCH_HEIGHT);
    state.sequence = BigInt(this.contract.launchEvents.length);
    return state;
  }

  send(tx: Tx): Answer {
    if (this.isSeen) this.mine(1);
    this.sent += 1;
    const answer = this.tipState.execute(tx, nowAt(this.height));
    this.mined.push({ tx, txId: `0x${this.sent.toString(16).padStart(64, "0")}`, height: this.height, answer });
    this.past = null;
    return answer;
  }

  /** What must abort. */
  refuses(tx: Tx) {
    const { error } = this.send(tx);
    if (error === null) assert.fail(`It should abort, and does not: ${json(tx)}`);
    this.refused += 1;
  }

  mine(blocks: number) {
    this.seal();
    this.height += blocks;
    this.isSeen = false;
    this.past = null;
  }

  /** Replaces the newest blocks by as many and `more`; of their transactions `keep` says which happen again, and when. */
  reorganise(depth: number, more: number, keep: (n: number) => boolean) {
    this.seal();
    const from = Math.max(this.height - depth + 1, LAUNCH_HEIGHT + 1);
    const kept = this.mined.filter(({ height }, n) => height < from || keep(n));
    this.forks.push(from);
    this.height += more;
    this.isSeen = true;
    this.tipState = this.atLaunch();
    this.past = null;
    this.mined = kept.map((one) => {
      const height = one.height < from ? one.height : Math.min(one.height + 1, this.height);
      return { ...one, height, answer: this.tipState.execute(one.tx, nowAt(height)) };
    });
    const again = this.contract.rewind(from);
    this.told = null;
    this.settled = this.mined.filter(({ height }) => height <= again).length;
    this.seal(true);
  }

  /** The real contract executes what it has not yet, block by block, and must answer as the model did. */
  private seal(isReplay = false) {
    const left = this.mined.slice(this.settled);
    while (left.length > 0) {
      const height = (left[0] as Mined).height;
      const next = left.findIndex((one) => one.height !== height);
      this.execute(height, left.splice(0, next < 0 ? left.length : next), isReplay);
    }
    if (this.settled < this.mined.length || isReplay) {
      const touched = this.mined.slice(this.settled).map(({ tx }) => tx);
      this.settled = this.mined.length;
      this.told = this.contract.state();
      requireSameState(this.contract, this.told, this.tipState, touched);
    }
  }

  /** The contract never breaks: what it can't do it refuses. */
  private answersTo(height: number, block: Mined[]): Answer[] {
    const txs = block.map(({ tx }) => tx);
    try {
      return this.contract.mine(height, txs);
    } catch (error) {
      assert.fail(`The contract breaks at ${json(txs)}: ${error}`);
    }
  }

  private execute(height: number, block: Mined[], isReplay: boolean) {
    const told = this.answersTo(height, block);
    this.executed += block.length;
    for (const [n, one] of block.entries()) {
      const { tx, answer } = one;
      if (!isDeepStrictEqual(told[n], answer)) {
        assert.fail(`To ${json(tx)} the contract says\n${json(told[n])}, the model\n${json(answer)}`);
      }
      one.answer = told[n] as Answer;
      const name = answer.error ?? "ok";
      if (!isReplay) this.answered.set(`${tx.kind} ${name}`, (this.answered.get(`${tx.kind} ${name}`) ?? 0) + 1);
    }
  }

  get forkCount(): number {
    return this.forks.length;
  }

  hashAt(height: number): string {
    const fork = this.forks.reduce((newest, from, n) => (from <= height ? n + 1 : newest), 0);
    return `0x${fork}f${height}`;
  }

  mark(height: number) {
    return { height, hash: this.hashAt(height), burnHeight: height, time: timeOf(height) };
  }

  get finalHeight(): number {
    return this.height - FINALITY;
  }

  /** The vault after everything up to a block, and all its events up to it. */
  at(height: number): { state: VaultState; events: ObservedEvent[] } {
    if (this.past?.height === height) return this.past;
    const isTip = height >= this.height;
    const state = isTip ? this.tipState : this.atLaunch();
    const launch = this.contract.launchEvents.map((event, n) => this.observed(event, `0x${n}launch`, LAUNCH_HEIGHT));
    const events = height < LAUNCH_HEIGHT ? [] : launch;
    for (const { tx, txId, height: blockHeight, answer } of this.mined) {
      if (blockHeight > height) break;
      const { error } = isTip ? answer : state.execute(tx, nowAt(blockHeight));
      if (error === null && answer.error === null && answer.event) {
        events.push(this.observed(answer.event, txId, blockHeight));
      }
    }
    this.past = { height, state, events };
    return this.past;
  }

  private observed(event: VaultEvent, txId: string, blockHeight: number): ObservedEvent {
    return {
      txId,
      eventIndex: 1,
      blockHeight,
      blockHash: this.hashAt(blockHeight),
      blockTime: timeOf(blockHeight),
      event,
    };
  }

  /** What a node shows of the vault at the tip, beside its events. */
  shown(): Pick<Observation, "tip" | "final" | "sequence" | "paused" | "guardian" | "accounts"> {
    this.seal();
    this.isSeen = true;
    this.told ??= this.contract.state();
    const { sequence, paused, guardian, stx, sbtc, heldStx, heldSbtc } = this.told;
    const shownOf = (token: Token, held: bigint, account: typeof stx): ObservedAccount => {
      const { balance, locked, withdrawals, settlements } = account;
      const { cap: withdrawalCap, usedByWindow, drainedAt } = withdrawals;
      return { token, held, balance, locked, withdrawalCap, usedByWindow, drainedAt, settlementCap: settlements.cap };
    };
    const accounts = TOKENS.map((token) =>
      token === "STX" ? shownOf(token, heldStx, stx) : shownOf(token, heldSbtc, sbtc),
    );
    const blocks = { tip: this.mark(this.height), final: this.mark(this.finalHeight) };
    return { ...blocks, sequence, paused, guardian, accounts };
  }
}
