/** What a provider does with capital that is in: it arrives under a hold, is assigned, moves between tiers, opts out. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import { tierMetricsOf } from "../../convex/tiers/model";
import type { Tier } from "../../src/domain/tiers";
import type { Token } from "../../src/domain/tokens";
import { ALICE, as, type Backend, BOB, openBackend, PaperVault, settle, sync } from "./backend";
import { expectBooksToFold } from "./books";

let backend: Backend;
let vault: PaperVault;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
  backend = await openBackend();
  vault = new PaperVault();
  await sync(backend, vault);
});

const DAY_BLOCKS = 86_400 / 10;

async function deposited(who: string, amount: bigint, tier: Tier, token: Token = "STX") {
  const { reference } = await as(backend, who).action(api.liquidity.requestCommitCapital, { token, tier, amount });
  vault.deposit(who, token, amount, reference);
  await settle(backend, vault);
}

/** A deposit that no commitment claims. */
async function strayed(who: string, amount: bigint, token: Token = "STX") {
  vault.deposit(who, token, amount, 0n);
  await settle(backend, vault);
}

const withdraw = (who: string, amount: bigint, tier: Tier) =>
  as(backend, who).action(api.liquidity.requestWithdrawal, { token: "STX", tier, amount });

const ASSIGNMENT = { token: "STX", tier: "Balanced", amount: 2_000_000n };
const assign = (who: string, changes: Partial<typeof ASSIGNMENT & { idempotencyKey: string }> = {}) =>
  as(backend, who).action(api.liquidity.assignSuspense, { ...ASSIGNMENT, ...changes });

const MOVE = { token: "STX", fromTier: "Balanced", toTier: "Conservative", amount: 2_000_000n };
const move = (who: string, changes: Partial<typeof MOVE & { idempotencyKey: string }> = {}) =>
  as(backend, who).action(api.liquidity.moveCapital, { ...MOVE, ...changes });

const portfolio = (who: string) => as(backend, who).query(api.liquidity.getProviderPortfolio, {});

/** The caller's available capital by tier, and what is in suspense, both in one token. */
async function capital(who: string, token: Token = "STX") {
  const { positions, suspense } = await portfolio(who);
  const inTiers = positions.filter((position) => position.token === token);
  return {
    ...Object.fromEntries(inTiers.map(({ tier, available }) => [tier, available])),
    suspense: suspense.find((row) => row.token === token)?.amount ?? 0n,
  };
}

const written = () =>
  backend.run(async (ctx) => ({
    moves: (await ctx.db.query("moves").take(99)).length,
    entries: (await ctx.db.query("entries").take(99)).map(({ entryId }) => entryId),
    positions: (await ctx.db.query("positions").take(99)).map(({ _id, ...row }) => row),
  }));

/** Refused with this code, and not a row has changed. */
async function refused(call: () => Promise<unknown>, code: string, facts: Record<string, unknown> = {}) {
  const before = await written();
  await expect(call()).rejects.toEqual(refusal(code, facts));
  expect(await written()).toEqual(before);
}

/** As an operator does. */
const trip = (capability: "commit") =>
  backend.mutation(internal.breakers.control.tripBreaker, { capability, actor: "Ada", reason: "test" });

const limitCapacity = (tier: Tier, capacityLimit: bigint) =>
  backend.run(async (ctx) => {
    const terms = { capacityLimit, minimumPosition: 1_000_000n, minimumHoldSeconds: 0 };
    await ctx.db.insert("tierTerms", { tier, token: "STX", ...terms });
  });

function refusal(code: string, facts: Record<string, unknown> = {}) {
  return expect.objectContaining({ data: expect.objectContaining({ code, ...facts }) });
}

