/** The policies of the backend on paper: quoted, sold, raised, paid or released, each step by the entries of src/domain. */
import { earnedAt, splitEarning } from "../../../../src/domain/earnings";
import { type Entry, makeEntry, type Posting } from "../../../../src/domain/ledger";
import { type Behind, payersOf, payoutOf, topUpFor } from "../../../../src/domain/payout";
import type { Put } from "../../../../src/domain/policies";
import * as entries from "../../../../src/domain/policyEntries";
import { DEFAULT_RULES } from "../../../../src/domain/tiers";
import type { Token } from "../../../../src/domain/tokens";
import type { VaultEvent } from "../../../../src/stacks/vaultEvents";
import type { PaperBooks } from "./books";

export const RULES = { ...DEFAULT_RULES.Balanced.sBTC, minimumBacking: 3n };

export interface Backing {
  positionId: string;
  coverage: bigint;
  locked: bigint;
  reserved: bigint;
}

/** What was signed for a buyer. */
export interface Sold {
  policyId: bigint;
  token: Token;
  buyer: string;
  put: Put;
  premium: bigint;
  lock: bigint;
  expiresAt: number;
  /** After this the premium can't be paid. */
  quotedUntil: number;
  parts: { positionId: string; coverage: bigint; lock: bigint }[];
}

interface Policy extends Omit<Sold, "parts"> {
  status: "quoted" | "lapsed" | "active" | "settling" | "releasing" | "ended";
  startedAt: number;
  earned: bigint;
  locked: bigint;
  /** What the lock is raised to. */
  target: bigint;
  covering: bigint;
  insured: bigint;
  backings: Backing[];
  payout: bigint;
  missing: bigint;
}

type Event<Kind extends VaultEvent["kind"]> = Extract<VaultEvent, { kind: Kind }>;

export class Cover {
  readonly policies = new Map<bigint, Policy>();
  /** What is set aside for policies and not locked yet. */
  readonly promised: Record<Token, bigint> = { STX: 0n, sBTC: 0n };

  constructor(private readonly books: PaperBooks) {}

  private book(entry: Entry | null) {
    if (entry) this.books.book(entry);
  }

  policy(policyId: bigint): Policy {
    const policy = this.policies.get(policyId);
    if (!policy) throw new Error(`Policy ${policyId} was never sold`);
    return policy;
  }

  private live(policyId: bigint): Policy {
    const policy = this.policy(policyId);
    if (["quoted", "lapsed", "ended"].includes(policy.status))
      throw new Error(`Policy ${policyId} is ${policy.status} and yet something happens to it`);
    return policy;
  }

  quote({ parts, ...sold }: Sold) {
    this.book(
      entries.backingEntry(
        sold,
        parts.map(({ positionId, lock }) => ({ positionId, amount: lock })),
      ),
    );
    const backings = parts.map(({ positionId, coverage, lock }) => ({
      positionId,
      coverage,
      locked: 0n,
      reserved: lock,
    }));
    const idle = {
      startedAt: 0,
      earned: 0n,
      locked: 0n,
      target: 0n,
      covering: 0n,
      insured: 0n,
      payout: 0n,
      missing: 0n,
    };
    this.policies.set(sold.policyId, { ...sold, status: "quoted", ...idle, backings });
    this.promised[sold.token] += sold.lock;
  }

  lapse(policyId: bigint) {
    const policy = this.policy(policyId);
    if (policy.status !== "quoted") throw new Error(`Policy ${policyId} lapses while it is ${policy.status}`);
    this.book(entries.unbackingEntry(policy, reservedOf(policy)));
    for (const backing of policy.backings) backing.reserved = 0n;
    policy.status = "lapsed";
    this.promised[policy.token] -= policy.lock;
  }

  bookPremium(event: Event<"premium">, at: number) {
    const policy = this.policy(event.policyId);
    if (policy.status !== "quoted") throw new Error(`Policy ${event.policyId} is sold while it is ${policy.status}`);
    this.book(entries.soldEntry(event, reservedOf(policy)));
    for (const backing of policy.backings) {
      backing.locked = backing.reserved;
      backing.reserved = 0n;
    }
    this.promised[policy.token] -= policy.lock;
    Object.assign(policy, { status: "active", startedAt: at, locked: policy.lock, target: policy.lock });
  }

  earn(policyId: bigint, at: number) {
    const policy = this.live(policyId);
    const linear = earnedAt(policy.premium, { ...policy, at });
    this.earnTo(policy, linear > policy.earned ? linear : policy.earned);
  }

  private earnTo(policy: Policy, to: bigint) {
    const { policyId, earned: from, token } = policy;
    if (to === from) return;
    const backings = policy.backings.map(({ positionId, coverage }) => ({ id: positionId, weight: coverage }));
    const earning = splitEarning({ from, to }, { ...RULES, backings });
    const postings: Posting[] = [
      { account: { kind: "premium", policyId }, amount: from - to },
      { account: { kind: "insurance" }, amount: earning.insurance },
      { account: { kind: "fees" }, amount: earning.fees },
    ];
    for (const [positionId, amount] of earning.backings) {
      postings.push({ account: { kind: "position", positionId, pocket: "yield" }, amount });
    }
    this.book(makeEntry(`earning:${policyId}:${to}`, token, postings));
    policy.earned = to;
  }

