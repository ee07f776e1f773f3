/** The one order of all values, which decides indexes, their bounds and the order of results: Convex's, on both engines. */
import type { Value } from "convex/values";
import { describe, expect, test } from "vitest";
import { type Backend, onBoth, withRows } from "./bothEngines";

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
