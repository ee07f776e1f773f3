/**
 * A backend on paper: the rules and entries of src/domain put together as the backend does it, for one tier and token, with a
 * vault whose events come at once. What it decides by itself is only who acts when.
 */
import { type Part, shareAmongLargest, shareAmongLeastUtilized, standingOf } from "../../../src/domain/allocation";
import { coverageOf, floorPrice, initialLock } from "../../../src/domain/coverage";
import { earnedAt, splitEarning } from "../../../src/domain/earnings";
import { type Exposure, lockNeed, needOf } from "../../../src/domain/health";
import { accountName, type Entry, makeEntry, type Pocket, type Posting } from "../../../src/domain/ledger";
import { type Behind, payersOf, payoutOf, topUpFor } from "../../../src/domain/payout";
import type { PolicyRules, Put } from "../../../src/domain/policies";
import * as entries from "../../../src/domain/policyEntries";
import { fairValue, premiumOf } from "../../../src/domain/premium";

export const TOKEN = "sBTC";

export interface Backing {
  positionId: string;
  quantity: bigint;
  coverage: bigint;
}

export interface Sold {
  policyId: bigint;
  buyer: string;
  put: Put;
  floorPriceUsdMicros: bigint;
  premium: bigint;
  startedAt: number;
  expiresAt: number;
  earned: bigint;
  /** What the vault holds locked for it. */
  lock: bigint;
  backings: Backing[];
  isLive: boolean;
}

/** What a policy came to, for whoever checks it. */
export interface Ended {
  payout: bigint;
  paid: bigint;
  /** On-chain when it was decided. */
  lockBefore: bigint;
  missing: bigint;
  payers: Map<string, bigint>;
  insured: bigint;
}

export class World {
  readonly balances = new Map<string, bigint>();
  readonly positions = new Map<string, { accepting: boolean }>();
  readonly policies: Sold[] = [];
  time = 1_000;
  private causes = 0;

  constructor(
    readonly rules: PolicyRules,
    public priceUsdMicros: bigint,
  ) {}

  balance(account: string): bigint {
    return this.balances.get(account) ?? 0n;
  }

  pocket(positionId: string, pocket: Pocket): bigint {
    return this.balance(`position/${positionId}/${pocket}`);
  }

  /** Everything that the vault owes to one position. */
  claim(positionId: string): bigint {
    const pockets = ["available", "reserved", "locked", "yield"] as const;
    return pockets.reduce((sum, pocket) => sum + this.pocket(positionId, pocket), 0n);
  }

  lockedBehind({ policyId }: Sold, positionId: string): bigint {
    return this.balance(`of/${policyId}/${positionId}`);
  }

  next(): bigint {
    this.causes += 1;
    return BigInt(this.causes);
  }

  book(entry: Entry | null) {
    for (const { account, amount } of entry?.postings ?? []) this.add(accountName(account), amount);
  }

  private add(name: string, amount: bigint) {
    this.balances.set(name, this.balance(name) + amount);
  }

  /** A position's part of a policy's lock, which the books keep beside its balance. */
  private lock({ policyId }: Sold, positionId: string, amount: bigint) {
    this.add(`of/${policyId}/${positionId}`, amount);
  }

  deposit(positionId: string, amount: bigint) {
    if (!this.positions.has(positionId)) this.positions.set(positionId, { accepting: true });
    this.book(makeEntry(`deposit:${this.next()}`, TOKEN, moved("vault", available(positionId), amount)));
  }

  exposures(positionId: string): Exposure[] {
    return this.policies
      .filter(({ isLive }) => isLive)
      .flatMap((policy) => {
        const own = policy.backings.find((backing) => backing.positionId === positionId);
        if (!own) return [];
        const { strikeUsdMicros } = policy.put;
        const { policyId, expiresAt } = policy;
        const lock = this.lockedBehind(policy, positionId);
        return [{ policyId, expiresAt, strikeUsdMicros, quantity: own.quantity, coverage: own.coverage, lock }];
      });
  }

  /** What a position needs at a price, by a buffer. */
  need(positionId: string, buffer: number): bigint {
    return needOf(this.exposures(positionId), this.priceUsdMicros, buffer, this.rules.floorRate);
  }

