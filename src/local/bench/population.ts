/**
 * A database as a while of business leaves it: so many providers with what they committed, deposited, withdrew and left in
 * suspense, and the books of all of it. The documents are written past the functions, which would take hours, but checked
 * by the schema like any other. One provider more, the caller, has the same in every population.
 */

import type { WithoutSystemFields } from "convex/server";
import { convexToJson, type Value } from "convex/values";
import type { Doc, Id, TableNames } from "../../../convex/_generated/dataModel";
import { standingOf } from "../../domain/allocation";
import { NO_HOLD } from "../../domain/holds";
import {
  type AuthorisedWithdrawal,
  accountName,
  collectionEntry,
  depositEntry,
  type Entry,
  reserveEntry,
  unreserveEntry,
  withdrawalEntry,
} from "../../domain/ledger";
import { DEFAULT_RULES, DEFAULT_TERMS, TIERS, type Tier } from "../../domain/tiers";
import { TOKENS, type Token } from "../../domain/tokens";
import type { Observation, ObservedEvent } from "../../stacks/observe";
import type { VaultEvent } from "../../stacks/vaultEvents";
import { Database } from "../host/database";
import type { Engine } from "../host/engine";
import { farFromTrigger } from "./backed";
import { GUARDIAN } from "./guardian";
import { IDLE_OUTBOX, IDLE_PRICES, IDLE_SYNC, owedCall, owedCalls } from "./owed";

export const CALLER = "ST1SJ3DTE5DN7X54YDH5D64R3BCB6A2AG2ZQ8YPD5";
/** Base units of each deposit; its tenth parts are withdrawn. */
export const DEPOSIT: Record<Token, bigint> = { STX: 5_000_000n, sBTC: 500_000n };
const PART = 10n;
/** Of a position, in such parts. */
type Parts = { reserved: bigint; paid: bigint };
/** Block time of everything that has happened, unix seconds, and when what is open expires. */
const THEN = 1_800_000_000;
export const EXPIRES = BigInt(THEN + 3_600);
const CAP = 10n ** 18n;
const SIGNATURE = "0".repeat(130);
/** Enough that every batch of a job is full in the smallest population too. */
const REGULARS = 300;
const PROVIDERS_A_TRANSACTION = 250;

type Fields<Table extends TableNames> = WithoutSystemFields<Doc<Table>>;
type Position = { id: Id<"positions">; provider: string; tier: Tier; token: Token };

/** Somebody's request that the chain has not answered yet. */
export interface Open {
  provider: string;
  tier: Tier;
  token: Token;
  amount: bigint;
  /** A commitment's reference, or the id of an authorisation. */
  id: bigint;
}

