/** What a provider does with capital that is in: it moves between tiers, is asked for twice, opts out. */
import { beforeEach, describe, expect, test } from "vitest";
import { api } from "../../convex/_generated/api";
import { moveCapital } from "../../convex/moves/model";
import { tierMetricsOf } from "../../convex/tiers/model";
import type { Tier } from "../../src/domain/tiers";
import { ALICE, as, BOB, sync } from "./backend";
import { expectBooksToFold } from "./books";
import { ASSIGNMENT, DAY_BLOCKS, type Desk, MOVE, openDesk, refusal } from "./desk";

let desk: Desk;

beforeEach(async () => {
  desk = await openDesk();
});

describe("moving between tiers", () => {
  test("free capital moves at once, by one entry; the pool and the other token do not feel it", async () => {
    await desk.deposited(ALICE, 5_000_000n, "Balanced");
    await desk.deposited(ALICE, 70_000n, "Balanced", "sBTC");
    await desk.deposited(BOB, 9_000_000n, "Balanced");
    const pool = await desk.backend.query(api.liquidity.getPoolStats, {});
    const { moveId, freeAt } = await desk.move(ALICE, { amount: 2_000_001n });
    expect(freeAt).toBe(desk.vault.timeOf(desk.vault.height) * 1_000);
    expect(await desk.capital(ALICE)).toEqual({ Balanced: 2_999_999n, Conservative: 2_000_001n, suspense: 0n });
    expect(await desk.capital(ALICE, "sBTC")).toEqual({ Balanced: 70_000n, suspense: 0n });
    expect(await desk.capital(BOB)).toEqual({ Balanced: 9_000_000n, suspense: 0n });
    expect(await desk.backend.query(api.liquidity.getPoolStats, {})).toEqual(pool);
    expect((await desk.written()).entries.at(-1)).toBe(`move:${moveId}`);
    await expectBooksToFold(desk.backend);
  });

  test("a full move leaves an empty position, which counts for nothing in its tier", async () => {
    await desk.deposited(ALICE, 5_000_000n, "Balanced");
    await desk.move(ALICE, { amount: 5_000_000n });
    expect(await desk.capital(ALICE)).toEqual({ Balanced: 0n, Conservative: 5_000_000n, suspense: 0n });
    const metrics = (tier: Tier) => desk.backend.run((ctx) => tierMetricsOf(ctx, { tier, token: "STX" }));
    expect(await metrics("Balanced")).toMatchObject({ totalCapital_virtual: 0n, providerCount: 0 });
    expect(await metrics("Conservative")).toMatchObject({ totalCapital_virtual: 5_000_000n, providerCount: 1 });
    await desk.refused(() => desk.move(ALICE, { amount: 1n }), "MOVE_ABOVE_MAXIMUM", { max: 0n, binding: "available" });
    await desk.move(ALICE, { fromTier: "Conservative", toTier: "Balanced", amount: 5_000_000n });
    expect(await desk.capital(ALICE)).toEqual({ Balanced: 5_000_000n, Conservative: 0n, suspense: 0n });
  });

  test("a quote says what may go and what binds, out of a tier and out of suspense, and the move keeps to it", async () => {
    const quote = (way: { fromTier?: string; toTier: string }, who = ALICE) =>
      as(desk.backend, who).query(api.moves.quoteMove, { token: "STX", ...way });
    const toConservative = { fromTier: "Balanced", toTier: "Conservative" };
    await desk.deposited(ALICE, 5_000_000n, "Balanced");
    await desk.strayed(ALICE, 3_000_000n);
    const all = { max: 5_000_000n, binding: "available", least: 1_000_000n, minimumPosition: 1_000_000n };
    expect(await quote(toConservative)).toMatchObject(all);
    expect(await quote({ toTier: "Conservative" })).toMatchObject({ max: 3_000_000n, minimumPosition: 0n });
    await desk.withdraw(ALICE, 500_000n, "Balanced");
    expect(await quote(toConservative)).toMatchObject({ max: 3_500_000n, binding: "minimum" });
    await desk.refused(() => desk.move(ALICE, { amount: 3_500_001n }), "REMAINDER_BELOW_MINIMUM");
    await desk.move(ALICE, { amount: 3_500_000n });
    expect(await quote({ fromTier: "Conservative", toTier: "Balanced" })).toMatchObject({ max: 3_500_000n, least: 0n });
    await desk.limitCapacity("Aggressive", 2_000_000n);
    expect(await quote({ toTier: "Aggressive" })).toMatchObject({ max: 2_000_000n, binding: "capacity" });
    await expect(quote({ fromTier: "Balanced", toTier: "Balanced" })).rejects.toEqual(refusal("SAME_TIER"));
    await expect(quote(toConservative, BOB)).rejects.toEqual(refusal("NO_POSITION"));
    await desk.tripCommit();
    await expect(quote(toConservative)).rejects.toEqual(refusal("STOPPED"));
  });

  test("to and fro does not shorten a hold", async () => {
    await desk.deposited(ALICE, 5_000_000n, "Balanced");
    await desk.move(ALICE, { toTier: "Aggressive" });
    const back = { fromTier: "Aggressive", toTier: "Balanced" };
    await desk.refused(() => desk.move(ALICE, back), "MOVE_ABOVE_MAXIMUM", { max: 0n, binding: "hold" });
    await expect(desk.withdraw(ALICE, 1_000_000n, "Aggressive")).rejects.toEqual(
      refusal("WITHDRAWAL_ABOVE_MAXIMUM", { max: 0n, binding: "hold" }),
    );
    desk.vault.mine(DAY_BLOCKS + 360);
    await sync(desk.backend, desk.vault);
    await desk.move(ALICE, { ...back, amount: 1_000_000n });
    await desk.move(ALICE, { toTier: "Aggressive", amount: 3_000_000n });
    await desk.refused(() => desk.move(ALICE, { ...back, amount: 1_000_001n }), "MOVE_ABOVE_MAXIMUM", {
      max: 1_000_000n,
    });
    await desk.move(ALICE, { ...back, amount: 1_000_000n });
    await expectBooksToFold(desk.backend);
  });

  test("what a withdrawal has reserved is no way around the hold, and does not move", async () => {
    await desk.deposited(ALICE, 5_000_000n, "Aggressive");
    desk.vault.mine(DAY_BLOCKS + 360);
    await desk.deposited(ALICE, 3_000_000n, "Aggressive");
    await desk.withdraw(ALICE, 5_000_000n, "Aggressive");
    const away = { fromTier: "Aggressive", amount: 1n };
    await desk.refused(() => desk.move(ALICE, away), "MOVE_ABOVE_MAXIMUM", { max: 0n, binding: "hold" });
  });

  test("what stays behind reaches the minimum whether or not an open withdrawal is paid", async () => {
    await desk.deposited(ALICE, 5_000_000n, "Balanced");
    await desk.withdraw(ALICE, 500_000n, "Balanced");
    await desk.refused(() => desk.move(ALICE, { amount: 4_500_001n }), "MOVE_ABOVE_MAXIMUM", { max: 4_500_000n });
    // Unpaid, half a token would be left.
    await desk.refused(() => desk.move(ALICE, { amount: 4_500_000n }), "REMAINDER_BELOW_MINIMUM", {
      minimum: 1_000_000n,
    });
    // Paid, a unit less than the minimum would be.
    await desk.refused(() => desk.move(ALICE, { amount: 3_500_001n }), "REMAINDER_BELOW_MINIMUM", {
      total: 5_000_000n,
    });
    await desk.move(ALICE, { amount: 3_500_000n });
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
    await desk.deposited(ALICE, 5_000_000n, "Balanced");
    await desk.limitCapacity("Conservative", 2_000_000n);
    await desk.refused(() => desk.move(ALICE, wrong), code, facts);
  });
});

