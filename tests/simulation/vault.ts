/**
 * The vault's contract in the simulation: its rules about money and locks, written again in the plainest way. A call that
 * the contract would refuse is null and changes nothing.
 */
import type { Token } from "../../src/domain/tokens";
import type { PolicyTerms } from "../../src/stacks/authorization";
import type { VaultEvent } from "../../src/stacks/vaultEvents";

const WINDOW = 144n;

/** As the authoriser signs them. */
export type SignedTerms = PolicyTerms;

export type Tx =
  | { kind: "deposit"; depositor: string; token: Token; amount: bigint; reference: bigint }
  | { kind: "withdraw"; withdrawer: string; token: Token; amount: bigint; id: bigint; expiresAt: bigint }
  | { kind: "revoke"; id: bigint }
  | { kind: "gift"; token: Token; amount: bigint }
  | { kind: "absorb"; token: Token }
  | { kind: "pause"; paused: boolean }
  | ({ kind: "premium" } & SignedTerms)
  | { kind: "lock"; token: Token; locks: { policyId: bigint; amount: bigint }[] }
  | { kind: "release"; token: Token; policyIds: bigint[] }
  | { kind: "settle"; token: Token; policyId: bigint; amount: bigint };

/** What left already of what may leave in a window; what a block drains is half of the cap. */
export interface Bucket {
  usedByWindow: bigint;
  drainedAt: number;
}

/** A policy as the contract knows it; with nothing locked it has ended. */
interface Cover {
  buyer: string;
  token: Token;
  lock: bigint;
  coverage: bigint;
  releaseAfter: bigint;
}

/** A block: its number, which is its burn block's here, and its time in unix seconds. */
interface Now {
  height: number;
  time: number;
}

type Call<Kind extends Tx["kind"]> = Extract<Tx, { kind: Kind }>;

/** What a bucket still holds at a block, block by block. */
export function drained({ usedByWindow, drainedAt }: Bucket, height: number, cap: bigint): bigint {
  let used = usedByWindow;
  for (let block = drainedAt; block < height && used > 0n; block += 1) used -= cap / 2n;
  return used > 0n ? used : 0n;
}

/** Base units that the bucket lets through at a block, rounded down. */
export function roomOf(bucket: Bucket, height: number, cap: bigint): bigint {
  return ((cap / 2n) * WINDOW - drained(bucket, height, cap)) / WINDOW;
}

const empty = (): Record<Token, Bucket> => ({
  STX: { usedByWindow: 0n, drainedAt: 0 },
  sBTC: { usedByWindow: 0n, drainedAt: 0 },
});

/** What the contract knows at a block. */
export class VaultState {
  balance: Record<Token, bigint> = { STX: 0n, sBTC: 0n };
  locked: Record<Token, bigint> = { STX: 0n, sBTC: 0n };
  held: Record<Token, bigint> = { STX: 0n, sBTC: 0n };
  withdrawals = empty();
  settlements = empty();
  used = new Set<bigint>();
  policies = new Map<bigint, Cover>();
  paused = false;
  sequence = 0n;

  /** @param cap what may leave in 144 blocks by either way; half of it at once */
  constructor(readonly cap: bigint) {}

  /** The event of a transaction; null where the contract refuses it. */
  execute(tx: Tx, now: Now): VaultEvent | null {
    switch (tx.kind) {
      case "deposit": {
        const { depositor, reference, token, amount } = tx;
        this.held[token] += amount;
        return { kind: "deposit", depositor, reference, ...this.moved(token, amount, amount) };
      }
      case "gift":
        this.held[tx.token] += tx.amount;
        return null;
      case "absorb": {
        const surplus = this.held[tx.token] - this.balance[tx.token];
        return surplus > 0n ? { kind: "surplus", ...this.moved(tx.token, surplus, surplus) } : null;
      }
      case "pause":
        this.paused = tx.paused;
        return { kind: "control", name: tx.paused ? "paused" : "unpaused", sequence: this.next() };
      case "revoke":
        if (this.used.has(tx.id)) return null;
        this.used.add(tx.id);
        return { kind: "revocation", authorizationId: tx.id, sequence: this.next() };
      case "withdraw":
        return this.withdraw(tx, now);
      case "premium":
        return this.premium(tx, now);
      case "lock":
        return this.raise(tx);
      case "release":
        return this.release(tx, now);
      case "settle":
        return this.settle(tx, now);
    }
  }

