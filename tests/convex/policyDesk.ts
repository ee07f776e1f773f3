/** What tests of policies do again and again: a market, providers behind it, a buyer, and the vault on paper between them. */
import { expect } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import type { Policy } from "../../convex/policies/model";
import { TOKEN_OF, type Underlying } from "../../src/domain/policies";
import type { Tier } from "../../src/domain/tiers";
import type { Token } from "../../src/domain/tokens";
import { as, BOB } from "./backend";
import { expectBooksToFold } from "./books";
import { setPrice } from "./pricing";
import { Scene } from "./withdrawing";

/** Blocks of the vault on paper. */
export const DAY = 8_640;
const DAY_SECONDS = 86_400;

export const PRICE: Record<Underlying, bigint> = { BTC: 60_000_000_000n, STX: 2_000_000n };
const QUANTITY: Record<Underlying, bigint> = { BTC: 10_000_000n, STX: 100_000_000n };

export interface Wanted {
  underlying: Underlying;
  tier: Tier;
  strikeUsdMicros: bigint;
  quantity: bigint;
  expiresAt: number;
}

interface Premium {
  buyer: string;
  amount: bigint;
  lock: bigint;
  coverage: bigint;
  releaseAfter: bigint;
}

export class Desk {
  private constructor(readonly scene: Scene) {}

  static async open(): Promise<Desk> {
    return new Desk(await Scene.open());
  }

  get vault() {
    return this.scene.vault;
  }

  get backend() {
    return this.scene.backend;
  }

  /** Unix seconds of the tip. */
  get now() {
    return this.vault.timeOf(this.vault.height);
  }

  /** A price of this block, published in it; newer than what was asked for before. */
  async price(underlying: Underlying, usdMicros = PRICE[underlying]) {
    this.vault.mine();
    await this.scene.sync();
    return setPrice(this.backend, underlying, usdMicros);
  }

  /** At the money, for ten days. */
  wanted(underlying: Underlying, tier: Tier, more: Partial<Wanted> = {}): Wanted {
    const terms = { strikeUsdMicros: PRICE[underlying], quantity: QUANTITY[underlying] };
    return { underlying, tier, ...terms, expiresAt: (this.now + 10 * DAY_SECONDS) * 1_000, ...more };
  }

  request(wanted: Wanted, buyer = BOB, more: { maxPremium?: bigint; idempotencyKey?: string } = {}) {
    return as(this.backend, buyer).action(api.policies.requestPolicy, { ...wanted, ...more });
  }

  async policy(policyId: bigint): Promise<Policy> {
    const policy = await this.backend.run((ctx) =>
      ctx.db
        .query("policies")
        .withIndex("by_policy_id", (q) => q.eq("policyId", policyId))
        .unique(),
    );
    if (!policy) throw new Error(`There is no policy ${policyId}`);
    return policy;
  }

  backings(policyId: bigint) {
    return this.backend.run((ctx) =>
      ctx.db
        .query("backings")
        .withIndex("by_policy", (q) => q.eq("policyId", policyId))
        .take(300),
    );
  }

  /** The buyer's wallet pays exactly what was signed. */
  async pays(policyId: bigint, more: Partial<Premium> = {}) {
    const { buyer, token, premium: amount, lock, coverage, expiresAt } = await this.policy(policyId);
    const paid = { policyId, buyer, amount, lock, coverage, releaseAfter: BigInt(expiresAt), ...more };
    this.vault.add({ kind: "premium", ...paid, ...this.vault.move(token, paid.amount) });
  }

  /** A policy whose premium is final. */
  async bought(wanted: Wanted, buyer = BOB): Promise<bigint> {
    const { policyId } = await this.request(wanted, buyer);
    await this.pays(policyId);
    await this.scene.settle();
    return policyId;
  }

  exercise(policyId: bigint, buyer = BOB) {
    return as(this.backend, buyer).action(api.policies.exercise, { policyId });
  }

  /** Mines until a final block is past a policy's expiry. */
  async expires(policyId: bigint) {
    const { expiresAt } = await this.policy(policyId);
    this.vault.mine(Math.max(0, Math.ceil((expiresAt - this.now) / 10)));
    await this.scene.settle();
  }