export class Population {
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
  #insert: <Table extends TableNames>(table: Table, fields: Fields<Table>) => string = () => {
    throw new Error("Documents are written in a transaction.");
  };
  #lastId = 0n;
  readonly #tiers = new Map<string, Fields<"tierMetrics">>();
  readonly #held = new Map<string, Fields<"tierCapacity">>();

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
    const [reserved, paid] = [n % 2 === 0 ? 1n : 0n, n % 5 === 0 ? 1n : 0n];
    const position = this.#position(provider, TIERS[n % 3] as Tier, token, { reserved, paid });
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
    const accruedYield = provider === CALLER && tier === "Aggressive" ? 1n : 0n;
    const available = amount - reserved - paid - accruedYield;
    const pockets = { available, reserved, locked: 0n, accruedYield };
    const unused = { acceptingPolicies: true, policies: 0, healthStatus: "Healthy" as const };
    const standing = standingOf({ ...pockets, ...unused }, DEFAULT_RULES[tier][token]);
    const fields = { provider, tier, token, ...pockets, hold: NO_HOLD, ...unused, ...standing, asOf: THEN };
    const id = this.#insert("positions", fields) as Id<"positions">;
    this.#insert("health", farFromTrigger({ positionId: id, tier, token }, THEN));
    const position = { id, provider, tier, token };
    this.#count(position, amount - paid - accruedYield);
    // Yield that came out of capital: a collection the other way round.
    if (accruedYield > 0n) this.#book(collectionEntry(id, token, { positionId: id, amount: -accruedYield }));
    const reference = this.#commitment(position, "fulfilled");
    this.#deposited(provider, token, reference, { positionId: id, amount });
    return position;
  }

  #commitment({ provider, tier, token }: Position, status: "open" | "fulfilled"): bigint {
    const reference = this.#newId();
    const amount = DEPOSIT[token];
    const expiresAt = Number(EXPIRES);
    const request = { reference, provider, depositor: provider, token, tier, amount };
    const id = this.#insert("commitments", { ...request, expiresAt, status });
    if (status === "fulfilled") return reference;
    this.lastCommitment = id;
    this.commitments.push({ provider, tier, token, amount, id: reference });
    const key = `${tier}/${token}`;
    this.#held.set(key, { tier, token, held: (this.#held.get(key)?.held ?? 0n) + amount });
    return reference;
  }

  #count({ tier, token }: Position, capital: bigint): void {
    const key = `${tier}/${token}`;
    const before = this.#tiers.get(key);
    this.#tiers.set(key, {
      tierName: tier,
      token,
      totalCapital_virtual: (before?.totalCapital_virtual ?? 0n) + capital,
      totalLocked_virtual: 0n,
      utilization_estimate: 0,
      providerCount: (before?.providerCount ?? 0) + 1,
      activePolicyCount: 0,
      totalYieldAccrued_virtual: 0n,
      capacityLimit: DEFAULT_TERMS[tier][token].capacityLimit,
    });
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
      this.#insert("postings", { entryId, account: accountName(account), token, amount });
    }
  }

  /** What there is one row of, whatever the number of providers. */
  #totals(): void {
    const open = (token: Token) => this.authorisations.filter((one) => one.token === token);
    for (const token of TOKENS) {
      const balance = this.balances[token];
      this.#insert("accounts", { name: accountName({ kind: "vault" }), token, balance: -balance });
      this.#insert("authorisedTotals", { token, amount: open(token).reduce((sum, { amount }) => sum + amount, 0n) });
      const counters = { totalBalanceOnChain: balance, totalLocked: 0n, lastSequence: this.sequence };
      this.#insert("poolMetrics", { token, ...counters, lastSyncTimestamp: THEN * 1_000 });
    }
    for (const row of this.#tiers.values()) this.#insert("tierMetrics", row);
    for (const row of this.#held.values()) this.#insert("tierCapacity", row);
    for (const call of owedCalls(() => this.#newId())) this.#insert("outboxCalls", call);
    this.#insert("outboxLoop", IDLE_OUTBOX);
    this.#insert("syncLoop", IDLE_SYNC);
    this.#insert("priceLoop", IDLE_PRICES);
    const { sequence, after, events, ...shown } = this.look([]);
    const { tip, final } = shown;
    const [cursor, pending, pendingLocks] = [this.sequence, { STX: 0n, sBTC: 0n }, { STX: 0n, sBTC: 0n }];
    const mirror = { cursor, seen: cursor, pending, pendingLocks, ...shown, complete: true };
    this.#insert("chainMirror", mirror);
    const heights = { tipHeight: tip.height, finalHeight: final?.height ?? null };
    this.#insert("syncStatus", { watermark: cursor, seen: cursor, ...heights, asOf: tip.time });
  }

  /** What sync sees of the vault when these are the events after its cursor, all of them final. */
  look(events: ObservedEvent[]): Observation {
    const mark = (height: number) => ({ height, hash: `0xb${height}`, burnHeight: height, time: this.time });
    const accounts = TOKENS.map((token) => {
      const balance = this.balances[token];
      const bucket = { withdrawalCap: CAP, usedByWindow: 0n, drainedAt: 0n };
      return { token, held: balance, balance, locked: this.locks[token], ...bucket, settlementCap: CAP };
    });
    const { height, sequence } = this;
    const after = sequence - BigInt(events.length);
    const vault = { paused: false, guardian: GUARDIAN, accounts };
    return { tip: mark(height + 1), final: mark(height), sequence, ...vault, after, events };
  }
}
