/** What one transaction may use: the last that is allowed is, one more is not, and then nothing of it stays. */
import { makeFunctionReference } from "convex/server";
import { expect, test } from "vitest";
import { type Backend, type MutationCtx, onBoth, outcomeOf } from "./bothEngines";

const MEGABYTE = "x".repeat(1_000_000);
const add = makeFunctionReference<"mutation">("calls:add");

async function insertLarge(ctx: MutationCtx, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await ctx.db.insert("rows", { a: MEGABYTE });
}

const countOf = (backend: Backend) =>
  backend.query(async (ctx) => (await ctx.db.query("rows").withIndex("by_n_x").take(9)).length);

test.each<[string, number, (ctx: MutationCtx, amount: number) => Promise<unknown>]>([
  [
    "4,096 queries",
    4_096 - 1,
    async (ctx, amount) => {
      const id = await ctx.db.insert("rows", {});
      for (let i = 0; i < amount; i++) await ctx.db.get(id);
      await ctx.db.query("rows").first();
    },
  ],
  [
    "1,000 scheduled functions",
    1_000,
    async (ctx, amount) => {
      await ctx.db.insert("rows", {});
      for (let i = 0; i < amount; i++) await ctx.scheduler.runAfter(1e9, add, { a: i });
    },
  ],
  ["16 MiB written", 16, insertLarge],
])("%s", async (_what, most, use) => {
  const using = (amount: number) =>
    onBoth(async (backend) => {
      const outcome = await outcomeOf(backend.mutation(async (ctx) => void (await use(ctx, amount))));
      return { outcome, isEmpty: (await countOf(backend)) === 0 };
    });
  expect(await using(most)).toEqual({ outcome: { value: null }, isEmpty: false });
  expect(await using(most + 1)).toEqual({ outcome: { refused: "an error" }, isEmpty: true });
});

test("16 MiB read", async () => {
  const found = await onBoth(async (backend) => {
    for (const count of [9, 8]) await backend.mutation((ctx) => insertLarge(ctx, count));
    const reading = (count: number) => backend.query(async (ctx) => (await ctx.db.query("rows").take(count)).length);
    return [await outcomeOf(reading(16)), await outcomeOf(reading(17))];
  });
  expect(found).toEqual([{ value: 16 }, { refused: "an error" }]);
});
