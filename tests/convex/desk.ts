/** What tests let providers do with capital that is in, and how they see what became of it. STX, unless they say so. */
import { expect, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import type { Tier } from "../../src/domain/tiers";
import type { Token } from "../../src/domain/tokens";
import { as, type Backend, openBackend, PaperVault, settle, sync } from "./backend";

/** A day of the paper vault. */
export const DAY_BLOCKS = 86_400 / 10;

export const ASSIGNMENT = { token: "STX", tier: "Balanced", amount: 2_000_000n };
export const MOVE = { token: "STX", fromTier: "Balanced", toTier: "Conservative", amount: 2_000_000n };
type Keyed<T> = Partial<T & { idempotencyKey: string }>;

export function refusal(code: string, facts: Record<string, unknown> = {}) {
  return expect.objectContaining({ data: expect.objectContaining({ code, ...facts }) });
}

export async function openDesk(): Promise<Desk> {
  // The sync loop schedules its next cycle; tests run the cycles that they want themselves.
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  const desk = new Desk(await openBackend());
  await sync(desk.backend, desk.vault);
  return desk;
}

export class Desk {
  readonly vault = new PaperVault();

  constructor(readonly backend: Backend) {}

  async deposited(who: string, amount: bigint, tier: Tier, token: Token = "STX") {
    const request = { token, tier, amount };
    const { reference } = await as(this.backend, who).action(api.liquidity.requestCommitCapital, request);
    this.vault.deposit(who, token, amount, reference);
    await settle(this.backend, this.vault);
  }

  /** A deposit that no commitment claims. */
  async strayed(who: string, amount: bigint) {
    this.vault.deposit(who, "STX", amount, 0n);
    await settle(this.backend, this.vault);
  }

  withdraw(who: string, amount: bigint, tier: Tier) {
    return as(this.backend, who).action(api.liquidity.requestWithdrawal, { token: "STX", tier, amount });
  }

  assign(who: string, changes: Keyed<typeof ASSIGNMENT> = {}) {
    return as(this.backend, who).action(api.liquidity.assignSuspense, { ...ASSIGNMENT, ...changes });
  }

  move(who: string, changes: Keyed<typeof MOVE> = {}) {
    return as(this.backend, who).action(api.liquidity.moveCapital, { ...MOVE, ...changes });
  }

  portfolio(who: string) {
    return as(this.backend, who).query(api.liquidity.getProviderPortfolio, {});
  }

  /** The provider's available capital by tier, and what is in suspense, both in one token. */
  async capital(who: string, token: Token = "STX") {
    const { positions, suspense } = await this.portfolio(who);
    const inTiers = positions.filter((position) => position.token === token);
    return {
      ...Object.fromEntries(inTiers.map(({ tier, available }) => [tier, available])),
      suspense: suspense.find((row) => row.token === token)?.amount ?? 0n,
    };
  }

  written() {
    return this.backend.run(async (ctx) => ({
      moves: (await ctx.db.query("moves").take(99)).length,
      entries: (await ctx.db.query("entries").take(99)).map(({ entryId }) => entryId),
      positions: (await ctx.db.query("positions").take(99)).map(({ _id, ...row }) => row),
    }));
  }

  /** Refused with this code, and not a row has changed. */
  async refused(call: () => Promise<unknown>, code: string, facts: Record<string, unknown> = {}) {
    const before = await this.written();
    await expect(call()).rejects.toEqual(refusal(code, facts));
    expect(await this.written()).toEqual(before);
  }

  limitCapacity(tier: Tier, capacityLimit: bigint) {
    return this.backend.run(async (ctx) => {
      const terms = { capacityLimit, minimumPosition: 1_000_000n, minimumHoldSeconds: 0 };
      await ctx.db.insert("tierTerms", { tier, token: "STX", ...terms });
    });
  }

  /** As an operator does. */
  tripCommit() {
    const change = { capability: "commit" as const, actor: "Ada", reason: "test" };
    return this.backend.mutation(internal.breakers.control.tripBreaker, change);
  }
}
