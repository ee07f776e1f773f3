/** Tiers: their metrics are a fold of what happens to positions, and capacity is what they leave. */
import { beforeEach, describe, expect, test } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import type { Id } from "../../convex/_generated/dataModel";
import { applyEntry } from "../../convex/ledger/model";
import { openPosition } from "../../convex/positions/model";
import { requireRoom, rulesOf, type TierKey, tierMetricsOf } from "../../convex/tiers/model";
import { makeEntry, type Pocket } from "../../src/domain/ledger";
import { DEFAULT_RULES, DEFAULT_TERMS } from "../../src/domain/tiers";
import { ALICE, type Backend, BOB, openBackend } from "./backend";

let backend: Backend;
let entries = 0;

beforeEach(async () => {
  backend = await openBackend();
});

const BALANCED = { tier: "Balanced", token: "STX" } as const;
const LIMIT = DEFAULT_TERMS.Balanced.STX.capacityLimit as bigint;

const position = (provider: string) => backend.run((ctx) => openPosition(ctx, { provider, ...BALANCED }));

/** Books an entry that credits a position's pockets, against an account of nobody. */
async function credit(positionId: Id<"positions">, credits: Partial<Record<Pocket, bigint>>) {
  const postings = Object.entries(credits).map(([pocket, amount]) => ({
    account: { kind: "position" as const, positionId, pocket: pocket as Pocket },
    amount,
  }));
  const sum = postings.reduce((total, { amount }) => total + amount, 0n);
  entries += 1;
  const entry = makeEntry(`test:${entries}`, "STX", [...postings, { account: { kind: "vault" }, amount: -sum }]);
  await backend.run(async (ctx) => void (await applyEntry(ctx, entry, 1)));
}

const metrics = () => backend.run((ctx) => tierMetricsOf(ctx, BALANCED));
const room = (amount: bigint) =>
  backend.run(async (ctx) => {
    await requireRoom(ctx, BALANCED, amount);
    return "room";
  });

test("a tier's metrics follow every change of its positions, and those of other tiers don't move", async () => {
  const empty = {
    tierName: "Balanced",
    token: "STX",
    totalCapital_virtual: 0n,
    totalLocked_virtual: 0n,
    utilization_estimate: 0,
    providerCount: 0,
    activePolicyCount: 0,
    totalYieldAccrued_virtual: 0n,
    capacityLimit: LIMIT,
  };
  expect(await metrics()).toEqual(empty);
  const [alice, bob] = [await position(ALICE), await position(BOB)];
  expect(await metrics()).toEqual(empty);
  await credit(alice, { available: 100n });
  await credit(bob, { available: 50n });
  expect(await metrics()).toEqual({ ...empty, totalCapital_virtual: 150n, providerCount: 2 });
  await credit(alice, { available: -1n, locked: 1n });
  expect(await metrics()).toMatchObject({
    totalCapital_virtual: 150n,
    totalLocked_virtual: 1n,
    utilization_estimate: 6_667,
  });
  await credit(bob, { available: -50n, yield: 7n });
  expect(await metrics()).toMatchObject({
    totalCapital_virtual: 100n,
    providerCount: 1,
    totalYieldAccrued_virtual: 7n,
  });
  await credit(bob, { yield: -7n });
  expect(await metrics()).toMatchObject({ providerCount: 1, totalYieldAccrued_virtual: 7n });
  for (const other of [
    { tier: "Balanced", token: "sBTC" },
    { tier: "Aggressive", token: "STX" },
  ] as const) {
    expect(await backend.run((ctx) => tierMetricsOf(ctx, other))).toMatchObject({
      totalCapital_virtual: 0n,
      providerCount: 0,
    });
  }
});

test("moving between the pockets of a position does not even write the tier's row", async () => {
  const alice = await position(ALICE);
  await credit(alice, { available: 100n });
  // What a second write would put right stays wrong.
  await backend.run(async (ctx) => {
    const row = await ctx.db.query("tierMetrics").unique();
    if (row) await ctx.db.patch("tierMetrics", row._id, { utilization_estimate: 77 });
  });
  await credit(alice, { available: -100n, reserved: 100n });
  expect(await metrics()).toMatchObject({ totalCapital_virtual: 100n, utilization_estimate: 77 });
  await credit(alice, { available: 1n });
  expect(await metrics()).toMatchObject({ totalCapital_virtual: 101n, utilization_estimate: 0 });
});

