/** What tests of withdrawals do again and again: one backend, one vault on paper, and the people between them. */
import { expect } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import type { Token } from "../../src/domain/tokens";
import type { Observation } from "../../src/stacks/observe";
import { apply, as, type Backend, openBackend, PaperVault, settle, sync } from "./backend";
import { expectBooksToFold } from "./books";

export const STX = { token: "STX", tier: "Balanced" };
/** Blocks of the vault on paper within an hour: what an authorisation lasts. */
export const HOUR = 360;

export function refusal(code: string, facts: Record<string, unknown> = {}) {
  return expect.objectContaining({ data: expect.objectContaining({ code, ...facts }) });
}

export class Scene {
  readonly vault = new PaperVault();

  private constructor(readonly backend: Backend) {}

  static async open(backend?: Backend): Promise<Scene> {
    const scene = new Scene(backend ?? (await openBackend()));
    await scene.sync();
    return scene;
  }

  settle() {
    return settle(this.backend, this.vault);
  }

  sync() {
    return sync(this.backend, this.vault);
  }

  apply(look: Observation) {
    return apply(this.backend, look);
  }

  async deposited(who: string, amount: bigint, position: { token: string; tier: string } = STX) {
    const { reference } = await as(this.backend, who).action(api.liquidity.requestCommitCapital, {
      ...position,
      amount,
    });
    this.vault.deposit(who, position.token as Token, amount, reference);
    await this.settle();
  }

  /** A deposit that no commitment claims. */
  async sent(who: string, amount: bigint, token: Token = "STX") {
    this.vault.deposit(who, token, amount, 0n);
    await this.settle();
  }

  portfolio(who: string) {
    return as(this.backend, who).query(api.liquidity.getProviderPortfolio, {});
  }

  quote(who: string, position: { token: string; tier: string } = STX) {
    return as(this.backend, who).query(api.liquidity.quoteWithdrawal, position);
  }

  request(who: string, amount: bigint, more: { token?: string; tier?: string; idempotencyKey?: string } = {}) {
    return as(this.backend, who).action(api.liquidity.requestWithdrawal, { ...STX, amount, ...more });
  }

  requestSuspense(who: string, amount: bigint, more: { token?: string; idempotencyKey?: string } = {}) {
    return as(this.backend, who).action(api.liquidity.requestSuspenseWithdrawal, { token: "STX", amount, ...more });
  }

  cancel(who: string, withdrawalId: string) {
    return as(this.backend, who).action(api.liquidity.cancelWithdrawal, { withdrawalId });
  }

  /** An operator has looked, and lets withdrawals go on. */
  letGoOn() {
    const reset = { capability: "withdraw" as const, actor: "Ada", reason: "looked into" };
    return this.backend.mutation(internal.breakers.control.resetBreaker, reset);
  }

  withdrawals() {
    return this.backend.run((ctx) => ctx.db.query("withdrawals").take(1_000));
  }

  /** The calls that the service owes to the vault. */
  async owed() {
    return (await this.backend.run((ctx) => ctx.db.query("outboxCalls").take(1_000))).map(({ call }) => call);
  }

  account(name: string, token: Token = "STX") {
    return this.backend.run(async (ctx) => {
      const row = await ctx.db
        .query("accounts")
        .withIndex("by_name_and_token", (q) => q.eq("name", name).eq("token", token))
        .unique();
      return row?.balance ?? 0n;
    });
  }

  /** Why withdrawals are stopped; null while they are not. */
  stopped() {
    return this.backend.run(async (ctx) => {
      const row = await ctx.db
        .query("breakers")
        .withIndex("by_capability", (q) => q.eq("capability", "withdraw"))
        .unique();
      return row?.tripped ? row.reason : null;
    });
  }

  /** Balances are folds of entries, and what counts as authorised is the sum of what is open. */
  async expectExactBooks() {
    await expectBooksToFold(this.backend);
    const open = (await this.withdrawals()).filter(({ status }) => status === "authorised" || status === "cancelling");
    const totals = await this.backend.run((ctx) => ctx.db.query("authorisedTotals").take(9));
    for (const token of ["STX", "sBTC"]) {
      const sum = open.filter((known) => known.token === token).reduce((total, { amount }) => total + amount, 0n);
      expect(totals.find((row) => row.token === token)?.amount ?? 0n).toBe(sum);
    }
  }
}
