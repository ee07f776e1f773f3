/**
 * The vault's contract in the simulation: its rules about money, locks and who may do what, written again in the plainest
 * way, refusals and their order included. The real contract must answer each transaction alike.
 */
import { TOKENS, type Token } from "../../src/domain/tokens";
import { contracts } from "../../src/stacks/bindings";
import type { VaultEvent } from "../../src/stacks/vaultEvents";
import { type Bucket, poured, withCap } from "./buckets";
import { demand, isAmount, isSameTerms, LIMIT, Refused } from "./refusing";
import { ADMIN, type Call, type Caps, GUARDIAN, SERVICE, type Transfer, type Tx } from "./transactions";

const NAMES = contracts.liquidityVault.constants;
const DELAY = 144;

/** A policy as the contract knows it; with nothing locked it has ended. */
export interface Cover {
  buyer: string;
  token: Token;
  lock: bigint;
  coverage: bigint;
  releaseAfter: bigint;
}

/** A block: its number, which is its burn block's here, and its time in unix seconds. */
export interface Now {
  height: number;
  time: number;
}

/** What a transaction comes to: an error of the contract by its name, or an event and transfers (a gift has no event). */
export type Answer = { error: string } | { error: null; event: VaultEvent | null; transfers: Transfer[] };

const each = <Value>(value: () => Value): Record<Token, Value> => ({ STX: value(), sBTC: value() });

/** What the contract knows at a block. */
export class VaultState {
  balance = each(() => 0n);
  locked = each(() => 0n);
  held = each(() => 0n);
  withdrawals: Record<Token, Bucket>;
  settlements: Record<Token, Bucket>;
  /** Whether each id that is no more was paid, or revoked. */
  used = new Map<bigint, "paid" | "revoked">();
  policies = new Map<bigint, Cover>();
  pending: { readyAt: number; caps: Caps } | null = null;
  paused = false;
  sequence = 0n;

  /** @param caps what may leave in 144 blocks by each way; half of it at once */
  constructor(
    private readonly vault: string,
    caps: Caps,
    height: number,
  ) {
    this.withdrawals = each(() => ({ cap: caps.withdrawals, usedByWindow: 0n, drainedAt: height }));
    this.settlements = each(() => ({ cap: caps.settlements, usedByWindow: 0n, drainedAt: height }));
  }

  /** A refused transaction changes nothing. */
  execute(tx: Tx, now: Now): Answer {
    try {
      const { event, transfers = [] } = this.done(tx, now);
      return { error: null, event, transfers };
    } catch (error) {
      if (error instanceof Refused) return { error: error.code };
      throw error;
    }
  }

  private done(tx: Tx, now: Now): { event: VaultEvent | null; transfers?: Transfer[] } {
    switch (tx.kind) {
      case "deposit":
        return this.deposit(tx);
      case "gift":
        this.held[tx.token] += tx.amount;
        return { event: null, transfers: [this.paidIn(tx)] };
      case "absorb": {
        const surplus = this.held[tx.token] - this.balance[tx.token];
        demand(surplus > 0n, "errNoSurplus");
        return { event: { kind: "surplus", ...this.moved(tx.token, surplus, surplus) } };
      }
      case "withdraw":
        return this.withdraw(tx, now);
      case "premium":
        return this.premium(tx, now);
      case "lock":
        return { event: this.raise(tx) };
      case "release":
        return { event: this.release(tx, now) };
      case "settle":
        return this.settle(tx, now);
      case "revoke":
        return { event: this.revoke(tx) };
      default:
        return { event: this.control(tx, now) };
    }
  }

  private deposit({ sender, token, amount, reference, isRelayed }: Call<"deposit">) {
    demand(!isRelayed, "errIndirectCall");
    demand(isAmount(amount), "errInvalidAmount");
    demand(reference < LIMIT, "errInvalidId");
    this.held[token] += amount;
    const event = { kind: "deposit", depositor: sender, reference, ...this.moved(token, amount, amount) } as const;
    return { event, transfers: [this.paidIn({ sender, token, amount })] };
  }