describe("the minimum hold", () => {
  test("a deposit into Aggressive stays a day; what came before it is not kept longer by it", async () => {
    await deposited(ALICE, 5_000_000n, "Aggressive");
    vault.mine(DAY_BLOCKS / 2);
    await deposited(ALICE, 3_000_000n, "Aggressive");
    await expect(withdraw(ALICE, 1n, "Aggressive")).rejects.toEqual(
      refusal("WITHDRAWAL_ABOVE_MAXIMUM", { max: 0n, binding: "hold" }),
    );
    vault.mine(DAY_BLOCKS / 2 + 360); // ends are rounded up to the hour
    await sync(backend, vault);
    await expect(withdraw(ALICE, 5_000_001n, "Aggressive")).rejects.toEqual(
      refusal("WITHDRAWAL_ABOVE_MAXIMUM", { max: 5_000_000n, binding: "hold" }),
    );
    await withdraw(ALICE, 5_000_000n, "Aggressive");
    await expectBooksToFold(backend);
  });
});

describe("assigning suspense", () => {
  test("the caller's own suspense becomes a position, to the unit, by one entry", async () => {
    await strayed(ALICE, 5_000_007n);
    await strayed(BOB, 9_000_000n);
    const { moveId, freeAt } = await assign(ALICE, { amount: 2_000_003n });
    expect(freeAt).toBe(vault.timeOf(vault.height) * 1_000);
    expect(await capital(ALICE)).toEqual({ Balanced: 2_000_003n, suspense: 3_000_004n });
    expect(await capital(BOB)).toEqual({ suspense: 9_000_000n });
    expect((await written()).entries.at(-1)).toBe(`assignment:${moveId}`);
    await assign(ALICE, { amount: 3_000_004n });
    expect(await capital(ALICE)).toEqual({ Balanced: 5_000_007n, suspense: 0n });
    expect((await portfolio(ALICE)).suspense).toEqual([]);
    await refused(() => assign(ALICE, { amount: 1n }), "ASSIGNMENT_ABOVE_SUSPENSE", { max: 0n });
    await expectBooksToFold(backend);
  });

  test("it arrives under the tier's minimum hold", async () => {
    await strayed(ALICE, 2_000_000n);
    const { freeAt } = await assign(ALICE, { tier: "Aggressive" });
    expect(freeAt).toBeGreaterThanOrEqual((vault.timeOf(vault.height) + 86_400) * 1_000);
    expect(await portfolio(ALICE)).toMatchObject({ positions: [{ onHold: 2_000_000n, holdUntil: freeAt }] });
    vault.mine(freeAt / 10_000 - vault.timeOf(0) / 10 - vault.height - 1);
    await sync(backend, vault);
    const toBalanced = { fromTier: "Aggressive", toTier: "Balanced" };
    await refused(() => move(ALICE, toBalanced), "MOVE_ABOVE_MAXIMUM", { max: 0n, binding: "hold" });
    vault.mine();
    await sync(backend, vault);
    await move(ALICE, toBalanced);
  });

  test("the resulting position reaches the minimum: what it lacks is told, and is enough", async () => {
    await strayed(ALICE, 5_000_000n);
    const [minimum, missing] = [1_000_000n, 1_000_000n];
    await refused(() => assign(ALICE, { amount: 999_999n }), "POSITION_BELOW_MINIMUM", { minimum, missing });
    await assign(ALICE, { amount: 1_000_000n });
    await assign(ALICE, { amount: 1n });
    expect(await capital(ALICE)).toEqual({ Balanced: 1_000_001n, suspense: 3_999_999n });
  });

  test("what an open withdrawal may take does not count towards the minimum", async () => {
    await deposited(ALICE, 2_000_000n, "Balanced");
    await withdraw(ALICE, 2_000_000n, "Balanced");
    await strayed(ALICE, 5_000_000n);
    await refused(() => assign(ALICE, { amount: 999_999n }), "POSITION_BELOW_MINIMUM", { missing: 1_000_000n });
    await assign(ALICE, { amount: 1_000_000n });
  });

  test.each([
    ["UNKNOWN_TOKEN", { token: "DOGE" }, {}],
    ["UNKNOWN_TIER", { tier: "Reckless" }, {}],
    ["AMOUNT_NOT_POSITIVE", { amount: 0n }, {}],
    ["AMOUNT_NOT_POSITIVE", { amount: -2_000_000n }, {}],
    ["ASSIGNMENT_ABOVE_SUSPENSE", { amount: 5_000_001n }, { max: 5_000_000n }],
    ["ASSIGNMENT_ABOVE_SUSPENSE", { amount: 2n ** 63n - 1n }, { max: 5_000_000n }],
    ["ASSIGNMENT_ABOVE_SUSPENSE", { token: "sBTC" }, { max: 0n }],
  ])("%s for %o, and nothing changes", async (code, wrong, facts) => {
    await strayed(ALICE, 5_000_000n);
    await refused(() => assign(ALICE, wrong), code, facts);
  });

  test("the tier's capacity binds to the unit, and a stopped vault takes nothing in", async () => {
    await strayed(ALICE, 5_000_000n);
    await limitCapacity("Balanced", 1_999_999n);
    await refused(() => assign(ALICE), "TIER_FULL", { room: 1_999_999n });
    await assign(ALICE, { amount: 1_999_999n });
    await trip("commit");
    await refused(() => assign(ALICE, { tier: "Conservative" }), "STOPPED", { capability: "commit" });
    await refused(() => move(ALICE), "STOPPED", { capability: "commit" });
  });
});

