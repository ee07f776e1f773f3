/**
 * A vault and a backend that both do what they should, on paper: what happens is chosen by numbers, and both sides write down
 * what they saw. Naive on purpose: nothing here is the watcher's own.
 */
import fc from "fast-check";
import type { Token } from "../../src/domain/tokens";
import type { ObservedEvent } from "../../src/stacks/observe";
import type { VaultEvent } from "../../src/stacks/vaultEvents";
import type { Answers, Authorization, PolicyFacts } from "../../src/watcher/claims";

export const PEOPLE = ["ST1ALICE", "ST2BOB", "ST3CAROL"];
const KINDS = ["deposit", "withdraw", "buy", "raise", "settle", "release", "revoke", "control", "surplus"] as const;

export interface Happening {
  kind: (typeof KINDS)[number];
  who: number;
  token: Token;
  size: number;
}

export const happenings = fc.array(
  fc.record({
    kind: fc.constantFrom(...KINDS),
    who: fc.nat({ max: PEOPLE.length - 1 }),
    token: fc.constantFrom<Token>("STX", "sBTC"),
    size: fc.integer({ min: 1, max: 1_000 }),
  }),
  { minLength: 1, maxLength: 60 },
);

interface LivePolicy {
  policyId: bigint;
  token: Token;
  buyer: string;
  locked: bigint;
  coverage: bigint;
}

export class HonestWorld {
  readonly events: ObservedEvent[] = [];
  readonly authorizations = new Map<bigint, Authorization | null>();
  readonly policies = new Map<bigint, PolicyFacts | null>();
  readonly balances: Record<Token, bigint> = { STX: 0n, sBTC: 0n };
  readonly locked: Record<Token, bigint> = { STX: 0n, sBTC: 0n };
  private readonly live: LivePolicy[] = [];
  private ids = 100n;
  private time = 1_800_000_000;

  static of(all: Happening[]): HonestWorld {
    const world = new HonestWorld();
    for (const one of all) world.happen(one);
    return world;
  }

  get answers(): Answers {
    return { authorizations: this.authorizations, policies: this.policies };
  }

  /** What can't happen now does not. */
  private happen({ kind, who, token, size }: Happening): void {
    const person = PEOPLE[who] as string;
    const amount = BigInt(size);
    const free = this.balances[token] - this.locked[token];
    this.time += 10;
    switch (kind) {
      case "deposit":
        this.balances[token] += amount;
        this.print(token, amount, { kind: "deposit", depositor: person, reference: 0n });
        break;
      case "surplus":
        this.balances[token] += amount;
        this.print(token, amount, { kind: "surplus" });
        break;
      case "withdraw":
        if (free >= amount) this.withdraw(person, token, amount);
        break;
      case "buy":
        if (free >= amount) this.buy(person, token, amount);
        break;
      case "raise":
        this.raise(token, amount);
        break;
      case "settle":
        this.end(token, amount);
        break;
      case "release":
        this.end(token, 0n);
        break;
      case "revoke":
        this.control({ kind: "revocation", authorizationId: this.nextId() });
        break;
      case "control":
        this.control({ kind: "control", name: "caps-changed" });
        break;
    }
  }

  private nextId(): bigint {
    this.ids += 1n;
    return this.ids;
  }

  private withdraw(withdrawer: string, token: Token, amount: bigint): void {
    const id = this.nextId();
    const expiresAt = BigInt(this.time + 1);
    this.authorizations.set(id, { id, token, amount, withdrawer, expiresAt, status: "authorised" });
    this.balances[token] -= amount;
    this.print(token, amount, { kind: "withdrawal", withdrawer, authorizationId: id });
  }

  private buy(buyer: string, token: Token, lock: bigint): void {
    const policyId = this.nextId();
    const [premium, coverage, releaseAfter] = [5n, lock + 50n, BigInt(this.time + 1_000)];
    const times = { termsExpireAt: (this.time + 1) * 1_000, expiresAt: Number(releaseAfter) * 1_000 };
    this.policies.set(policyId, { buyer, token, premium, lock, coverage, ...times, outcome: null });
    this.live.push({ policyId, token, buyer, locked: lock, coverage });
    this.balances[token] += premium;
    this.locked[token] += lock;
    this.print(token, premium, { kind: "premium", buyer, policyId, lock, coverage, releaseAfter });
  }

  private raise(token: Token, by: bigint): void {
    const policy = this.live.find((one) => one.token === token);
    if (!policy) return;
    const room = policy.coverage - policy.locked;
    const free = this.balances[token] - this.locked[token];
    const amount = [by, room, free].reduce((least, one) => (one < least ? one : least));
    if (amount <= 0n) return;
    policy.locked += amount;
    this.locked[token] += amount;
    this.print(token, amount, { kind: "lock", policies: [{ policyId: policy.policyId, amount }] });
  }

  /** Pays at most what is locked; nothing is a release. */
  private end(token: Token, wished: bigint): void {
    const at = this.live.findIndex((one) => one.token === token);
    const [policy] = at < 0 ? [] : this.live.splice(at, 1);
    if (!policy) return;
    const { policyId, buyer, locked } = policy;
    const amount = wished < locked ? wished : locked;
    this.locked[token] -= locked;
    if (amount === 0n) {
      this.print(token, locked, { kind: "release", policies: [{ policyId, amount: locked }] });
      return;
    }
    const known = this.policies.get(policyId) as PolicyFacts;
    this.policies.set(policyId, { ...known, outcome: { payout: amount + 3n, missing: 3n } });
    this.balances[token] -= amount;
    this.print(token, amount, { kind: "settlement", policyId, buyer, unlocked: locked });
  }

  private print(token: Token, amount: bigint, fields: Record<string, unknown>): void {
    const state = { balance: this.balances[token], locked: this.locked[token] };
    this.control({ token, amount, ...state, ...fields });
  }

  private control(fields: Record<string, unknown>): void {
    const n = this.events.length + 1;
    this.events.push({
      ...{ txId: `0x${n}`, eventIndex: 0, blockHeight: n, blockHash: `0xb${n}`, blockTime: this.time },
      event: { ...fields, sequence: BigInt(n) } as unknown as VaultEvent,
    });
  }
}
