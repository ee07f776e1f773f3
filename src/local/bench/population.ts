/**
 * A database as a while of business leaves it: so many providers, what they committed, deposited, withdrew, left in suspense
 * and put behind policies, and the books of it. The documents are written past the functions, which would take hours, but
 * checked by the schema like any other. One provider more, the caller, has the same in every population.
 */
import { convexToJson, type Value } from "convex/values";
import type { Id } from "../../../convex/_generated/dataModel";
import { standingOf } from "../../domain/allocation";
import { NO_HOLD } from "../../domain/holds";
import {
  type AuthorisedWithdrawal,
  accountName,
  collectionEntry,
  depositEntry,
  type Entry,
  ownerOf,
  reserveEntry,
  unreserveEntry,
  withdrawalEntry,
} from "../../domain/ledger";
import { soldEntry } from "../../domain/policyEntries";
import { DEFAULT_RULES, TIERS, type Tier } from "../../domain/tiers";
import { TOKENS, type Token } from "../../domain/tokens";
import type { Observation, ObservedEvent } from "../../stacks/observe";
import type { VaultEvent } from "../../stacks/vaultEvents";
import { Database } from "../host/database";
import type { Engine } from "../host/engine";
import { backedPolicy, isBacked, LOCK, STRIKES } from "./backed";
import { insertTold } from "./footprintWebhooks";
import { GUARDIAN } from "./guardian";
import { type Insert, insertIdleLoops, type Open, owedCall, owedCalls } from "./owed";
import { TierTotals } from "./tierTotals";

export const CALLER = "ST1SJ3DTE5DN7X54YDH5D64R3BCB6A2AG2ZQ8YPD5";
/** Base units of each deposit; its tenth parts are withdrawn. */
export const DEPOSIT: Record<Token, bigint> = { STX: 5_000_000n, sBTC: 500_000n };
const PART = 10n;
/** Of a position, in such parts; and the strike of the policy that it backs, if it does. */
type Parts = { reserved: bigint; paid: bigint; strike?: bigint | undefined };
/** Block time of everything that has happened, unix seconds, and when what is open expires. */
const THEN = 1_800_000_000;
export const EXPIRES = BigInt(THEN + 3_600);
const CAP = 10n ** 18n;
const SIGNATURE = "0".repeat(130);
/** Enough that every batch of a job is full in the smallest population too. */
const REGULARS = 300;
const PROVIDERS_A_TRANSACTION = 250;

type Position = { id: Id<"positions">; provider: string; tier: Tier; token: Token };