  private withdraw({ sender: withdrawer, token, amount, id, expiresAt, signed }: Call<"withdraw">, now: Now) {
    demand(!this.paused, "errPaused");
    demand(isAmount(amount), "errInvalidAmount");
    demand(id < LIMIT, "errInvalidId");
    demand(BigInt(now.time) < expiresAt, "errAuthorizationExpired");
    demand(isSameTerms(signed, { withdrawer, token, amount, id, expiresAt }), "errInvalidSignature");
    demand(!this.used.has(id), "errAuthorizationUsed");
    demand(amount <= this.free(token), "errInsufficientBalance");
    this.withdrawals[token] = this.pour(this.withdrawals[token], amount, now);
    this.used.set(id, "paid");
    this.held[token] -= amount;
    const event = {
      kind: "withdrawal",
      withdrawer,
      authorizationId: id,
      ...this.moved(token, amount, -amount),
    } as const;
    return { event, transfers: [this.paidOut({ token, amount, to: withdrawer })] };
  }

  /** Coverage is at most what one settlement may take, and locks stand on what was free before the premium came. */
  private premium({ kind: _, sender: buyer, signature: __, signed, ...terms }: Call<"premium">, { time }: Now) {
    const { policyId, token, premium, lock, coverage, releaseAfter, expiresAt } = terms;
    demand(!this.paused, "errPaused");
    demand(isAmount(premium) && isAmount(lock) && isAmount(coverage), "errInvalidAmount");
    demand(policyId < LIMIT && releaseAfter < LIMIT, "errInvalidId");
    demand(lock <= coverage, "errLockExceedsCoverage");
    demand(BigInt(time) < expiresAt, "errAuthorizationExpired");
    demand(isSameTerms(signed, { buyer, ...terms }), "errInvalidSignature");
    demand(!this.policies.has(policyId), "errPolicyExists");
    demand(lock <= this.free(token), "errLockExceedsAvailable");
    demand(coverage <= this.settlements[token].cap / 2n, "errCoverageExceedsBurst");
    this.policies.set(policyId, { buyer, token, lock, coverage, releaseAfter });
    this.held[token] += premium;
    this.locked[token] += lock;
    const policy = { buyer, policyId, lock, coverage, releaseAfter };
    const event = { kind: "premium", ...policy, ...this.moved(token, premium, premium) } as const;
    return { event, transfers: [this.paidIn({ sender: buyer, token, amount: premium })] };
  }

  private live(policyId: bigint): Cover {
    const policy = this.policies.get(policyId);
    if (!policy || policy.lock === 0n) throw new Refused("errPolicyNotLive");
    return policy;
  }

  /** All of a batch or nothing. */
  private raise({ sender, token, locks }: Call<"lock">): VaultEvent {
    demand(sender === SERVICE, "errNotAuthorized");
    const raised = new Map<bigint, bigint>();
    const policies = locks.map(({ policyId, amount }) => {
      const policy = this.live(policyId);
      demand(amount <= policy.coverage, "errLockExceedsCoverage");
      demand(policy.token === token, "errInvalidTokenContract");
      const before = raised.get(policyId) ?? policy.lock;
      raised.set(policyId, amount > before ? amount : before);
      return { policyId, amount: amount > before ? amount - before : 0n };
    });
    const added = policies.reduce((sum, { amount }) => sum + amount, 0n);
    demand(added <= this.free(token), "errLockExceedsAvailable");
    for (const [policyId, lock] of raised) this.live(policyId).lock = lock;
    this.locked[token] += added;
    return { kind: "lock", policies, ...this.moved(token, added, 0n) };
  }

  private release({ sender, token, policyIds }: Call<"release">, { time }: Now): VaultEvent {
    demand(sender === SERVICE, "errNotAuthorized");
    const ended = new Set<bigint>();
    const policies = policyIds.map((policyId) => {
      const policy = this.live(policyId);
      demand(!ended.has(policyId), "errPolicyNotLive");
      demand(policy.token === token, "errInvalidTokenContract");
      demand(BigInt(time) >= policy.releaseAfter, "errReleaseTooEarly");
      ended.add(policyId);
      return { policyId, amount: policy.lock };
    });
    const freed = policies.reduce((sum, { amount }) => sum + amount, 0n);
    for (const { policyId } of policies) this.live(policyId).lock = 0n;
    this.locked[token] -= freed;
    return { kind: "release", policies, ...this.moved(token, freed, 0n) };
  }