describe("moving between tiers", () => {
  test("free capital moves at once, by one entry; the pool and the other token do not feel it", async () => {
    await deposited(ALICE, 5_000_000n, "Balanced");
    await deposited(ALICE, 70_000n, "Balanced", "sBTC");
    await deposited(BOB, 9_000_000n, "Balanced");
    const pool = await backend.query(api.liquidity.getPoolStats, {});
    const { moveId, freeAt } = await move(ALICE, { amount: 2_000_001n });
    expect(freeAt).toBe(vault.timeOf(vault.height) * 1_000);
    expect(await capital(ALICE)).toEqual({ Balanced: 2_999_999n, Conservative: 2_000_001n, suspense: 0n });
    expect(await capital(ALICE, "sBTC")).toEqual({ Balanced: 70_000n, suspense: 0n });
    expect(await capital(BOB)).toEqual({ Balanced: 9_000_000n, suspense: 0n });
    expect(await backend.query(api.liquidity.getPoolStats, {})).toEqual(pool);
    expect((await written()).entries.at(-1)).toBe(`move:${moveId}`);
    await expectBooksToFold(backend);
  });

  test("a full move leaves an empty position, which counts for nothing in its tier", async () => {
    await deposited(ALICE, 5_000_000n, "Balanced");
    await move(ALICE, { amount: 5_000_000n });
    expect(await capital(ALICE)).toEqual({ Balanced: 0n, Conservative: 5_000_000n, suspense: 0n });
    const metrics = (tier: Tier) => backend.run((ctx) => tierMetricsOf(ctx, { tier, token: "STX" }));
    expect(await metrics("Balanced")).toMatchObject({ totalCapital_virtual: 0n, providerCount: 0 });
    expect(await metrics("Conservative")).toMatchObject({ totalCapital_virtual: 5_000_000n, providerCount: 1 });
    await refused(() => move(ALICE, { amount: 1n }), "MOVE_ABOVE_MAXIMUM", { max: 0n, binding: "available" });
    await move(ALICE, { fromTier: "Conservative", toTier: "Balanced", amount: 5_000_000n });
    expect(await capital(ALICE)).toEqual({ Balanced: 5_000_000n, Conservative: 0n, suspense: 0n });
  });

  test("to and fro does not shorten a hold", async () => {
    await deposited(ALICE, 5_000_000n, "Balanced");
    await move(ALICE, { toTier: "Aggressive" });
    const back = { fromTier: "Aggressive", toTier: "Balanced" };
    await refused(() => move(ALICE, back), "MOVE_ABOVE_MAXIMUM", { max: 0n, binding: "hold" });
    await expect(withdraw(ALICE, 1_000_000n, "Aggressive")).rejects.toEqual(
      refusal("WITHDRAWAL_ABOVE_MAXIMUM", { max: 0n, binding: "hold" }),
    );
    vault.mine(DAY_BLOCKS + 360);
    await sync(backend, vault);
    await move(ALICE, { ...back, amount: 1_000_000n });
    await move(ALICE, { toTier: "Aggressive", amount: 3_000_000n });
    await refused(() => move(ALICE, { ...back, amount: 1_000_001n }), "MOVE_ABOVE_MAXIMUM", { max: 1_000_000n });
    await move(ALICE, { ...back, amount: 1_000_000n });
    await expectBooksToFold(backend);
  });

  test("what a withdrawal has reserved is no way around the hold, and does not move", async () => {
    await deposited(ALICE, 5_000_000n, "Aggressive");
    vault.mine(DAY_BLOCKS + 360);
    await deposited(ALICE, 3_000_000n, "Aggressive");
    await withdraw(ALICE, 5_000_000n, "Aggressive");
    const away = { fromTier: "Aggressive", amount: 1n };
    await refused(() => move(ALICE, away), "MOVE_ABOVE_MAXIMUM", { max: 0n, binding: "hold" });
  });

  test("what stays behind reaches the minimum whether or not an open withdrawal is paid", async () => {
    await deposited(ALICE, 5_000_000n, "Balanced");
    await withdraw(ALICE, 500_000n, "Balanced");
    await refused(() => move(ALICE, { amount: 4_500_001n }), "MOVE_ABOVE_MAXIMUM", { max: 4_500_000n });
    // Unpaid, half a token would be left.
    await refused(() => move(ALICE, { amount: 4_500_000n }), "REMAINDER_BELOW_MINIMUM", { minimum: 1_000_000n });
    // Paid, a unit less than the minimum would be.
    await refused(() => move(ALICE, { amount: 3_500_001n }), "REMAINDER_BELOW_MINIMUM", { total: 5_000_000n });
    await move(ALICE, { amount: 3_500_000n });
  });

  test.each([
    ["UNKNOWN_TOKEN", { token: "DOGE" }, {}],
    ["UNKNOWN_TIER", { fromTier: "Reckless" }, {}],
    ["UNKNOWN_TIER", { toTier: "suspense" }, {}],
    ["UNKNOWN_TIER", { fromTier: "suspense" }, {}],
    ["SAME_TIER", { toTier: "Balanced" }, {}],
    ["AMOUNT_NOT_POSITIVE", { amount: 0n }, {}],
    ["AMOUNT_NOT_POSITIVE", { amount: -1n }, {}],
    ["NO_POSITION", { fromTier: "Aggressive" }, {}],
    ["NO_POSITION", { token: "sBTC" }, {}],
    ["MOVE_ABOVE_MAXIMUM", { amount: 5_000_001n }, { max: 5_000_000n, binding: "available" }],
    ["MOVE_ABOVE_MAXIMUM", { amount: 2n ** 63n - 1n }, { max: 5_000_000n }],
    ["REMAINDER_BELOW_MINIMUM", { amount: 4_000_001n }, { minimum: 1_000_000n, total: 5_000_000n }],
    ["POSITION_BELOW_MINIMUM", { amount: 999_999n }, { minimum: 1_000_000n, missing: 1_000_000n }],
    ["TIER_FULL", { amount: 2_000_001n }, { room: 2_000_000n }],
  ])("%s for %o, and nothing changes", async (code, wrong, facts) => {
    await deposited(ALICE, 5_000_000n, "Balanced");
    await limitCapacity("Conservative", 2_000_000n);
    await refused(() => move(ALICE, wrong), code, facts);
  });
});