  /** What the vault has locked behind a policy, as its events tell. */
  lockOf(policyId: bigint): bigint {
    let lock = 0n;
    for (const { event } of this.vault.events) {
      if (event.kind === "premium" && event.policyId === policyId) lock = event.lock;
      if (event.kind === "lock") for (const part of event.policies) if (part.policyId === policyId) lock += part.amount;
      const isEnd =
        (event.kind === "settlement" && event.policyId === policyId) ||
        (event.kind === "release" && event.policies.some((part) => part.policyId === policyId));
      if (isEnd) lock = 0n;
    }
    return lock;
  }

  /** What the service owes the vault, oldest first; each call once. */
  async owed() {
    return (await this.scene.owed()).filter((call) => call.kind !== "revoke");
  }

  /** The vault does all that the service has asked for since the last time, in its order; what it can't do is a failure. */
  #served = 0;
  async serve() {
    const calls = await this.owed();
    for (const call of calls.slice(this.#served)) this.#serve(call);
    this.#served = calls.length;
    await this.scene.settle();
  }

  #serve(call: Awaited<ReturnType<Desk["owed"]>>[number]) {
    const { policyId, token } = call;
    const lock = this.lockOf(policyId);
    if (call.kind === "lock") this.locks(token, [{ policyId, amount: call.amount > lock ? call.amount - lock : 0n }]);
    if (call.kind === "release") this.releases(token, [{ policyId, amount: lock }]);
    if (call.kind === "settle") this.settles(token, policyId, call.amount);
  }

  locks(token: Token, policies: { policyId: bigint; amount: bigint }[]) {
    const amount = policies.reduce((sum, part) => sum + part.amount, 0n);
    this.vault.add({ kind: "lock", policies, amount, ...this.vault.move(token, 0n) });
  }

  releases(token: Token, policies: { policyId: bigint; amount: bigint }[]) {
    const amount = policies.reduce((sum, part) => sum + part.amount, 0n);
    this.vault.add({ kind: "release", policies, amount, ...this.vault.move(token, 0n) });
  }

  settles(token: Token, policyId: bigint, amount: bigint, buyer = BOB) {
    const unlocked = this.lockOf(policyId);
    if (amount > unlocked) throw new Error(`The vault has ${unlocked} locked and can't pay ${amount}`);
    this.vault.add({ kind: "settlement", policyId, buyer, unlocked, amount, ...this.vault.move(token, -amount) });
  }

  async position(who: string, { underlying, tier }: Pick<Wanted, "underlying" | "tier">) {
    const { positions } = await this.scene.portfolio(who);
    const found = positions.find((known) => known.token === TOKEN_OF[underlying] && known.tier === tier);
    if (!found) throw new Error(`${who} has no ${underlying} in ${tier}`);
    return found;
  }

  /** Why each capability is stopped. */
  async stopped(): Promise<Record<string, string>> {
    const { breakers } = await this.backend.query(internal.breakers.control.status, {});
    return Object.fromEntries(breakers.map(({ capability, reason }) => [capability, reason]));
  }

  /** Books fold, the proof holds, and what stands behind each policy is what its positions have in it. */
  async expectExact() {
    await expectBooksToFold(this.backend);
    for (const proof of await this.backend.query(api.liquidity.getProof, {}))
      expect(proof).toMatchObject({ holds: true });
    await this.backend.run(async (ctx) => {
      const inPositions = new Map<string, bigint>();
      const counts = new Map<string, number>();
      for await (const backing of ctx.db.query("backings")) {
        const policy = await ctx.db
          .query("policies")
          .withIndex("by_policy_id", (q) => q.eq("policyId", backing.policyId))
          .unique();
        const isOver = ["lapsed", "settled", "released"].includes(policy?.status ?? "");
        if (isOver) expect(backing).toMatchObject({ locked: 0n, reserved: 0n });
        else counts.set(backing.positionId, (counts.get(backing.positionId) ?? 0) + 1);
        for (const pocket of ["locked", "reserved"] as const) {
          const name = `${backing.positionId} ${pocket}`;
          inPositions.set(name, (inPositions.get(name) ?? 0n) + backing[pocket]);
        }
      }
      for await (const { _id, locked, reserved, policies } of ctx.db.query("positions")) {
        expect([_id, locked, reserved, policies]).toEqual([
          _id,
          inPositions.get(`${_id} locked`) ?? 0n,
          inPositions.get(`${_id} reserved`) ?? 0n,
          counts.get(_id) ?? 0,
        ]);
      }
    });
  }
}
