/** Everything that reads: on convex-test and on the local host's engine alike, and as it must be. */

import type { Value } from "convex/values";
import { describe, expect, test } from "vitest";
import { onBoth, outcomeOf, type QueryCtx, withRows } from "./bothEngines";

const grid = [1, 2, 3].flatMap((a) => ["x", "y"].map((b) => ({ a, b, n: { x: `${a}${b}` } })));
const onGrid = (read: (ctx: QueryCtx) => Promise<unknown>) =>
  onBoth(async (backend) => {
    await withRows(backend, grid);
    return backend.query(read);
  });
const named = (rows: { a?: Value; b?: Value }[]) => rows.map(({ a, b }) => `${a}${b}`);

/** Without the types that keep most wrong ranges from being written. */
type AnyRange = Record<"eq" | "gt" | "gte" | "lt", (field: string, value: Value) => AnyRange>;

describe("an index", () => {
  test("of two fields takes an equality and a range", async () => {
    const found = await onGrid(async (ctx) => {
      const rows = () => ctx.db.query("rows");
      return [
        named(
          await rows()
            .withIndex("by_a_and_b", (q) => q.eq("a", 2))
            .collect(),
        ),
        named(
          await rows()
            .withIndex("by_a_and_b", (q) => q.eq("a", 2).gt("b", "x"))
            .collect(),
        ),
        named(
          await rows()
            .withIndex("by_a_and_b", (q) => q.eq("a", 2).lte("b", "x"))
            .collect(),
        ),
        named(
          await rows()
            .withIndex("by_a_and_b", (q) => q.gt("a", 1).lt("a", 3))
            .order("desc")
            .collect(),
        ),
        named(
          await rows()
            .withIndex("by_a_and_b", (q) => q.gte("a", 3).lte("a", 1))
            .collect(),
        ),
        named(
          await rows()
            .withIndex("by_a_and_b", (q) => q.eq("a", 2).eq("b", "y").gte("_creationTime", 0))
            .collect(),
        ),
        named(
          await rows()
            .withIndex("by_n_x", (q) => q.gte("n.x", "2y"))
            .collect(),
        ),
        named(
          await rows()
            .withIndex("by_n_x", (q) => q.eq("n.x", undefined))
            .collect(),
        ),
      ];
    });
    expect(found).toEqual([["2x", "2y"], ["2y"], ["2x"], ["2y", "2x"], [], ["2y"], ["2y", "3x", "3y"], []]);
  });

  test.each<[string, (q: AnyRange) => unknown]>([
    ["a field that is not next", (q) => q.eq("b", "x")],
    ["a field that it has not", (q) => q.eq("n.x", "x")],
    ["two lower bounds", (q) => q.gt("a", 1).gte("a", 1)],
    ["two upper bounds", (q) => q.lt("a", 1).lt("a", 2)],
    ["bounds on two fields", (q) => q.gt("a", 1).lt("b", "y")],
  ])("refuses %s", async (_what, range) => {
    const found = await onGrid((ctx) =>
      outcomeOf(
        ctx.db
          .query("rows")
          .withIndex("by_a_and_b", range as never)
          .collect(),
      ),
    );
    expect(found).toEqual({ refused: "an error" });
  });

  test("that the schema does not name is refused", async () => {
    const found = await onGrid((ctx) =>
      outcomeOf(
        ctx.db
          .query("rows")
          .withIndex("by_c" as never)
          .collect(),
      ),
    );
    expect(found).toEqual({ refused: "an error" });
  });
});