test("a move reads and writes as many documents beside hundreds of other providers as alone", async () => {
  await desk.deposited(ALICE, 9_000_000n, "Balanced");
  await desk.move(ALICE, { toTier: "Aggressive" });
  const cost = () =>
    desk.backend.mutation(async (ctx) => {
      const request = {
        provider: ALICE,
        token: "STX",
        amount: 1_000_000n,
        from: "Balanced",
        to: "Aggressive",
      } as const;
      await moveCapital(ctx, request);
      const { databaseQueries, documentsRead, documentsWritten } = await ctx.meta.getTransactionMetrics();
      return [databaseQueries.used, documentsRead.used, documentsWritten.used];
    });
  const alone = await cost();
  await desk.backend.run(async (ctx) => {
    const mine = await ctx.db.query("positions").first();
    const { _id, _creationTime, ...position } = mine as NonNullable<typeof mine>;
    for (let n = 0; n < 300; n += 1) await ctx.db.insert("positions", { ...position, provider: `${BOB}.${n}` });
  });
  expect(await cost()).toEqual(alone);
});

describe("repeating and racing", () => {
  test("the same key gives the same answer, and refuses another request", async () => {
    await desk.strayed(ALICE, 5_000_000n);
    await desk.strayed(BOB, 5_000_000n);
    const key = { idempotencyKey: "k" };
    const assigned = await desk.assign(ALICE, { ...key, amount: 4_000_000n });
    const moved = await desk.move(ALICE, { idempotencyKey: "m", amount: 3_000_000n });
    desk.vault.mine(5);
    await sync(desk.backend, desk.vault);
    expect(await desk.assign(ALICE, { ...key, amount: 4_000_000n })).toEqual(assigned);
    expect(await desk.move(ALICE, { idempotencyKey: "m", amount: 3_000_000n })).toEqual(moved);
    expect(await desk.capital(ALICE)).toEqual({ Balanced: 1_000_000n, Conservative: 3_000_000n, suspense: 1_000_000n });
    await desk.refused(() => desk.assign(ALICE, { ...key, amount: 3_999_999n }), "IDEMPOTENCY_KEY_REUSED");
    await desk.refused(
      () => desk.assign(ALICE, { ...key, amount: 4_000_000n, tier: "Aggressive" }),
      "IDEMPOTENCY_KEY_REUSED",
    );
    const toBalanced = { fromTier: "Conservative", toTier: "Balanced", amount: 4_000_000n };
    await desk.refused(() => desk.move(ALICE, { ...key, ...toBalanced }), "IDEMPOTENCY_KEY_REUSED");
    const long = { idempotencyKey: "k".repeat(201), amount: 1_000_000n };
    await desk.refused(() => desk.assign(ALICE, long), "IDEMPOTENCY_KEY_TOO_LONG", { max: 200 });
    const request = { token: "STX", tier: "Balanced", ...long };
    for (const asked of [api.liquidity.requestCommitCapital, api.liquidity.requestWithdrawal])
      await desk.refused(() => as(desk.backend, ALICE).action(asked, request), "IDEMPOTENCY_KEY_TOO_LONG");
    const other = await desk.assign(BOB, { ...key, amount: 4_000_000n });
    expect(other.moveId).not.toBe(assigned.moveId);
  });

  test("of two moves of the same capital at once one goes, and one key sent twice at once is one move", async () => {
    await desk.deposited(ALICE, 5_000_000n, "Balanced");
    const race = await Promise.allSettled([
      desk.move(ALICE, { amount: 4_000_000n }),
      desk.move(ALICE, { amount: 4_000_000n, toTier: "Aggressive" }),
      desk.withdraw(ALICE, 4_000_000n, "Balanced"),
    ]);
    expect(race.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const { positions } = await desk.portfolio(ALICE);
    expect(positions.reduce((sum, { total }) => sum + total, 0n)).toBe(5_000_000n);

    await desk.strayed(BOB, 4_000_000n);
    const request = { amount: 2_000_000n, idempotencyKey: "k" };
    const twice = await Promise.all([desk.assign(BOB, request), desk.assign(BOB, request)]);
    expect(twice[0]).toEqual(twice[1]);
    expect(await desk.capital(BOB)).toEqual({ Balanced: 2_000_000n, suspense: 2_000_000n });
    await expectBooksToFold(desk.backend);
  });
});

describe("who may", () => {
  test("another's suspense and positions can't be touched, and nobody acts without a session", async () => {
    await desk.strayed(ALICE, 5_000_000n);
    await desk.deposited(ALICE, 5_000_000n, "Balanced");
    const accepting = { token: "STX", tier: "Balanced", accepting: false };
    await desk.refused(() => desk.assign(BOB), "ASSIGNMENT_ABOVE_SUSPENSE", { max: 0n });
    await desk.refused(() => desk.move(BOB), "NO_POSITION");
    const refusing = () => as(desk.backend, BOB).action(api.liquidity.setAcceptingPolicies, accepting);
    await desk.refused(refusing, "NO_POSITION");
    for (const call of [
      () => desk.backend.action(api.liquidity.assignSuspense, ASSIGNMENT),
      () => desk.backend.action(api.liquidity.moveCapital, MOVE),
      () => desk.backend.action(api.liquidity.setAcceptingPolicies, accepting),
    ]) {
      await desk.refused(call, "NOT_SIGNED_IN");
    }
    // @ts-expect-error nothing in the arguments names an owner
    await expect(desk.assign(BOB, { provider: ALICE })).rejects.toThrow("provider");
  });

  test("the owner opts out and in again; other positions stay as they are", async () => {
    await desk.deposited(ALICE, 5_000_000n, "Balanced");
    await desk.deposited(ALICE, 5_000_000n, "Conservative");
    await desk.deposited(BOB, 5_000_000n, "Balanced");
    const choose = (accepting: boolean, tier = "Balanced") =>
      as(desk.backend, ALICE).action(api.liquidity.setAcceptingPolicies, { token: "STX", tier, accepting });
    const accepted = async (who: string) =>
      Object.fromEntries((await desk.portfolio(who)).positions.map((row) => [row.tier, row.acceptingPolicies]));
    expect(await choose(false)).toBeNull();
    await choose(false);
    expect(await accepted(ALICE)).toEqual({ Balanced: false, Conservative: true });
    expect(await accepted(BOB)).toEqual({ Balanced: true });
    await desk.move(ALICE, { amount: 5_000_000n });
    await desk.deposited(ALICE, 1_000_000n, "Balanced");
    expect(await accepted(ALICE)).toMatchObject({ Balanced: false });
    await choose(true);
    expect(await accepted(ALICE)).toEqual({ Balanced: true, Conservative: true });
    await desk.refused(() => choose(false, "Aggressive"), "NO_POSITION");
    await desk.refused(() => choose(false, "Reckless"), "UNKNOWN_TIER");
  });
});