  private withdraw(tx: Call<"withdraw">, { height, time }: Now): VaultEvent | null {
    const { token, amount, id } = tx;
    const used = drained(this.withdrawals[token], height, this.cap) + amount * WINDOW;
    if (this.paused || this.used.has(id) || BigInt(time) >= tx.expiresAt) return null;
    if (amount > this.balance[token] - this.locked[token] || used > (this.cap / 2n) * WINDOW) return null;
    this.used.add(id);
    this.withdrawals[token] = { usedByWindow: used, drainedAt: height };
    this.held[token] -= amount;
    const { withdrawer } = tx;
    return { kind: "withdrawal", withdrawer, authorizationId: id, ...this.moved(token, amount, -amount) };
  }

  /** Coverage is at most what one settlement may take, and locks stand on what was free before the premium came. */
  private premium(tx: Call<"premium">, { time }: Now): VaultEvent | null {
    const { buyer, policyId, token, premium, lock, coverage, releaseAfter, expiresAt } = tx;
    if (this.paused || this.policies.has(policyId) || BigInt(time) >= expiresAt) return null;
    if (premium <= 0n || lock <= 0n || lock > coverage || coverage > this.cap / 2n) return null;
    if (lock > this.balance[token] - this.locked[token]) return null;
    this.policies.set(policyId, { buyer, token, lock, coverage, releaseAfter });
    this.held[token] += premium;
    this.locked[token] += lock;
    return { kind: "premium", buyer, policyId, lock, coverage, releaseAfter, ...this.moved(token, premium, premium) };
  }

  private live(policyId: bigint, token: Token): Cover | null {
    const policy = this.policies.get(policyId);
    return policy && policy.lock > 0n && policy.token === token ? policy : null;
  }

  /** All of a batch or nothing. */
  private raise({ token, locks }: Call<"lock">): VaultEvent | null {
    const raised = new Map<bigint, bigint>();
    const policies = [];
    for (const { policyId, amount } of locks) {
      const policy = this.live(policyId, token);
      if (!policy || amount > policy.coverage) return null;
      const before = raised.get(policyId) ?? policy.lock;
      raised.set(policyId, amount > before ? amount : before);
      policies.push({ policyId, amount: amount > before ? amount - before : 0n });
    }
    const added = policies.reduce((sum, { amount }) => sum + amount, 0n);
    if (added > this.balance[token] - this.locked[token]) return null;
    for (const [policyId, lock] of raised) (this.policies.get(policyId) as Cover).lock = lock;
    this.locked[token] += added;
    return { kind: "lock", policies, ...this.moved(token, added, 0n) };
  }

  private release({ token, policyIds }: Call<"release">, { time }: Now): VaultEvent | null {
    if (new Set(policyIds).size < policyIds.length) return null;
    const policies = [];
    for (const policyId of policyIds) {
      const policy = this.live(policyId, token);
      if (!policy || BigInt(time) < policy.releaseAfter) return null;
      policies.push({ policyId, amount: policy.lock });
    }
    const freed = policies.reduce((sum, { amount }) => sum + amount, 0n);
    for (const { policyId } of policies) (this.policies.get(policyId) as Cover).lock = 0n;
    this.locked[token] -= freed;
    return { kind: "release", policies, ...this.moved(token, freed, 0n) };
  }

  private settle({ token, policyId, amount }: Call<"settle">, { height }: Now): VaultEvent | null {
    const policy = this.live(policyId, token);
    const used = drained(this.settlements[token], height, this.cap) + amount * WINDOW;
    if (!policy || this.paused || amount <= 0n || amount > policy.lock) return null;
    if (used > (this.cap / 2n) * WINDOW) return null;
    const { buyer, lock: unlocked } = policy;
    policy.lock = 0n;
    this.settlements[token] = { usedByWindow: used, drainedAt: height };
    this.locked[token] -= unlocked;
    this.held[token] -= amount;
    return { kind: "settlement", policyId, buyer, unlocked, ...this.moved(token, amount, -amount) };
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
