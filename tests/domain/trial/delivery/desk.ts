/** What people and the backend's own jobs ask for, with their random numbers: granted or not by the rules of src/domain alone. */
import { type Candidate, shareAmongLargest, standingOf } from "../../../../src/domain/allocation";
import { coverageOf, floorPrice, initialLock } from "../../../../src/domain/coverage";
import { freeToLeave, NO_HOLD } from "../../../../src/domain/holds";
import { assignmentEntry, moveEntry } from "../../../../src/domain/ledger";
import { fairValue, premiumOf } from "../../../../src/domain/premium";
import type { Token } from "../../../../src/domain/tokens";
import { checkWithdrawal } from "../../../../src/domain/withdrawals";
import type { Act, Of } from "./acts";
import { type PaperChain, TENURE_SECONDS } from "./chain";
import { RULES } from "./cover";
import type { Service } from "./service";

const PEOPLE = ["alice", "bob", "carol"].map((name) => `ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM.${name}`);
const AUTHORISED_SECONDS = 3_600;
const QUOTED_SECONDS = 900;
const PRICE = 100n;

const tokenOf = ({ sbtc }: { sbtc: boolean }): Token => (sbtc ? "sBTC" : "STX");
const personOf = ({ who }: { who: number }) => PEOPLE[who] as string;

/** What is asked of the service or sent to the chain. */
export type Asked = Exclude<
  Act,
  { kind: "mine" | "skip" | "fork" | "lose" | "overtake" | "look" | "late look" | "arrive" }
>;

export class Desk {
  /** So many of what was asked was granted, and so many was not. */
  granted = 0;
  refused = 0;
  private ids = 0n;
  private stolen = 0n;

  constructor(
    private readonly chain: PaperChain,
    private readonly service: Service,
  ) {}

  /** @param now block time of what the service has seen */
  ask(act: Asked, now: number) {
    const isGranted = this.grant(act, now);
    if (isGranted) this.granted += 1;
    else this.refused += 1;
  }

  private grant(act: Asked, now: number): boolean {
    switch (act.kind) {
      case "deposit":
        return this.deposit(act);
      case "commit": {
        const depositor = personOf(act);
        const positionId = `${depositor} ${act.position}`;
        const commitment = { depositor, token: tokenOf(act), amount: BigInt(act.amount), positionId };
        this.service.decide({ kind: "commit", commitment });
        return true;
      }
      case "withdraw":
        return this.withdraw(act, now);
      case "pay":
        return this.pay(act.pick);
      case "revoke": {
        const withdrawal = nth([...this.service.withdrawals.values()], act.pick);
        if (withdrawal) this.chain.send({ kind: "revoke", id: withdrawal.authorizationId });
        return withdrawal !== undefined;
      }
      case "steal": {
        this.stolen += 1n;
        const id = 1_000_000n + this.stolen;
        const expiresAt = BigInt(now + 10 ** 9);
        const amount = BigInt(act.amount);
        this.chain.send({ kind: "withdraw", withdrawer: personOf(act), token: tokenOf(act), amount, id, expiresAt });
        return true;
      }
      case "gift":
        this.chain.send({ kind: "gift", token: tokenOf(act), amount: BigInt(act.amount) });
        return true;
      case "absorb":
        this.chain.send({ kind: "absorb", token: tokenOf(act) });
        return true;
      case "move":
        return this.move(act, now);
      case "assign":
        return this.assign(act, now);
      case "quote":
        return this.quote(act, now);
      case "buy":
        return this.buy(act.pick);
      case "raise":
        return this.raise(act);
      case "payout":
        return this.payout(act, now);
      case "earn": {
        const policy = this.active(act.pick);
        if (policy) this.service.decide({ kind: "earn", policyId: policy.policyId, at: now });
        return policy !== undefined;
      }
      case "send again": {
        const policy = nth([...this.service.cover.policies.keys()], act.pick);
        return policy !== undefined && this.sendCalls(policy);
      }
    }
  }