  private settle({ sender, token, policyId, amount }: Call<"settle">, now: Now) {
    demand(sender === SERVICE, "errNotAuthorized");
    demand(!this.paused, "errPaused");
    demand(isAmount(amount), "errInvalidAmount");
    const policy = this.live(policyId);
    const { buyer, lock: unlocked } = policy;
    demand(policy.token === token, "errInvalidTokenContract");
    demand(amount <= unlocked, "errUnlockExceedsLocked");
    this.settlements[token] = this.pour(this.settlements[token], amount, now);
    policy.lock = 0n;
    this.locked[token] -= unlocked;
    this.held[token] -= amount;
    const event = { kind: "settlement", policyId, buyer, unlocked, ...this.moved(token, amount, -amount) } as const;
    return { event, transfers: [this.paidOut({ token, amount, to: buyer })] };
  }

  private revoke({ sender, id }: Call<"revoke">): VaultEvent {
    demand(sender === SERVICE || sender === GUARDIAN, "errNotAuthorized");
    demand(id < LIMIT, "errInvalidId");
    demand(!this.used.has(id), "errAuthorizationUsed");
    this.used.set(id, "revoked");
    return { kind: "revocation", authorizationId: id, sequence: this.next() };
  }

  private control(tx: Call<"pause" | "lower caps" | "schedule caps" | "apply change" | "cancel change">, now: Now) {
    const { sender } = tx;
    const isStopper = sender === GUARDIAN || sender === ADMIN;
    switch (tx.kind) {
      case "pause":
        demand(tx.paused ? isStopper : sender === ADMIN, "errNotAuthorized");
        this.paused = tx.paused;
        return this.told(tx.paused ? NAMES.eventVaultPaused : NAMES.eventVaultUnpaused);
      case "lower caps":
        demand(sender === ADMIN, "errNotAuthorized");
        demand(
          TOKENS.every((token) => tx.caps.withdrawals <= this.withdrawals[token].cap),
          "errCapNotLower",
        );
        demand(
          TOKENS.every((token) => tx.caps.settlements <= this.settlements[token].cap),
          "errCapNotLower",
        );
        this.pending = null;
        this.setCaps(tx.caps, now);
        return this.told(NAMES.eventCapsLowered);
      case "schedule caps":
        demand(sender === ADMIN, "errNotAuthorized");
        this.pending = { readyAt: now.height + DELAY, caps: tx.caps };
        return this.told(NAMES.eventChangeScheduled);
      case "apply change": {
        if (!this.pending) throw new Refused("errNoPendingChange");
        demand(now.height >= this.pending.readyAt, "errChangeTooEarly");
        this.setCaps(this.pending.caps, now);
        this.pending = null;
        return this.told(NAMES.eventChangeApplied);
      }
      case "cancel change":
        demand(isStopper, "errNotAuthorized");
        demand(this.pending !== null, "errNoPendingChange");
        this.pending = null;
        return this.told(NAMES.eventChangeCancelled);
    }
  }

  private setCaps({ withdrawals, settlements }: Caps, { height }: Now) {
    for (const token of TOKENS) {
      this.withdrawals[token] = withCap(this.withdrawals[token], withdrawals, height);
      this.settlements[token] = withCap(this.settlements[token], settlements, height);
    }
  }

  private told(name: string): VaultEvent {
    return { kind: "control", name, sequence: this.next() };
  }

  private free(token: Token): bigint {
    return this.balance[token] - this.locked[token];
  }

  private pour(bucket: Bucket, amount: bigint, { height }: Now): Bucket {
    const after = poured(bucket, amount, height);
    if (!after) throw new Refused("errOutflowExceedsCap");
    return after;
  }

  private paidIn({ sender: from, token, amount }: { sender: string; token: Token; amount: bigint }): Transfer {
    return { token, from, to: this.vault, amount };
  }

  private paidOut(transfer: Omit<Transfer, "from">): Transfer {
    return { ...transfer, from: this.vault };
  }

  /** The counters after an event. */
  private moved(token: Token, amount: bigint, change: bigint) {
    this.balance[token] += change;
    return { token, amount, balance: this.balance[token], locked: this.locked[token], sequence: this.next() };
  }

  private next(): bigint {
    this.sequence += 1n;
    return this.sequence;
  }
}