  capital(positionId: string): bigint {
    return this.pocket(positionId, "available") + this.pocket(positionId, "locked");
  }

  /** As much of it as health lets go. */
  withdraw(positionId: string, wanted: bigint): bigint {
    const spare = this.capital(positionId) - this.need(positionId, this.rules.warningBuffer);
    const amount = least(wanted, least(spare, this.pocket(positionId, "available")));
    if (amount <= 0n) return 0n;
    this.book(makeEntry(`withdrawal:${this.next()}`, TOKEN, moved(available(positionId), "vault", amount)));
    return amount;
  }

  collect(positionId: string) {
    const amount = this.pocket(positionId, "yield");
    const postings = moved(`position/${positionId}/yield`, available(positionId), amount);
    if (amount > 0n) this.book(makeEntry(`collect:${this.next()}`, TOKEN, postings));
  }

  /** Sells a policy if the tier can stand behind it. */
  sell(buyer: string, wanted: { strikeUsdMicros: bigint; quantity: bigint; seconds: number }): Sold | null {
    const { strikeUsdMicros, quantity, seconds } = wanted;
    const floorPriceUsdMicros = floorPrice(strikeUsdMicros, this.rules);
    if (floorPriceUsdMicros <= 0n || floorPriceUsdMicros >= strikeUsdMicros) return null;
    const coverage = coverageOf({ strikeUsdMicros, floorPriceUsdMicros, quantity });
    const put = { strikeUsdMicros, quantity, coverage };
    const lock = initialLock(coverage, this.rules);
    const market = { priceUsdMicros: this.priceUsdMicros, volatility: this.rules.volatility, seconds };
    const premium = premiumOf(fairValue(put, market), this.rules);
    const parts = this.allocate(put, lock);
    if (!parts) return null;
    const policy: Sold = {
      policyId: this.next(),
      buyer,
      put,
      floorPriceUsdMicros,
      premium,
      startedAt: this.time,
      expiresAt: this.time + seconds,
      earned: 0n,
      lock,
      backings: parts.map(({ id, ...part }) => ({ positionId: id, quantity: part.quantity, coverage: part.coverage })),
      isLive: true,
    };
    this.cover(policy, parts);
    return policy;
  }

  private allocate(put: Put, lock: bigint): Part[] | null {
    const candidates = [...this.positions].flatMap(([id, { accepting }]) => {
      const pockets = { available: this.pocket(id, "available"), reserved: 0n, locked: this.pocket(id, "locked") };
      const taker = { ...pockets, acceptingPolicies: accepting, policies: 0, healthStatus: "Healthy" as const };
      const { takesPolicies, freeForPolicies } = standingOf(taker, this.rules);
      return takesPolicies ? [{ id, room: freeForPolicies }] : [];
    });
    const { minimumBacking } = this.rules;
    const demand = { put, lock, minimumBacking };
    const shared = shareAmongLeastUtilized(demand, candidates);
    if (shared) return shared;
    const outcome = shareAmongLargest({ ...demand, tier: "Balanced", token: TOKEN }, candidates);
    return outcome.ok ? outcome.value : null;
  }

  private cover(policy: Sold, parts: Part[]) {
    const { policyId, premium } = policy;
    const locks = parts.map(({ id, lock }) => ({ positionId: id, amount: lock }));
    this.book(entries.backingEntry({ policyId, token: TOKEN }, locks));
    this.book(entries.soldEntry({ sequence: this.next(), token: TOKEN, amount: premium, policyId }, locks));
    for (const { positionId, amount } of locks) this.lock(policy, positionId, amount);
    this.policies.push(policy);
  }