  private deposit(act: Of<"deposit">): boolean {
    const { commitments } = this.service;
    const reference = BigInt(act.pick % (commitments.length + 1));
    const commitment = commitments[Number(reference) - 1];
    // What was committed, most often; else whatever somebody thinks of.
    const isAsCommitted = commitment !== undefined && act.amount % 4 > 0;
    const said = isAsCommitted
      ? commitment
      : { depositor: personOf(act), token: tokenOf(act), amount: BigInt(act.amount) };
    const { depositor, token, amount } = said;
    this.chain.send({ kind: "deposit", depositor, token, amount, reference });
    return true;
  }

  private withdraw(act: Of<"withdraw">, now: number): boolean {
    const [provider, token] = [personOf(act), tokenOf(act)];
    const { books } = this.service;
    const positionId = `${provider} ${act.place}`;
    const isSuspense = act.place === "suspense";
    const available = isSuspense
      ? books.balance(token, { kind: "suspense", principal: provider })
      : books.pocket(token, positionId, "available");
    const notOnHold = isSuspense ? available : this.freeOf(token, positionId, now);
    const vaultFree = books.total[token] - books.locked[token] - books.reserved[token];
    const room = { token, available, total: available, notOnHold, notNeeded: available, minimumPosition: 1n };
    const checked = checkWithdrawal(BigInt(act.amount), { ...room, vaultFree, outflowRoom: 10n ** 9n });
    if (!checked.ok) return false;
    this.ids += 1n;
    const source = isSuspense ? ({ kind: "suspense" } as const) : ({ kind: "position", positionId } as const);
    const withdrawal = { authorizationId: this.ids, provider, token, amount: checked.value, source };
    this.service.decide({ kind: "reserve", withdrawal: { ...withdrawal, expiresAt: now + AUTHORISED_SECONDS } });
    return true;
  }

  private freeOf(token: Token, positionId: string, now: number): bigint {
    const { books, holds } = this.service;
    const hold = holds.get(`${token} ${positionId}`) ?? NO_HOLD;
    const [available, locked] = [
      books.pocket(token, positionId, "available"),
      books.pocket(token, positionId, "locked"),
    ];
    return freeToLeave({ available, locked, hold }, now);
  }

  /** Anybody may try an authorisation again, whatever became of it. */
  private pay(pick: number): boolean {
    const withdrawal = nth([...this.service.withdrawals.values()], pick);
    if (!withdrawal) return false;
    const { authorizationId: id, provider: withdrawer, token, amount, expiresAt } = withdrawal;
    this.chain.send({ kind: "withdraw", withdrawer, token, amount, id, expiresAt: BigInt(expiresAt) });
    return true;
  }

  private move(act: Of<"move">, now: number): boolean {
    const [person, token] = [personOf(act), tokenOf(act)];
    const positionId = `${person} ${act.position}`;
    const from = `${person} ${act.position === "free" ? "held" : "free"}`;
    const free = this.freeOf(token, from, now);
    const amount = BigInt(act.amount) < free ? BigInt(act.amount) : free;
    if (amount <= 0n) return false;
    this.ids += 1n;
    const entry = moveEntry(String(this.ids), token, { from, to: positionId, amount });
    this.service.decide({ kind: "arrive", entry, positionId, amount, at: now });
    return true;
  }

  private assign(act: Of<"assign">, now: number): boolean {
    const [principal, token] = [personOf(act), tokenOf(act)];
    const free = this.service.books.balance(token, { kind: "suspense", principal });
    const amount = BigInt(act.amount) < free ? BigInt(act.amount) : free;
    if (amount <= 0n) return false;
    this.ids += 1n;
    const positionId = `${principal} ${act.position}`;
    const entry = assignmentEntry(String(this.ids), token, { principal, positionId, amount });
    this.service.decide({ kind: "arrive", entry, positionId, amount, at: now });
    return true;
  }

  private candidates(token: Token): Candidate[] {
    const { books } = this.service;
    return PEOPLE.flatMap((person) => [`${person} free`, `${person} held`]).flatMap((id) => {
      const [available, reserved] = [books.pocket(token, id, "available"), books.pocket(token, id, "reserved")];
      const taker = { available, reserved, locked: books.pocket(token, id, "locked"), policies: 0 };
      const standing = standingOf({ ...taker, acceptingPolicies: true, healthStatus: "Healthy" }, RULES);
      return standing.takesPolicies ? [{ id, room: standing.freeForPolicies }] : [];
    });
  }