  raise(policyId: bigint, parts: { positionId: string; amount: bigint }[], insured: bigint) {
    const policy = this.live(policyId);
    const added = parts.reduce((sum, { amount }) => sum + amount, insured);
    if (added === 0n) return;
    policy.target += added;
    policy.covering += insured;
    this.book(entries.raiseEntry(policy, parts, insured));
    for (const { positionId, amount } of parts) {
      const backing = policy.backings.find((one) => one.positionId === positionId) as Backing;
      backing.reserved += amount;
      if (backing.locked + backing.reserved > backing.coverage)
        throw new Error(`${positionId} backs more than its part`);
    }
    this.promised[policy.token] += added;
  }

  /** What an exercise at this price pays is fixed: the lock is raised to it as far as those behind it can. */
  decidePayout(policyId: bigint, priceUsdMicros: bigint) {
    const policy = this.live(policyId);
    if (policy.status !== "active") throw new Error(`The payout of policy ${policyId} is fixed twice`);
    this.earnTo(policy, policy.premium);
    const payout = payoutOf(policy.put, priceUsdMicros);
    const { token } = policy;
    const free = policy.backings.map(({ positionId: id }) => [id, this.books.pocket(token, id, "available")] as const);
    const insurance = this.books.balance(token, { kind: "insurance" });
    const { added, insured, missing } = topUpFor(payout, behind(policy), { available: new Map(free), insurance });
    this.raise(policyId, added, insured);
    const status = payout - missing > 0n ? "settling" : "releasing";
    Object.assign(policy, { payout, missing, status });
  }

  bookLocks({ sequence, token, policies }: Event<"lock">) {
    const changes = policies.flatMap(({ policyId, amount }) => {
      const policy = this.live(policyId);
      if (amount === 0n) return [];
      let left = amount;
      const parts: { positionId: string; amount: bigint }[] = [];
      for (const backing of policy.backings) {
        const locks = least(backing.reserved, left);
        if (locks === 0n) continue;
        parts.push({ positionId: backing.positionId, amount: locks });
        backing.locked += locks;
        backing.reserved -= locks;
        left -= locks;
      }
      if (left > policy.covering) throw new Error(`Policy ${policyId} was raised by more than was set aside`);
      policy.covering -= left;
      policy.insured += left;
      policy.locked += amount;
      this.promised[token] -= amount;
      return [{ policyId, parts, insured: left }];
    });
    this.book(entries.lockedEntry({ sequence, token }, changes));
  }

  private heldBy({ policyId, backings, covering, insured }: Policy): entries.Held {
    return { policyId, positions: backings, cover: insured, covering };
  }

  private end(policy: Policy, freed: bigint) {
    if (freed !== policy.locked) throw new Error(`Policy ${policy.policyId} had ${policy.locked}, not ${freed}`);
    this.promised[policy.token] -= reservedOf(policy).reduce((sum, { amount }) => sum + amount, policy.covering);
    for (const backing of policy.backings) Object.assign(backing, { locked: 0n, reserved: 0n });
    Object.assign(policy, { status: "ended", locked: 0n, target: 0n, covering: 0n, insured: 0n });
  }

  bookReleases({ sequence, token, policies }: Event<"release">) {
    const ended = policies.map(({ policyId }) => this.live(policyId));
    this.book(
      entries.releasedEntry(
        { sequence, token },
        ended.map((policy) => this.heldBy(policy)),
      ),
    );
    for (const [n, policy] of ended.entries()) this.end(policy, policies[n]?.amount ?? -1n);
  }

  bookSettlement(event: Event<"settlement">) {
    const policy = this.live(event.policyId);
    const held = this.heldBy(policy);
    const due = policy.payout - policy.missing;
    if (policy.status !== "settling" || event.amount !== due)
      throw new Error(`Policy ${event.policyId} pays ${event.amount}, and ${due} was decided`);
    const payers = payersOf(policy.payout, behind(policy), held.cover + held.covering);
    this.book(entries.settledEntry(event, held, payers));
    this.end(policy, event.unlocked);
  }

  told(): string {
    return [...this.policies.values()]
      .map(({ policyId, status, earned, locked, backings }) => {
        const parts = backings.map((backing) => Object.values(backing).join(" "));
        return [policyId, status, earned, locked, ...parts].join(" ");
      })
      .join("\n");
  }
}

const least = (one: bigint, other: bigint) => (one < other ? one : other);

function reservedOf({ backings }: Policy): entries.Part[] {
  return backings.map(({ positionId, reserved }) => ({ positionId, amount: reserved }));
}

function behind({ backings }: Policy): Behind[] {
  return backings.map(({ positionId, coverage, locked, reserved }) => {
    return { positionId, coverage, held: locked + reserved };
  });
}
