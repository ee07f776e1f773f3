/** Suspense that its owner assigns to a tier, and the minimum hold that capital arrives under. */
import { beforeEach, describe, expect, test } from "vitest";
import { api } from "../../convex/_generated/api";
import { ALICE, as, BOB, sync } from "./backend";
import { expectBooksToFold } from "./books";
import { DAY_BLOCKS, type Desk, openDesk, refusal } from "./desk";

let desk: Desk;

beforeEach(async () => {
  desk = await openDesk();
});

describe("the minimum hold", () => {
  test("a deposit into Aggressive stays a day; what came before it is not kept longer by it", async () => {
    await desk.deposited(ALICE, 5_000_000n, "Aggressive");
    desk.vault.mine(DAY_BLOCKS / 2);
    await desk.deposited(ALICE, 3_000_000n, "Aggressive");
    await expect(desk.withdraw(ALICE, 1n, "Aggressive")).rejects.toEqual(
      refusal("WITHDRAWAL_ABOVE_MAXIMUM", { max: 0n, binding: "hold" }),
    );
    desk.vault.mine(DAY_BLOCKS / 2 + 360); // ends are rounded up to the hour
    await sync(desk.backend, desk.vault);
    await expect(desk.withdraw(ALICE, 5_000_001n, "Aggressive")).rejects.toEqual(
      refusal("WITHDRAWAL_ABOVE_MAXIMUM", { max: 5_000_000n, binding: "hold" }),
    );
    await desk.withdraw(ALICE, 5_000_000n, "Aggressive");
    await expectBooksToFold(desk.backend);
  });
});

describe("assigning suspense", () => {
  test("the caller's own suspense becomes a position, to the unit, by one entry", async () => {
    await desk.strayed(ALICE, 5_000_007n);
    await desk.strayed(BOB, 9_000_000n);
    const { moveId, freeAt } = await desk.assign(ALICE, { amount: 2_000_003n });
    expect(freeAt).toBe(desk.vault.timeOf(desk.vault.height) * 1_000);
    expect(await desk.capital(ALICE)).toEqual({ Balanced: 2_000_003n, suspense: 3_000_004n });
    expect(await desk.capital(BOB)).toEqual({ suspense: 9_000_000n });
    expect((await desk.written()).entries.at(-1)).toBe(`assignment:${moveId}`);
    await desk.assign(ALICE, { amount: 3_000_004n });
    expect(await desk.capital(ALICE)).toEqual({ Balanced: 5_000_007n, suspense: 0n });
    expect((await desk.portfolio(ALICE)).suspense).toEqual([]);
    await desk.refused(() => desk.assign(ALICE, { amount: 1n }), "ASSIGNMENT_ABOVE_SUSPENSE", { max: 0n });
    await expectBooksToFold(desk.backend);
  });

  test("it arrives under the tier's minimum hold", async () => {
    await desk.strayed(ALICE, 2_000_000n);
    const { freeAt } = await desk.assign(ALICE, { tier: "Aggressive" });
    expect(freeAt).toBeGreaterThanOrEqual((desk.vault.timeOf(desk.vault.height) + 86_400) * 1_000);
    expect(await desk.portfolio(ALICE)).toMatchObject({ positions: [{ onHold: 2_000_000n, holdUntil: freeAt }] });
    desk.vault.mine(freeAt / 10_000 - desk.vault.timeOf(0) / 10 - desk.vault.height - 1);
    await sync(desk.backend, desk.vault);
    const toBalanced = { fromTier: "Aggressive", toTier: "Balanced" };
    await desk.refused(() => desk.move(ALICE, toBalanced), "MOVE_ABOVE_MAXIMUM", { max: 0n, binding: "hold" });
    desk.vault.mine();
    await sync(desk.backend, desk.vault);
    await desk.move(ALICE, toBalanced);
  });

  test("the resulting position reaches the minimum: what it lacks is told, and is enough", async () => {
    await desk.strayed(ALICE, 5_000_000n);
    const [minimum, missing] = [1_000_000n, 1_000_000n];
    await desk.refused(() => desk.assign(ALICE, { amount: 999_999n }), "POSITION_BELOW_MINIMUM", { minimum, missing });
    await desk.assign(ALICE, { amount: 1_000_000n });
    await desk.assign(ALICE, { amount: 1n });
    expect(await desk.capital(ALICE)).toEqual({ Balanced: 1_000_001n, suspense: 3_999_999n });
  });

  test("what an open withdrawal may take does not count towards the minimum", async () => {
    await desk.deposited(ALICE, 2_000_000n, "Balanced");
    await desk.withdraw(ALICE, 2_000_000n, "Balanced");
    await desk.strayed(ALICE, 5_000_000n);
    await desk.refused(() => desk.assign(ALICE, { amount: 999_999n }), "POSITION_BELOW_MINIMUM", {
      missing: 1_000_000n,
    });
    await desk.assign(ALICE, { amount: 1_000_000n });
  });

  test("what an open withdrawal has reserved of suspense can't be assigned as well", async () => {
    await desk.strayed(ALICE, 5_000_000n);
    const withdrawal = { token: "STX", amount: 3_000_000n };
    await as(desk.backend, ALICE).action(api.liquidity.requestSuspenseWithdrawal, withdrawal);
    await desk.refused(() => desk.assign(ALICE, { amount: 2_000_001n }), "ASSIGNMENT_ABOVE_SUSPENSE", {
      max: 2_000_000n,
    });
    await desk.assign(ALICE, { amount: 2_000_000n });
    await expectBooksToFold(desk.backend);
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
    await desk.strayed(ALICE, 5_000_000n);
    await desk.refused(() => desk.assign(ALICE, wrong), code, facts);
  });

  test("the tier's capacity binds to the unit, and a stopped vault takes nothing in", async () => {
    await desk.strayed(ALICE, 5_000_000n);
    await desk.limitCapacity("Balanced", 1_999_999n);
    await desk.refused(() => desk.assign(ALICE), "TIER_FULL", { room: 1_999_999n });
    await desk.assign(ALICE, { amount: 1_999_999n });
    await desk.tripCommit();
    await desk.refused(() => desk.assign(ALICE, { tier: "Conservative" }), "STOPPED", { capability: "commit" });
    await desk.refused(() => desk.move(ALICE), "STOPPED", { capability: "commit" });
  });
});
