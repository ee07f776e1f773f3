/** Tiers: their metrics are a fold of what happens to positions, and capacity is what they leave. */
import { beforeEach, expect, test } from "vitest";
import type { Id } from "../../convex/_generated/dataModel";
import { applyEntry } from "../../convex/ledger/model";
import { openPosition } from "../../convex/positions/model";
import { requireRoom, tierMetricsOf } from "../../convex/tiers/model";
import { makeEntry, type Pocket } from "../../src/domain/ledger";
import { DEFAULT_TERMS } from "../../src/domain/tiers";
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