describe("a query", () => {
  test("gives all, some, the first, the only one, or none", async () => {
    const found = await onGrid(async (ctx) => {
      const rows = () => ctx.db.query("rows");
      const of = (a: number) => rows().withIndex("by_a", (q) => q.eq("a", a));
      const one = rows().withIndex("by_a_and_b", (q) => q.eq("a", 1).eq("b", "y"));
      const seen: string[] = [];
      for await (const { a, b } of rows().order("desc")) {
        seen.push(`${a}${b}`);
        if (a === 2) break;
      }
      return {
        none: await rows().take(0),
        two: named(await rows().take(2)),
        all: (await rows().take(100)).length,
        first: named([(await rows().order("desc").first()) as never]),
        noFirst: await of(9).first(),
        noUnique: await of(9).unique(),
        unique: named([(await one.unique()) as never]),
        notUnique: await outcomeOf(of(1).unique()),
        seen,
        unknownTable: await ctx.db.query("strict").collect(),
      };
    });
    expect(found).toEqual({
      ...{ none: [], two: ["1x", "1y"], all: 6, first: ["3y"], noFirst: null, noUnique: null, unique: ["1y"] },
      ...{ notUnique: { refused: "an error" }, seen: ["3y", "3x", "2y"], unknownTable: [] },
    });
  });

  test("filters by every operator", async () => {
    const found = await onGrid(async (ctx) => {
      const rows = () => ctx.db.query("rows");
      const a = "a" as const;
      return [
        named(
          await rows()
            .filter((q) => q.eq(q.field("b"), "x"))
            .collect(),
        ),
        named(
          await rows()
            .filter((q) => q.neq(q.field(a), 2))
            .collect(),
        ),
        named(
          await rows()
            .filter((q) => q.lt(q.field(a), 2))
            .collect(),
        ),
        named(
          await rows()
            .filter((q) => q.lte(q.field(a), 2))
            .take(3),
        ),
        named(
          await rows()
            .filter((q) => q.gt(q.field(a), 2))
            .collect(),
        ),
        named(
          await rows()
            .filter((q) => q.gte(q.field("n.x"), "3x"))
            .collect(),
        ),
        named(
          await rows()
            .filter((q) => q.and(q.gt(q.field(a), 1), q.eq(q.field("b"), "y"), true))
            .collect(),
        ),
        named(
          await rows()
            .filter((q) => q.or(q.eq(q.field(a), 1), q.eq(q.field("n.x"), "2y"), false))
            .collect(),
        ),
        named(
          await rows()
            .filter((q) => q.not(q.eq(q.field("b"), "x")))
            .filter((q) => q.lt(q.field(a), 3))
            .collect(),
        ),
        named(
          await rows()
            .filter((q) => q.eq(q.mod(q.add(q.field(a), 1), 2), 0))
            .collect(),
        ),
        named(
          await rows()
            .filter((q) => q.eq(q.div(q.mul(q.sub(q.field(a), 1), 4), 2), 2))
            .collect(),
        ),
        named(
          await rows()
            .filter((q) => q.eq(q.field("n.nothing" as never), undefined))
            .take(1),
        ),
        named(
          await rows()
            .filter((q) => q.eq(q.field("n"), { x: "1x" }))
            .collect(),
        ),
      ];
    });
    expect(found).toEqual([
      ...[
        ["1x", "2x", "3x"],
        ["1x", "1y", "3x", "3y"],
        ["1x", "1y"],
        ["1x", "1y", "2x"],
        ["3x", "3y"],
        ["3x", "3y"],
      ],
      ...[["2y", "3y"], ["1x", "1y", "2y"], ["1y", "2y"], ["1x", "1y", "3x", "3y"], ["2x", "2y"], ["1x"], ["1x"]],
    ]);
  });

  test("sees what its own transaction has written so far", async () => {
    const found = await onBoth(async (backend) => {
      await withRows(backend, [{ a: 1 }, { a: 3 }]);
      return backend.mutation(async (ctx) => {
        const values = async () => (await ctx.db.query("rows").withIndex("by_a").collect()).map(({ a }) => a);
        const two = await ctx.db.insert("rows", { a: 2 });
        const told = [await values()];
        await ctx.db.patch(two, { a: 4 });
        told.push(await values());
        const first = await ctx.db.query("rows").first();
        if (first !== null) await ctx.db.delete(first._id);
        return [...told, await values()];
      });
    });
    expect(found).toEqual([
      [1, 2, 3],
      [1, 3, 4],
      [3, 4],
    ]);
  });
});

test("an iteration goes over what was there when it began", async () => {
  const found = await onBoth(async (backend) => {
    await withRows(
      backend,
      [1, 2, 3].map((a) => ({ a })),
    );
    return backend.mutation(async (ctx) => {
      const seen: unknown[] = [];
      for await (const { _id, a } of ctx.db.query("rows").withIndex("by_a")) {
        seen.push(a);
        await ctx.db.insert("rows", { a: a + 1 });
        await ctx.db.delete(_id);
      }
      const left = await ctx.db.query("rows").withIndex("by_a").collect();
      return [seen, left.map((row) => row.a)];
    });
  });
  expect(found).toEqual([
    [1, 2, 3],
    [2, 3, 4],
  ]);
});

test("an id finds its own document, is of its table, and finds nothing once that is gone", async () => {
  const found = await onBoth((backend) =>
    backend.mutation(async (ctx) => {
      const id = await ctx.db.insert("rows", { a: 1 });
      const other = await ctx.db.insert("strict", { name: "", count: 0n, kind: null, row: id, list: [], flags: {} });
      const before = await ctx.db.get(id);
      await ctx.db.delete(id);
      return {
        before: before?.a,
        isTheSame: ctx.db.normalizeId("rows", id) === id,
        ofOthers: ctx.db.normalizeId("rows", other),
        ofNobody: [ctx.db.normalizeId("rows", "nonsense"), ctx.db.normalizeId("rows", "")],
        after: await ctx.db.get(id),
        again: await outcomeOf(ctx.db.delete(id)),
        patched: await outcomeOf(ctx.db.patch(id, { a: 2 })),
        replaced: await outcomeOf(ctx.db.replace(id, { a: 2 })),
        byIndex: await ctx.db
          .query("rows")
          .withIndex("by_id", (q) => q.eq("_id", id))
          .unique(),
      };
    }),
  );
  const refused = { refused: "an error" };
  expect(found).toEqual({
    ...{ before: 1, isTheSame: true, ofOthers: null, ofNobody: [null, null], after: null, byIndex: null },
    ...{ again: refused, patched: refused, replaced: refused },
  });
});
