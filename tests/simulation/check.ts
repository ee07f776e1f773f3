/** Everything that the backend says and keeps, against the model: after each act, and more of it after an episode. */
import { expect } from "vitest";
import { api } from "../../convex/_generated/api";
import { TIERS } from "../../src/domain/tiers";
import { TOKENS, type Token } from "../../src/domain/tokens";
import { balanceChange } from "../../src/stacks/vaultEvents";
import { as } from "../convex/backend";
import { free, type Model, reserved } from "./model";
import type { Stage } from "./stage";
import { PROVIDERS } from "./wallets";

/** Lists whose order is nobody's promise are compared in the order of what their rows say. */
const wordsOf = (row: object) =>
  Object.entries(row)
    .map(([name, value]) => `${name} ${value}`)
    .sort()
    .join();
const byWords = (one: object, other: object) => (wordsOf(one) < wordsOf(other) ? -1 : 1);

function portfolioIn(model: Model, provider: string) {
  const positions = model.positionsOf(provider).map(({ tier, token }) => ({
    tier,
    token,
    total: model.totalOf(provider, tier, token),
    available: model.balance(free(provider, tier), token),
    reserved: model.balance(reserved(provider, tier), token),
    locked: 0n,
    accruedYield: 0n,
    acceptingPolicies: !model.optedOut.has(`${provider} ${tier} ${token}`),
  }));
  const suspense = TOKENS.map((token) => ({
    token,
    amount: model.balance(free(provider, "suspense"), token),
    reserved: model.balance(reserved(provider, "suspense"), token),
  }));
  return { positions: positions.sort(byWords), suspense: suspense.filter((row) => row.amount + row.reserved > 0n) };
}

function pendingIn(model: Model, provider: string) {
  const { seen, commitments } = model;
  return (seen?.waiting ?? [])
    .flatMap(({ event, txId, blockHeight }) => {
      if (event.kind !== "deposit" || event.depositor !== provider) return [];
      const { token, amount, reference } = event;
      const claim = commitments.find((one) => one.reference === reference && one.provider === provider);
      return [{ token, amount, tier: claim?.tier ?? null, reference, txId, blockHeight }];
    })
    .sort(byWords);
}

async function checkPortfolio({ backend, model }: Stage, provider: string) {
  const told = await as(backend, provider).query(api.liquidity.getProviderPortfolio, {});
  const positions = told.positions
    .map(({ tier, token, total, available, reserved, locked, accruedYield, acceptingPolicies }) => {
      return { tier, token, total, available, reserved, locked, accruedYield, acceptingPolicies };
    })
    .sort(byWords);
  expect({ positions, suspense: told.suspense }).toEqual(portfolioIn(model, provider));
  if (model.seen?.complete !== false) expect(told.pendingDeposits.sort(byWords)).toEqual(pendingIn(model, provider));
}

async function checkTiers({ backend, model }: Stage) {
  const told = await backend.query(api.liquidity.getTierStats, {});
  const expected = TIERS.flatMap((tierName) =>
    TOKENS.map((token) => ({
      tierName,
      token,
      totalCapital_virtual: model.capitalOf(tierName, token),
      totalLocked_virtual: 0n,
      utilization_estimate: 0,
      providerCount: model.positionsIn(tierName, token).length,
      activePolicyCount: 0,
      totalYieldAccrued_virtual: 0n,
      capacityLimit: model.termsOf(tierName, token).capacityLimit,
    })),
  );
  expect(told.sort(byWords)).toEqual(expected.sort(byWords));
}

function lastOf(model: Model, token: Token) {
  return model.booked.filter(({ event }) => "token" in event && event.token === token).at(-1);
}

async function checkPool({ backend, model }: Stage) {
  const told = await backend.query(api.liquidity.getPoolStats, {});
  const expected = TOKENS.map((token) => ({
    token,
    totalBalanceOnChain: model.bookedTotal(token),
    totalLocked: 0n,
    totalAvailable: model.bookedTotal(token),
    lastSequence: lastOf(model, token)?.event.sequence ?? 0n,
    lastSyncTimestamp: (lastOf(model, token)?.blockTime ?? 0) * 1_000,
  }));
  expect(told).toEqual(expected);
}

async function checkProof({ backend, model }: Stage) {
  const { seen } = model;
  if (!seen?.complete) return;
  const told = await backend.query(api.liquidity.getProof, {});
  const expected = seen.accounts.map(({ token, held, balance }) => {
    const waiting = seen.waiting.filter(({ event }) => "token" in event && event.token === token);
    const pending = waiting.reduce((sum, { event }) => sum + balanceChange(event), 0n);
    const surplus = held - balance;
    return { token, holds: true, held, counted: balance, booked: model.bookedTotal(token), pending, surplus };
  });
  const figures = told.map(({ token, holds, held, counted, booked, pending, surplus }) => {
    return { token, holds, held, counted, booked, pending, surplus };
  });
  expect(figures).toEqual(expected);
}

/** What no function tells: how much is promised, how much is held, what is stopped. */
async function checkRows({ backend, model }: Stage) {
  const rows = await backend.run(async (ctx) => ({
    authorised: await ctx.db.query("authorisedTotals").take(10),
    capacity: await ctx.db.query("tierCapacity").take(10),
    breakers: await ctx.db.query("breakers").take(10),
    outbox: await ctx.db.query("outboxCalls").take(200),
    cursor: (await ctx.db.query("chainMirror").unique())?.cursor ?? 0n,
  }));
  for (const token of TOKENS) {
    const told = rows.authorised.find((row) => row.token === token)?.amount ?? 0n;
    expect({ token, authorised: told }).toEqual({ token, authorised: model.authorised(token) });
    for (const tier of TIERS) {
      const held = rows.capacity.find((row) => row.token === token && row.tier === tier)?.held ?? 0n;
      expect({ tier, token, held }).toEqual({ tier, token, held: model.heldFor(tier, token) });
    }
  }
  const tripped = rows.breakers.filter((row) => row.tripped).map(({ capability }) => capability);
  expect(tripped.sort()).toEqual([...model.tripped].sort());
  expect(rows.cursor).toBe(BigInt(model.booked.length));
  const owed = rows.outbox.map(({ call }) => (call.kind === "revoke" ? call.authorizationId : call)).sort();
  expect(owed).toEqual(model.revocationsOwed.slice().sort());
}

export async function checkAll(stage: Stage) {
  for (const provider of PROVIDERS) await checkPortfolio(stage, provider);
  await checkTiers(stage);
  await checkPool(stage);
  await checkProof(stage);
  await checkRows(stage);
}