test("room is what capital leaves of the capacity: all of it fits, one unit more is refused", async () => {
  expect(await room(LIMIT)).toBe("room");
  await credit(await position(ALICE), { available: LIMIT - 5n });
  expect(await room(5n)).toBe("room");
  const refused = { data: expect.objectContaining({ code: "TIER_FULL", room: 5n }) };
  await expect(room(6n)).rejects.toEqual(expect.objectContaining(refused));
});

test("pages see six rows of figures and of terms, before anything came", async () => {
  const stats = await backend.query(api.liquidity.getTierStats, {});
  const terms = await backend.query(api.liquidity.getTierTerms, {});
  const names = ["Conservative", "Balanced", "Aggressive"].flatMap((tier) => [`${tier} STX`, `${tier} sBTC`]);
  expect(stats.map(({ tierName, token }) => `${tierName} ${token}`)).toEqual(names);
  expect(terms.map(({ tier, token }) => `${tier} ${token}`)).toEqual(names);
  for (const { tier, token, ...given } of terms) expect(given).toEqual(DEFAULT_TERMS[tier][token]);
  await credit(await position(ALICE), { available: 100n });
  expect((await backend.query(api.liquidity.getTierStats, {})).map((row) => row.totalCapital_virtual)).toEqual([
    0n,
    0n,
    100n,
    0n,
    0n,
    0n,
  ]);
});

describe("terms", () => {
  const ADA = { actor: "Ada", reason: "the pool has grown" };
  const given = { ...BALANCED, capacityLimit: 50n, minimumPosition: 2n, minimumHoldSeconds: 60, ...ADA };
  const set = (change: Record<string, unknown>) =>
    backend.mutation(internal.tiers.terms.set, { ...given, ...change } as typeof given);
  const inForce = async () => (await backend.query(api.liquidity.getTierTerms, {}))[2];

  test("are in force at once, for the one tier and token, and the trail says who changed what", async () => {
    await set({});
    expect(await inForce()).toEqual({
      ...BALANCED,
      capacityLimit: 50n,
      minimumPosition: 2n,
      minimumHoldSeconds: 60,
    });
    await set({ capacityLimit: "9223372036854775807", minimumPosition: "1", reason: "typed" });
    expect(await inForce()).toMatchObject({ capacityLimit: 2n ** 63n - 1n, minimumPosition: 1n });
    await set({ capacityLimit: null });
    expect(await room(2n ** 63n - 1n)).toBe("room");
    const others = (await backend.query(api.liquidity.getTierTerms, {})).filter((_, n) => n !== 2);
    for (const { tier, token, ...terms } of others) expect(terms).toEqual(DEFAULT_TERMS[tier][token]);
    const acts = await backend.run((ctx) => ctx.db.query("acts").take(10));
    expect(acts.map(({ act, actor, reason, facts }) => [act, actor, reason, facts.capacityLimit])).toEqual([
      ["tiers.setTerms", "Ada", "the pool has grown", 50n],
      ["tiers.setTerms", "Ada", "typed", 2n ** 63n - 1n],
      ["tiers.setTerms", "Ada", "the pool has grown", null],
    ]);
    expect(acts[0]?.facts).toMatchObject({ capacityLimitBefore: LIMIT, tier: "Balanced", token: "STX" });
  });

  test("a capacity below what is in touches nothing that is in", async () => {
    const alice = await position(ALICE);
    await credit(alice, { available: 100n });
    await set({});
    expect(await metrics()).toMatchObject({ totalCapital_virtual: 100n, providerCount: 1, capacityLimit: 50n });
    expect(await backend.run((ctx) => ctx.db.query("tierMetrics").unique())).toMatchObject({ capacityLimit: 50n });
    const full = { data: expect.objectContaining({ code: "TIER_FULL", room: 0n }) };
    await expect(room(1n)).rejects.toEqual(expect.objectContaining(full));
    await credit(alice, { available: -60n });
    expect(await room(10n)).toBe("room");
  });

  test.each([
    ["UNKNOWN_TIER", { tier: "Reckless" }],
    ["UNKNOWN_TOKEN", { token: "DOGE" }],
    ["TERMS_OUT_OF_RANGE", { capacityLimit: -1n }],
    ["AMOUNT_NOT_A_NUMBER", { capacityLimit: "1.5" }],
    ["AMOUNT_NOT_A_NUMBER", { minimumPosition: "" }],
    ["TERMS_OUT_OF_RANGE", { capacityLimit: "9223372036854775808" }],
    ["TERMS_OUT_OF_RANGE", { minimumPosition: 0n }],
    ["TERMS_OUT_OF_RANGE", { minimumHoldSeconds: -1 }],
    ["TERMS_OUT_OF_RANGE", { minimumHoldSeconds: 0.5 }],
    ["TERMS_OUT_OF_RANGE", { minimumHoldSeconds: Number.NaN }],
    ["TERMS_OUT_OF_RANGE", { minimumHoldSeconds: 30 * 86_400 + 1 }],
    ["ACT_INCOMPLETE", { actor: " " }],
    ["ACT_INCOMPLETE", { reason: "" }],
  ])("%s for %o, and nothing changes", async (code, wrong) => {
    const refused = { data: expect.objectContaining({ code }) };
    await expect(set(wrong)).rejects.toEqual(expect.objectContaining(refused));
    expect(await inForce()).toEqual({ ...BALANCED, ...DEFAULT_TERMS.Balanced.STX });
    expect(await backend.run((ctx) => ctx.db.query("acts").take(1))).toEqual([]);
  });
});