export class Population {
  /** By the ids of positions. */
  readonly #owners = new Map<string, string>();
  readonly commitments: Open[] = [];
  readonly authorisations: Open[] = [];
  /** The vault's own counters. */
  readonly balances: Record<Token, bigint> = { STX: 0n, sBTC: 0n };
  readonly locks: Record<Token, bigint> = { STX: 0n, sBTC: 0n };
  sequence = 0n;
  /** Documents of an open commitment and of an open withdrawal of the caller's. */
  lastCommitment = "";
  lastWithdrawal = "";
  height = 1;
  /** Block time of what sync sees. */
  time = THEN;
  #insert: Insert = () => {
    throw new Error("Documents are written in a transaction.");
  };
  #lastId = 0n;
  readonly #tiers = new TierTotals();

  private constructor(private readonly engine: Engine) {}

  /** Fills an empty database with so many providers beside the regulars and the caller. */
  static async of(engine: Engine, asked: number): Promise<Population> {
    const population = new Population(engine);
    const providers = REGULARS + asked;
    for (let from = 0; from < providers; from += PROVIDERS_A_TRANSACTION) {
      const to = Math.min(providers, from + PROVIDERS_A_TRANSACTION);
      await population.#write(() => {
        for (let n = from; n < to; n++) population.#provider(n);
      });
    }
    await population.#write(() => population.#caller());
    await population.#write(() => population.#totals());
    return population;
  }

  /** The vault's next event. */
  next(event: VaultEvent): ObservedEvent {
    return {
      txId: `0x${event.sequence.toString(16).padStart(64, "0")}`,
      eventIndex: 1,
      blockHeight: this.height,
      blockHash: `0xb${this.height}`,
      blockTime: this.time,
      event,
    };
  }

  /** What an event of the vault says of a movement. */
  move(token: Token, amount: bigint) {
    this.balances[token] += amount;
    this.sequence += 1n;
    return { token, balance: this.balances[token], locked: this.locks[token], sequence: this.sequence };
  }

  async #write(work: () => void): Promise<void> {
    const schema = this.engine.installation?.app.tables;
    await this.engine.transact((transaction) => {
      const database = new Database(transaction, "", (table) => schema?.get(table)?.document ?? null);
      this.#insert = (table, fields) => database.insert({ table, value: convexToJson(fields as unknown as Value) });
      work();
    });
  }

  #newId(): bigint {
    this.#lastId += 1n;
    return this.#lastId;
  }

  /** Every provider has a position and a commitment that waits; every second one an authorisation; some have a past. */
  #provider(n: number): void {
    const provider = `ST${n.toString(36).toUpperCase().padStart(38, "0")}`;
    const token = TOKENS[n % 2] as Token;
    this.#insert("providers", { principal: provider, firstSeen: THEN });
    if (n >= REGULARS)
      this.#insert("outboxCalls", owedCall(`past:${n}`, { kind: "revoke", authorizationId: this.#newId() }, "done"));
    this.#insert("spentSignIns", { nonce: `${n}`, expiresAt: n < REGULARS ? 0 : Number.MAX_SAFE_INTEGER });
    this.#insert("acts", { at: THEN, act: "breakers.trip", actor: "bench", reason: `${n}`, facts: {} });
    if (n < REGULARS) insertTold(this.#insert, provider);
    const [reserved, paid] = [n % 2 === 0 ? 1n : 0n, n % 5 === 0 ? 1n : 0n];
    const tier = TIERS[n % 3] as Tier;
    const strike = isBacked({ tier, token }) ? STRIKES[n < REGULARS ? "near" : "far"] : undefined;
    const position = this.#position(provider, tier, token, { reserved, paid, strike });
    this.#commitment(position, "open");
    if (reserved > 0n) this.#authorisation(position, "authorised");
    if (paid > 0n) this.#withdrawn(position);
    if (n % 10 === 0) this.#unclaimed(provider, token);
    if (n % 25 === 0) this.#expired(position);
  }

  /** A position in every tier and token, suspense in both tokens, and a few of everything that waits. */
  #caller(): void {
    this.#insert("providers", { principal: CALLER, firstSeen: THEN });
    for (const token of TOKENS) {
      for (const tier of TIERS) {
        const reserved = tier === "Aggressive" ? 1n : 0n;
        const position = this.#position(CALLER, tier, token, { reserved, paid: 0n });
        this.#commitment(position, "open");
        if (reserved > 0n) this.#authorisation(position, "authorised");
      }
      this.#unclaimed(CALLER, token);
    }
  }

  #position(provider: string, tier: Tier, token: Token, parts: Parts): Position {
    const amount = DEPOSIT[token];
    const [reserved, paid] = [(parts.reserved * amount) / PART, (parts.paid * amount) / PART];
    const locked = parts.strike ? LOCK : 0n;
    const accruedYield = provider === CALLER && tier === "Aggressive" ? 1n : 0n;
    const available = amount - reserved - paid - locked - accruedYield;
    const pockets = { available, reserved, locked, accruedYield };
    const use = { acceptingPolicies: true, policies: parts.strike ? 1 : 0, healthStatus: "Healthy" as const };
    const standing = standingOf({ ...pockets, ...use }, DEFAULT_RULES[tier][token]);
    const fields = { provider, tier, token, ...pockets, hold: NO_HOLD, ...use, ...standing, asOf: THEN };
    const id = this.#insert("positions", fields) as Id<"positions">;
    const position = { id, provider, tier, token };
    this.#owners.set(id, provider);
    this.#tiers.addPosition(position, { capital: amount - paid - accruedYield, locked });
    if (parts.strike) this.#backs(position, { strike: parts.strike, available });
    // Yield that came out of capital: a collection the other way round.
    if (accruedYield > 0n) this.#book(collectionEntry(id, token, { positionId: id, amount: -accruedYield }));
    const reference = this.#commitment(position, "fulfilled");
    this.#deposited(provider, token, reference, { positionId: id, amount });
    return position;
  }

  #commitment({ provider, tier, token }: Position, status: "open" | "fulfilled"): bigint {
    const reference = this.#newId();
    const [amount, expiresAt] = [DEPOSIT[token], Number(EXPIRES)];
    const request = { reference, provider, depositor: provider, token, tier, amount, expiresAt };
    const id = this.#insert("commitments", { ...request, status });
    if (status === "fulfilled") return reference;
    this.lastCommitment = id;
    this.commitments.push({ provider, tier, token, amount, id: reference });
    this.#tiers.hold({ tier, token }, amount);
    return reference;
  }

  /** It stands behind a policy that was sold. */
  #backs({ id, provider, token }: Position, { strike, available }: { strike: bigint; available: bigint }): void {
    const behind = { policyId: this.#newId(), positionId: id, strike, available };
    const sold = backedPolicy({ ...behind, buyer: provider, now: THEN });
    this.#insert("policies", sold.policy);
    this.#insert("backings", sold.backing);
    this.#insert("health", sold.health);
    this.locks[token] += LOCK;
    const { policyId, premium: amount, coverage, expiresAt } = sold.policy;
    const event = { policyId, amount, releaseAfter: BigInt(expiresAt), ...this.move(token, amount) };
    this.#final({ kind: "premium", buyer: provider, lock: LOCK, coverage, ...event }, provider);
    this.#book(soldEntry(event, [{ positionId: id, amount: LOCK }]));
    this.#insert("accounts", { name: accountName({ kind: "premium", policyId }), token, balance: amount });
  }

  #deposited(depositor: string, token: Token, reference: bigint, share: Parameters<typeof depositEntry>[1]): void {
    const amount = DEPOSIT[token];
    const event = { kind: "deposit" as const, depositor, reference, amount, ...this.move(token, amount) };
    this.#final(event, depositor);
    this.#book(depositEntry(event, share));
  }

  #unclaimed(principal: string, token: Token): void {
    this.#deposited(principal, token, 0n, null);
    this.#insert("accounts", { name: accountName({ kind: "suspense", principal }), token, balance: DEPOSIT[token] });
  }

  #authorisation(
    { id: positionId, provider, tier, token }: Position,
    status: "authorised" | "paid" | "expired",
  ): AuthorisedWithdrawal {
    const amount = DEPOSIT[token] / PART;
    const authorizationId = this.#newId();
    const withdrawal = { provider, token, amount, authorizationId, source: { kind: "position" as const, positionId } };
    const expiresAt = status === "authorised" ? EXPIRES : BigInt(THEN - 1);
    this.lastWithdrawal = this.#insert("withdrawals", { ...withdrawal, expiresAt, signature: SIGNATURE, status });
    this.#book(reserveEntry(withdrawal));
    if (status === "authorised") this.authorisations.push({ provider, tier, token, amount, id: authorizationId });
    return withdrawal;
  }

  #withdrawn(position: Position): void {
    const withdrawal = this.#authorisation(position, "paid");
    const { provider, token, amount, authorizationId } = withdrawal;
    const event = { withdrawer: provider, authorizationId, amount, ...this.move(token, -amount) };
    this.#final({ kind: "withdrawal", ...event }, provider);
    this.#book(withdrawalEntry(event, withdrawal));
  }

  #expired(position: Position): void {
    this.#book(unreserveEntry(this.#authorisation(position, "expired")));
  }

  #final(event: VaultEvent, party: string): void {
    const { sequence } = event;
    this.#insert("vaultEvents", { ...this.next(event), sequence, status: "final", party });
  }

  #book({ id: entryId, token, postings }: Entry): void {
    this.#insert("entries", { entryId, token, at: THEN });
    for (const { account, amount } of postings) {
      const owner = ownerOf(account, this.#owners) ?? undefined;
      this.#insert("postings", { entryId, account: accountName(account), token, amount, at: THEN, owner });
    }
  }

  /** What there is one row of, whatever the number of providers. */
  #totals(): void {
    const open = (token: Token) => this.authorisations.filter((one) => one.token === token);
    for (const token of TOKENS) {
      const balance = this.balances[token];
      this.#insert("accounts", { name: accountName({ kind: "vault" }), token, balance: -balance });
      this.#insert("authorisedTotals", { token, amount: open(token).reduce((sum, { amount }) => sum + amount, 0n) });
      const locked = this.locks[token];
      const counters = { totalBalanceOnChain: balance, totalLocked: locked, lastSequence: this.sequence };
      this.#insert("lockTotals", { token, backed: locked, foreign: 0n });
      this.#insert("poolMetrics", { token, ...counters, lastSyncTimestamp: THEN * 1_000 });
    }
    for (const row of this.#tiers.metrics) this.#insert("tierMetrics", row);
    for (const row of this.#tiers.held) this.#insert("tierCapacity", row);
    for (const call of owedCalls(() => this.#newId())) this.#insert("outboxCalls", call);
    insertIdleLoops(this.#insert);
    const { sequence, after, events, ...shown } = this.look([]);
    const [{ tip, final }, nothing] = [shown, { STX: 0n, sBTC: 0n }];
    const counted = { cursor: sequence, seen: sequence, pending: nothing, pendingLocks: nothing };
    this.#insert("chainMirror", { ...counted, ...shown, complete: true });
    const heights = { tipHeight: tip.height, finalHeight: final?.height ?? null };
    this.#insert("syncStatus", { watermark: sequence, seen: sequence, ...heights, asOf: tip.time });
  }

  /** What sync sees of the vault when these are the events after its cursor, all of them final. */
  look(events: ObservedEvent[]): Observation {
    const mark = (height: number) => ({ height, hash: `0xb${height}`, burnHeight: height, time: this.time });
    const bucket = { withdrawalCap: CAP, usedByWindow: 0n, drainedAt: 0n, settlementCap: CAP };
    const { balances, locks } = this;
    const counters = (token: Token) => ({ held: balances[token], balance: balances[token], locked: locks[token] });
    const accounts = TOKENS.map((token) => ({ token, ...counters(token), ...bucket }));
    const { height, sequence } = this;
    const after = sequence - BigInt(events.length);
    const vault = { paused: false, guardian: GUARDIAN, accounts };
    return { tip: mark(height + 1), final: mark(height), sequence, ...vault, after, events };
  }
}