  /** What is earned by now, to whom it belongs. */
  earn(policy: Sold, to = earnedAt(policy.premium, { ...policy, at: this.time })) {
    const { policyId, backings, earned: from } = policy;
    const { insuranceShare, feeShare } = this.rules;
    const weights = backings.map(({ positionId, coverage }) => ({ id: positionId, weight: coverage }));
    const parts = splitEarning({ from, to }, { insuranceShare, feeShare, backings: weights });
    policy.earned = to;
    if (from === to) return;
    const postings: Posting[] = [
      { account: { kind: "premium", policyId }, amount: from - to },
      { account: { kind: "insurance" }, amount: parts.insurance },
      { account: { kind: "fees" }, amount: parts.fees },
    ];
    for (const [positionId, amount] of parts.backings) {
      postings.push({ account: { kind: "position", positionId, pocket: "yield" }, amount });
    }
    this.book(makeEntry(`earning:${this.next()}`, TOKEN, postings));
  }

  /** Raises the part of a policy's lock that each position is short of, out of what it has free. */
  topUp(policy: Sold) {
    const parts = policy.backings.flatMap(({ positionId }) => {
      const exposure = this.exposures(positionId).find(({ policyId }) => policyId === policy.policyId);
      if (!exposure) return [];
      const { marginCallBuffer, floorRate } = this.rules;
      const lacking = lockNeed(exposure, this.priceUsdMicros, marginCallBuffer, floorRate) - exposure.lock;
      const amount = least(lacking, this.pocket(positionId, "available"));
      return amount > 0n ? [{ positionId, amount }] : [];
    });
    this.raise(policy, parts, 0n);
  }

  private raise(policy: Sold, parts: { positionId: string; amount: bigint }[], insured: bigint) {
    const added = parts.reduce((sum, { amount }) => sum + amount, insured);
    if (added === 0n) return;
    const { policyId } = policy;
    this.book(entries.raiseEntry({ policyId, token: TOKEN, target: policy.lock + added }, parts, insured));
    this.book(entries.lockedEntry({ sequence: this.next(), token: TOKEN }, [{ policyId, parts, insured }]));
    for (const { positionId, amount } of parts) this.lock(policy, positionId, amount);
    policy.lock += added;
  }

  /** Ends a policy at the price of now: paid, or released. */
  end(policy: Sold): Ended {
    this.earn(policy, policy.premium);
    const payout = payoutOf(policy.put, this.priceUsdMicros);
    const lockBefore = policy.lock;
    const free = new Map(policy.backings.map(({ positionId: id }) => [id, this.pocket(id, "available")]));
    const insurance = this.balance("insurance");
    const { added, insured, missing } = topUpFor(payout, this.behind(policy), { available: free, insurance });
    this.raise(policy, added, insured);
    const behind = this.behind(policy);
    const held = this.heldBy(policy);
    const paid = payout - missing;
    const payers = payersOf(paid, behind, insured);
    const event = { sequence: this.next(), token: TOKEN, amount: paid } as const;
    this.book(paid > 0n ? entries.settledEntry(event, held, payers) : entries.releasedEntry(event, [held]));
    for (const { positionId } of policy.backings) this.lock(policy, positionId, -this.lockedBehind(policy, positionId));
    policy.isLive = false;
    policy.lock = 0n;
    return { payout, paid, lockBefore, missing, payers: payers.positions, insured: payers.insurance };
  }

  private behind(policy: Sold): Behind[] {
    return policy.backings.map(({ positionId, coverage }) => {
      return { positionId, coverage, held: this.lockedBehind(policy, positionId) };
    });
  }

  private heldBy(policy: Sold): entries.Held {
    const positions = policy.backings.map(({ positionId }) => {
      return { positionId, locked: this.lockedBehind(policy, positionId), reserved: 0n };
    });
    const { policyId } = policy;
    return { policyId, positions, cover: this.balance(`cover/${policyId}`), covering: 0n };
  }
}

const least = (one: bigint, other: bigint) => (one < other ? one : other);
const available = (positionId: string) => `position/${positionId}/available`;

/** Between two accounts; `vault` on either side is the outside of the books. */
function moved(from: string, to: string, amount: bigint): Posting[] {
  return [
    { account: accountOf(from), amount: -amount },
    { account: accountOf(to), amount },
  ];
}

function accountOf(name: string): Posting["account"] {
  const [kind, positionId, pocket] = name.split("/");
  if (kind === "vault") return { kind };
  return { kind: "position", positionId: positionId as string, pocket: pocket as Pocket };
}