describe("rules of policies", () => {
  const ADA = { actor: "Ada", reason: "calmer markets" };
  const set = (changes: Record<string, unknown>, more: Record<string, unknown> = {}) =>
    backend.mutation(internal.tiers.terms.setRules, {
      ...{ ...BALANCED, changes, ...ADA },
      ...more,
    } as Parameters<typeof backend.mutation<typeof internal.tiers.terms.setRules>>[1]);
  const inForce = (key: TierKey = BALANCED) => backend.run((ctx) => rulesOf(ctx, key));
  const DEFAULTS = DEFAULT_RULES.Balanced.STX;

  test("what is not named stays, other tiers stay, and the trail tells what changed", async () => {
    expect(await inForce()).toEqual(DEFAULTS);
    await set({ loading: 300_000 });
    await set({ minimumBacking: "5000000", floor: 400_000 });
    expect(await inForce()).toEqual({ ...DEFAULTS, loading: 300_000, minimumBacking: 5_000_000n, floor: 400_000 });
    expect(await inForce({ tier: "Balanced", token: "sBTC" })).toEqual(DEFAULT_RULES.Balanced.sBTC);
    const acts = await backend.run((ctx) => ctx.db.query("acts").take(10));
    expect(acts.map(({ act, actor, facts }) => [act, actor, facts.rules, facts.rulesBefore])).toEqual([
      ["tiers.setRules", "Ada", "loading 300000", "loading 250000"],
      ["tiers.setRules", "Ada", "floor 400000, minimumBacking 5000000", "floor 500000, minimumBacking 1000000"],
    ]);
  });

  test("all of them at once fit into the trail, at their longest", async () => {
    const most = { ...DEFAULTS, minimumBacking: 2n ** 63n - 1n, minSeconds: 31_536_000, maxSeconds: 31_536_000 };
    await set({ ...most, initialMargin: 1_000_000, warningBuffer: 2_000_000, marginCallBuffer: 2_000_000 });
    expect(await inForce()).toMatchObject({ minimumBacking: 2n ** 63n - 1n, warningBuffer: 2_000_000 });
  });

  test.each([
    ["UNKNOWN_TIER", {}, { tier: "Reckless" }],
    ["UNKNOWN_TOKEN", {}, { token: "DOGE" }],
    ["AMOUNT_NOT_A_NUMBER", { minimumBacking: "1.5" }, {}],
    ["RULES_OUT_OF_RANGE", { minimumBacking: 0n }, {}],
    ["RULES_OUT_OF_RANGE", { volatility: Number.NaN }, {}],
    ["RULES_OUT_OF_RANGE", { penalty: -1 }, {}],
    ["RULES_CONTRADICT", { initialMargin: 10_000 }, {}],
    ["RULES_CONTRADICT", { warningBuffer: 0 }, {}],
    ["ACT_INCOMPLETE", { loading: 1 }, { actor: " " }],
  ])("%s for %o %o, and nothing changes", async (code, changes, more) => {
    const refused = { data: expect.objectContaining({ code }) };
    await expect(set(changes, more)).rejects.toEqual(expect.objectContaining(refused));
    expect(await inForce()).toEqual(DEFAULTS);
    expect(await backend.run((ctx) => ctx.db.query("acts").take(1))).toEqual([]);
  });
});