  private quote(act: Of<"quote">, now: number): boolean {
    const token = tokenOf(act);
    const [strikeUsdMicros, quantity] = [PRICE, BigInt(act.amount)];
    const coverage = coverageOf({ strikeUsdMicros, quantity, floorPriceUsdMicros: floorPrice(PRICE, RULES) });
    const put = { strikeUsdMicros, quantity, coverage };
    const lock = initialLock(coverage, RULES);
    const { minimumBacking, volatility } = RULES;
    const demand = { put, lock, minimumBacking, tier: "Balanced" as const, token };
    const shared = shareAmongLargest(demand, this.candidates(token));
    if (!shared.ok) return false;
    const seconds = act.tenures * TENURE_SECONDS;
    const premium = premiumOf(fairValue(put, { priceUsdMicros: PRICE, volatility, seconds }), RULES);
    const parts = shared.value.map((part) => ({ positionId: part.id, coverage: part.coverage, lock: part.lock }));
    this.ids += 1n;
    const ends = { expiresAt: now + seconds, quotedUntil: now + QUOTED_SECONDS };
    const sold = { policyId: this.ids, token, buyer: personOf(act), put, premium, lock, ...ends, parts };
    this.service.decide({ kind: "quote", sold });
    return true;
  }

  private buy(pick: number): boolean {
    const policy = nth([...this.service.cover.policies.values()], pick);
    if (!policy) return false;
    const { policyId, token, buyer, premium, lock, put, expiresAt, quotedUntil } = policy;
    const terms = { policyId, token, buyer, premium, lock, coverage: put.coverage };
    const times = { releaseAfter: BigInt(expiresAt), expiresAt: BigInt(quotedUntil) };
    this.chain.send({ kind: "premium", ...terms, ...times });
    return true;
  }

  private active(pick: number) {
    return nth(
      [...this.service.cover.policies.values()].filter(({ status }) => status === "active"),
      pick,
    );
  }

  private raise(act: Of<"raise">): boolean {
    const policy = this.active(act.pick);
    if (!policy) return false;
    const parts = policy.backings.flatMap(({ positionId, coverage, locked, reserved }) => {
      const room = coverage - locked - reserved;
      const free = this.service.books.pocket(policy.token, positionId, "available");
      const most = [room, free, BigInt(act.amount)].reduce((one, other) => (one < other ? one : other));
      return most > 0n ? [{ positionId, amount: most }] : [];
    });
    if (parts.length === 0) return false;
    this.service.decide({ kind: "raise", policyId: policy.policyId, parts });
    return this.sendCalls(policy.policyId);
  }

  private payout({ pick, price }: Of<"payout">, now: number): boolean {
    const policy = this.active(pick);
    if (!policy) return false;
    this.service.decide({ kind: "payout", policyId: policy.policyId, priceUsdMicros: BigInt(price), at: now });
    return this.sendCalls(policy.policyId);
  }

  /** What the vault owes to be told of a policy; told again, it does no harm. */
  private sendCalls(policyId: bigint): boolean {
    const { token, status, target, locked, payout, missing } = this.service.cover.policy(policyId);
    if (!["active", "settling", "releasing"].includes(status)) return false;
    if (target > locked) this.chain.send({ kind: "lock", token, locks: [{ policyId, amount: target }] });
    if (status === "settling") this.chain.send({ kind: "settle", token, policyId, amount: payout - missing });
    if (status === "releasing") this.chain.send({ kind: "release", token, policyIds: [policyId] });
    return true;
  }

  sendAll() {
    for (const policyId of this.service.cover.policies.keys()) this.sendCalls(policyId);
  }

  /** Nothing that was promised stays open, unless a thief has taken what it needs. */
  requireEnded() {
    const { withdrawals, cover, breaches } = this.service;
    for (const { authorizationId, status } of withdrawals.values())
      if (status === "open") throw new Error(`Withdrawal ${authorizationId} stays open for good`);
    for (const { policyId, status } of cover.policies.values())
      if (breaches === 0 && ["quoted", "settling", "releasing"].includes(status))
        throw new Error(`Policy ${policyId} is ${status} for good`);
  }
}

function nth<One>(all: One[], pick: number): One | undefined {
  return all.length === 0 ? undefined : all[pick % all.length];
}
