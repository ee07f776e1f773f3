/** Everything that reads: on convex-test and on the local host's engine alike, and as it must be. */

import type { Value } from "convex/values";
import { describe, expect, test } from "vitest";
import { type Backend, onBoth, outcomeOf, type QueryCtx, withRows } from "./bothEngines";

const bytes = (...content: number[]) => new Uint8Array(content).buffer;

/** In Convex's order: undefined, null, integers, floats, booleans, strings, bytes, arrays, objects. */
const ORDERED: (Value | undefined)[] = [
  undefined,
  null,
  ...[-(2n ** 63n), -(2n ** 31n) - 1n, -129n, -128n, -1n, 0n, 1n, 127n, 128n, 2n ** 31n, 2n ** 63n - 1n],
  ...[Number.NEGATIVE_INFINITY, -1.5, -0, 0, Number.MIN_VALUE, 1.5, Number.POSITIVE_INFINITY, Number.NaN],
  ...[false, true],
  ...["", "\0", "a", "a\0", "a\0b", "aa", "b", "é", "\uffff", "😀"],
  ...[bytes(), bytes(0), bytes(0, 0), bytes(0, 1), bytes(1), bytes(255)],
  ...[[], [null], [1], [1, "a"], [1, "b"], [2], [[]], [{}]],
  ...[{}, { a: 1 }, { a: 1, b: 1 }, { a: 2 }, { b: 0 }],
];

const valuesOf = (rows: { a?: Value }[]) => rows.map(({ a }) => (a === undefined ? { missing: true } : a));
const shown = valuesOf(ORDERED.map((a) => (a === undefined ? {} : { a })));

/** An order of insertion that is nobody's order. */
const shuffled = ORDERED.map((a, i) => ({ a, at: (i * 17) % ORDERED.length }))
  .sort((x, y) => x.at - y.at)
  .map(({ a }) => (a === undefined ? {} : { a }));

const ofEveryType = async (backend: Backend) => withRows(backend, shuffled);

describe("the order of values", () => {
  test.each(["asc", "desc"] as const)("is Convex's, %s, for every type", async (order) => {
    const found = await onBoth(async (backend) => {
      await ofEveryType(backend);
      return backend.query(async (ctx) =>
        valuesOf(await ctx.db.query("rows").withIndex("by_a").order(order).collect()),
      );
    });
    expect(found).toEqual(order === "asc" ? shown : [...shown].reverse());
  });

  test("decides every index bound, at every value", async () => {
    const found = await onBoth(async (backend) => {
      await ofEveryType(backend);
      return backend.query(async (ctx) => {
        const counts: number[][] = [];
        for (const value of ORDERED) {
          const counted = await Promise.all(
            (["eq", "lt", "lte", "gt", "gte"] as const).map(async (operator) => {
              const range = ctx.db.query("rows").withIndex("by_a", (q) => q[operator]("a", value as Value));
              return (await range.collect()).length;
            }),
          );
          counts.push(counted);
        }
        return counts;
      });
    });
    const n = ORDERED.length;
    expect(found).toEqual(ORDERED.map((_, i) => [1, i, i + 1, n - i - 1, n - i]));
  });

  test("of documents that are equal is that of their creation", async () => {
    const found = await onBoth(async (backend) => {
      await withRows(
        backend,
        [3, 1, 2].map((b) => ({ a: "same", b })),
      );
      await withRows(backend, [{ a: "same", b: 0 }]);
      return backend.query(async (ctx) => ({
        asc: (
          await ctx.db
            .query("rows")
            .withIndex("by_a", (q) => q.eq("a", "same"))
            .collect()
        ).map(({ b }) => b),
        desc: (await ctx.db.query("rows").order("desc").collect()).map(({ b }) => b),
        byIndex: (await ctx.db.query("rows").withIndex("by_creation_time").collect()).map(({ b }) => b),
      }));
    });
    expect(found).toEqual({ asc: [3, 1, 2, 0], desc: [0, 2, 1, 3], byIndex: [3, 1, 2, 0] });
  });
});

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
