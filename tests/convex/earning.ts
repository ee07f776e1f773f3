/** Policies of a test that do nothing but earn: their premiums come from money that somebody sent to the vault. */
import type { Id } from "../../convex/_generated/dataModel";
import { applyEntry } from "../../convex/ledger/model";
import { insertPolicy } from "../../convex/policies/model";
import { makeEntry } from "../../src/domain/ledger";
import type { Tier } from "../../src/domain/tiers";
import type { Backend } from "./backend";

export const PAYER = "ST3NBRSFKX28FQ2ZJ1MAKX58HKHSDGNV5N7R21XCP";

export interface Sale {
  policyId: bigint;
  premium: bigint;
  startedAt: number;
  expiresAt: number;
  backings: { positionId: Id<"positions">; coverage: bigint }[];
}

/** An active policy in STX and Balanced, whose premium is in its account. Nothing is locked behind it. */
export function sell(backend: Backend, { policyId, premium, startedAt, expiresAt, backings }: Sale) {
  return backend.run(async (ctx) => {
    const coverage = backings.reduce((sum, backing) => sum + backing.coverage, 0n);
    const terms = {
      policyId,
      buyer: PAYER,
      underlying: "STX" as const,
      token: "STX" as const,
      tier: "Balanced" as const,
    };
    const put = { strikeUsdMicros: 1_000_000n, quantity: coverage, coverage, floorPriceUsdMicros: 500_000n };
    const sale = {
      premium,
      lock: 0n,
      quotedAtUsdMicros: 1_000_000n,
      expiresAt,
      termsExpireAt: startedAt,
      signature: "",
    };
    const state = {
      status: "active" as const,
      startedAt,
      locked: 0n,
      lockTarget: 0n,
      exercisedAtMs: null,
      outcome: null,
    };
    const behind = backings.map((backing) => ({ ...backing, quantity: backing.coverage, locked: 0n, reserved: 0n }));
    await insertPolicy(ctx, { ...terms, ...put, ...sale, ...state, earned: 0n, earnedUntil: startedAt }, behind);
    const paid = makeEntry(`test premium:${policyId}`, "STX", [
      { account: { kind: "suspense", principal: PAYER }, amount: -premium },
      { account: { kind: "premium", policyId }, amount: premium },
    ]);
    await applyEntry(ctx, paid, startedAt);
  });
}

export function positionOf(backend: Backend, provider: string, tier: Tier = "Balanced"): Promise<Id<"positions">> {
  return backend.run(async (ctx) => {
    const position = await ctx.db
      .query("positions")
      .withIndex("by_provider_and_tier_and_token", (q) =>
        q.eq("provider", provider).eq("tier", tier).eq("token", "STX"),
      )
      .unique();
    return position?._id as Id<"positions">;
  });
}

/** Who has got how much of premiums, base units of STX. */
export function earnings(backend: Backend) {
  return backend.run(async (ctx) => {
    const balances = new Map<string, bigint>();
    for await (const { name, token, balance } of ctx.db.query("accounts"))
      if (token === "STX") balances.set(name, balance);
    const yields: Record<string, bigint> = {};
    for await (const { provider, accruedYield } of ctx.db.query("positions"))
      yields[provider] = (yields[provider] ?? 0n) + accruedYield;
    const unearned = [...balances].filter(([name]) => name.startsWith("premium/"));
    return {
      insurance: balances.get("insurance") ?? 0n,
      fees: balances.get("fees") ?? 0n,
      unearned: unearned.reduce((sum, [, balance]) => sum + balance, 0n),
      yields,
    };
  });
}
