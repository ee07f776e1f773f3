import { beforeEach, expect, test } from "vitest";
import { applyEntry, bookedTotal } from "../../convex/ledger/model";
import { openPosition } from "../../convex/positions/model";
import { depositEntry, reserveEntry } from "../../src/domain/ledger";
import { ALICE, type Backend, openBackend } from "./backend";

let backend: Backend;
beforeEach(async () => {
  backend = await openBackend();
});

const deposit = { sequence: 7n, token: "STX" as const, amount: 100n, depositor: ALICE };

test("an entry is booked once, however often its cause is applied", async () => {
  const applied = await backend.run(async (ctx) => {
    const positionId = await openPosition(ctx, { provider: ALICE, tier: "Balanced", token: "STX" });
    const entry = depositEntry(deposit, { positionId, amount: 60n });
    return [await applyEntry(ctx, entry, 1), await applyEntry(ctx, entry, 2)];
  });
  expect(applied).toEqual([true, false]);
  await backend.run(async (ctx) => {
    expect(await bookedTotal(ctx, "STX")).toBe(100n);
    expect(await ctx.db.query("positions").unique()).toMatchObject({ available: 60n, asOf: 1 });
    expect(await ctx.db.query("postings").take(9)).toHaveLength(3);
  });
});

test("an entry that would make a pocket negative is a bug, and leaves nothing", async () => {
  const positionId = await backend.run((ctx) => openPosition(ctx, { provider: ALICE, tier: "Balanced", token: "STX" }));
  const overdraw = backend.run(async (ctx) => {
    const source = { kind: "position" as const, positionId };
    await applyEntry(ctx, reserveEntry({ authorizationId: 1n, provider: ALICE, token: "STX", amount: 1n, source }), 1);
  });
  await expect(overdraw).rejects.toThrow("would hold -1 available");
  expect(await backend.run((ctx) => ctx.db.query("entries").take(1))).toEqual([]);
});
