/** Rows of health: what a position's policies need stands beside it, and follows what it has. */
import { expect, test } from "vitest";
import { addExposure, healthOf, recordChange, removeExposure } from "../../convex/health/model";
import { addPolicies, findPosition } from "../../convex/positions/model";
import { type Exposure, needOf } from "../../src/domain/health";
import { DEFAULT_RULES } from "../../src/domain/tiers";
import { ALICE, BOB } from "./backend";
import { type Desk, openDesk } from "./desk";

/** 2 STX at $2, half of the coverage locked. */
const SHARE: Exposure = {
  policyId: 7n,
  strikeUsdMicros: 2_000_000n,
  quantity: 2_000_000n,
  coverage: 2_000_000n,
  lock: 1_000_000n,
  expiresAt: 1_900_000_000,
};
const RULES = DEFAULT_RULES.Balanced.STX;
const KEY = { provider: ALICE, tier: "Balanced", token: "STX" } as const;

/** Alice's position backs the share, as from the premium's event on. */
function backed(desk: Desk, changes: Partial<Exposure> = {}) {
  return desk.backend.run(async (ctx) => {
    const position = await findPosition(ctx, KEY);
    if (!position) throw new Error("Alice has no position");
    await addPolicies(ctx, position._id, 1);
    await addExposure(ctx, position._id, { ...SHARE, ...changes }, 1_800_000_500);
    return position._id;
  });
}

const rowOf = (desk: Desk) =>
  desk.backend.run(async (ctx) => {
    const position = await findPosition(ctx, KEY);
    return position && healthOf(ctx, position._id);
  });

test("a position that backs a policy is due at the price at which its capital is too little", async () => {
  const desk = await openDesk();
  await desk.deposited(ALICE, 1_000_000n, "Balanced");
  await backed(desk, { lock: 0n });
  const row = await rowOf(desk);
  expect(row).toMatchObject({ status: "Healthy", exposures: [{ policyId: 7n }], dueAt: null, isStuck: false });
  const need = (price: bigint) => needOf([{ ...SHARE, lock: 0n }], price, RULES.warningBuffer, RULES.floorRate);
  const worseAt = row?.worseAt ?? 0n;
  expect([need(worseAt) > 1_000_000n, need(worseAt + 1n) > 1_000_000n]).toEqual([true, false]);
  expect(row?.lockAt ?? 0n).toBeGreaterThan(worseAt);
});

test("more capital moves the trigger down, less moves it up, and others' money moves nothing", async () => {
  const desk = await openDesk();
  await desk.deposited(ALICE, 1_200_000n, "Balanced");
  await backed(desk, { lock: 0n });
  const before = (await rowOf(desk))?.worseAt ?? 0n;
  await desk.deposited(BOB, 5_000_000n, "Balanced");
  expect((await rowOf(desk))?.worseAt).toBe(before);
  await desk.deposited(ALICE, 300_000_000n, "Conservative");
  expect((await rowOf(desk))?.worseAt).toBe(before);
  await desk.move(ALICE, { fromTier: "Conservative", toTier: "Balanced", amount: 100_000n });
  const after = (await rowOf(desk))?.worseAt ?? 0n;
  expect(after).toBeGreaterThan(0n);
  expect(after).toBeLessThan(before);
});

test("shares of one policy are one, and a position without policies has no row and is Healthy", async () => {
  const desk = await openDesk();
  await desk.deposited(ALICE, 1_000_000n, "Balanced");
  const positionId = await backed(desk);
  await backed(desk, { quantity: 1n, coverage: 3n, lock: 2n });
  const expected = { policyId: 7n, quantity: 2_000_001n, coverage: 2_000_003n, lock: 1_000_002n };
  expect((await rowOf(desk))?.exposures).toEqual([expect.objectContaining(expected)]);
  await desk.backend.run(async (ctx) => {
    const row = await healthOf(ctx, positionId);
    if (row) await recordChange(ctx, row, "Warning", { priceUsdMicros: 1n, at: 5 });
    await ctx.db.patch("health", row?._id as never, { status: "Warning" });
    await removeExposure(ctx, positionId, 8n, 6);
  });
  expect(await rowOf(desk)).not.toBe(null);
  expect((await desk.portfolio(ALICE)).positions[0]?.healthStatus).toBe("Warning");
  await desk.backend.run((ctx) => removeExposure(ctx, positionId, 7n, 9));
  expect(await rowOf(desk)).toBe(null);
  expect((await desk.portfolio(ALICE)).positions[0]?.healthStatus).toBe("Healthy");
  const told = await desk.backend.run((ctx) => ctx.db.query("notifications").take(9));
  const ofHealth = told.filter(({ kind }) => kind.startsWith("health."));
  expect(ofHealth.map(({ provider, kind }) => [provider, kind])).toEqual([
    [ALICE, "health.Warning"],
    [ALICE, "health.Healthy"],
  ]);
});