describe("repeating and racing", () => {
  test("the same key gives the same answer, and refuses another request", async () => {
    await strayed(ALICE, 5_000_000n);
    await strayed(BOB, 5_000_000n);
    const key = { idempotencyKey: "k" };
    const assigned = await assign(ALICE, { ...key, amount: 4_000_000n });
    const moved = await move(ALICE, { idempotencyKey: "m", amount: 3_000_000n });
    vault.mine(5);
    await sync(backend, vault);
    expect(await assign(ALICE, { ...key, amount: 4_000_000n })).toEqual(assigned);
    expect(await move(ALICE, { idempotencyKey: "m", amount: 3_000_000n })).toEqual(moved);
    expect(await capital(ALICE)).toEqual({ Balanced: 1_000_000n, Conservative: 3_000_000n, suspense: 1_000_000n });
    await refused(() => assign(ALICE, { ...key, amount: 3_999_999n }), "IDEMPOTENCY_KEY_REUSED");
    await refused(() => assign(ALICE, { ...key, amount: 4_000_000n, tier: "Aggressive" }), "IDEMPOTENCY_KEY_REUSED");
    await refused(() => move(ALICE, { ...key, amount: 4_000_000n }), "IDEMPOTENCY_KEY_REUSED");
    const other = await assign(BOB, { ...key, amount: 4_000_000n });
    expect(other.moveId).not.toBe(assigned.moveId);
  });

  test("of two moves of the same capital at once one goes, and one key sent twice at once is one move", async () => {
    await deposited(ALICE, 5_000_000n, "Balanced");
    const race = await Promise.allSettled([
      move(ALICE, { amount: 4_000_000n }),
      move(ALICE, { amount: 4_000_000n, toTier: "Aggressive" }),
      withdraw(ALICE, 4_000_000n, "Balanced"),
    ]);
    expect(race.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const { positions } = await portfolio(ALICE);
    expect(positions.reduce((sum, { total }) => sum + total, 0n)).toBe(5_000_000n);

    await strayed(BOB, 4_000_000n);
    const request = { amount: 2_000_000n, idempotencyKey: "k" };
    const twice = await Promise.all([assign(BOB, request), assign(BOB, request)]);
    expect(twice[0]).toEqual(twice[1]);
    expect(await capital(BOB)).toEqual({ Balanced: 2_000_000n, suspense: 2_000_000n });
    await expectBooksToFold(backend);
  });
});

describe("who may", () => {
  test("another's suspense and positions can't be touched, and nobody acts without a session", async () => {
    await strayed(ALICE, 5_000_000n);
    await deposited(ALICE, 5_000_000n, "Balanced");
    const accepting = { token: "STX", tier: "Balanced", accepting: false };
    await refused(() => assign(BOB), "ASSIGNMENT_ABOVE_SUSPENSE", { max: 0n });
    await refused(() => move(BOB), "NO_POSITION");
    const refusing = () => as(backend, BOB).action(api.liquidity.setAcceptingPolicies, accepting);
    await refused(refusing, "NO_POSITION");
    for (const call of [
      () => backend.action(api.liquidity.assignSuspense, ASSIGNMENT),
      () => backend.action(api.liquidity.moveCapital, MOVE),
      () => backend.action(api.liquidity.setAcceptingPolicies, accepting),
    ]) {
      await refused(call, "NOT_SIGNED_IN");
    }
    // @ts-expect-error nothing in the arguments names an owner
    await expect(assign(BOB, { provider: ALICE })).rejects.toThrow("provider");
  });

  test("the owner opts out and in again; other positions stay as they are", async () => {
    await deposited(ALICE, 5_000_000n, "Balanced");
    await deposited(ALICE, 5_000_000n, "Conservative");
    await deposited(BOB, 5_000_000n, "Balanced");
    const choose = (accepting: boolean, tier = "Balanced") =>
      as(backend, ALICE).action(api.liquidity.setAcceptingPolicies, { token: "STX", tier, accepting });
    const accepted = async (who: string) =>
      Object.fromEntries((await portfolio(who)).positions.map((row) => [row.tier, row.acceptingPolicies]));
    expect(await choose(false)).toBeNull();
    await choose(false);
    expect(await accepted(ALICE)).toEqual({ Balanced: false, Conservative: true });
    expect(await accepted(BOB)).toEqual({ Balanced: true });
    await move(ALICE, { amount: 5_000_000n });
    await deposited(ALICE, 1_000_000n, "Balanced");
    expect(await accepted(ALICE)).toMatchObject({ Balanced: false });
    await choose(true);
    expect(await accepted(ALICE)).toEqual({ Balanced: true, Conservative: true });
    await refused(() => choose(false, "Aggressive"), "NO_POSITION");
    await refused(() => choose(false, "Reckless"), "UNKNOWN_TIER");
  });
});
