/** `.paginate()`: walking pages, cursors that mark both ends of a page, and lists that change between two pages. */
import type { PaginationOptions } from "convex/server";
import type { Value } from "convex/values";
import { describe, expect, test } from "vitest";
import { type Backend, onBoth, outcomeOf, type QueryCtx, withRows } from "./bothEngines";

const numbers = (count: number) => Array.from({ length: count }, (_, a) => ({ a, b: a % 2 }));
const listOf = (page: { a?: Value }[]) => page.map(({ a }) => a);

type Query = (ctx: QueryCtx) => {
  paginate(options: PaginationOptions): Promise<{ page: { a?: Value }[]; isDone: boolean; continueCursor: string }>;
};

const byA: Query = (ctx) => ctx.db.query("rows").withIndex("by_a");
const descending: Query = (ctx) => ctx.db.query("rows").withIndex("by_a").order("desc");
const inside: Query = (ctx) => ctx.db.query("rows").withIndex("by_a", (q) => q.gt("a", 1).lte("a", 8));
const even: Query = (ctx) => ctx.db.query("rows").filter((q) => q.eq(q.field("b"), 0));

const pageOf = (backend: Backend, query: Query, options: PaginationOptions) =>
  backend.query((ctx) => query(ctx).paginate(options));

/** All pages, without an empty last one: whether there is one is a known difference. */
async function walk(backend: Backend, query: Query, numItems: number) {
  const pages: unknown[] = [];
  for (let cursor: string | null = null; ; ) {
    const { page, isDone, continueCursor } = await pageOf(backend, query, { numItems, cursor });
    if (page.length > 0 || !isDone) pages.push(listOf(page));
    if (isDone) return pages;
    if (pages.length > 20) throw new Error("These pages never end.");
    cursor = continueCursor;
  }
}

describe("pages", () => {
  test.each<[string, Query, unknown[]]>([
    [
      "of an index",
      byA,
      [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9],
      ],
    ],
    [
      "in descending order",
      descending,
      [
        [9, 8, 7, 6],
        [5, 4, 3, 2],
        [1, 0],
      ],
    ],
    [
      "of a range",
      inside,
      [
        [2, 3, 4, 5],
        [6, 7, 8],
      ],
    ],
    ["of what passes a filter", even, [[0, 2, 4, 6], [8]]],
  ])("%s, one after the other, hold everything once", async (_what, query, pages) => {
    const found = await onBoth(async (backend) => {
      await withRows(backend, numbers(10));
      return walk(backend, query, 4);
    });
    expect(found).toEqual(pages);
  });

  test("of documents with equal keys tell them apart", async () => {
    const found = await onBoth(async (backend) => {
      await withRows(
        backend,
        [1, 2, 3, 4, 5].map((b) => ({ a: "same", b })),
      );
      const first = await pageOf(backend, byA, { numItems: 2, cursor: null });
      const second = await pageOf(backend, byA, { numItems: 2, cursor: first.continueCursor });
      return [...first.page, ...second.page].map((row) => (row as { b?: Value }).b);
    });
    expect(found).toEqual([1, 2, 3, 4]);
  });

  test("of nothing are one, empty and the last", async () => {
    const found = await onBoth(async (backend) => {
      const { page, isDone } = await pageOf(backend, byA, { numItems: 2, cursor: null });
      return { page, isDone };
    });
    expect(found).toEqual({ page: [], isDone: true });
  });

  test("go on where they were when documents come and go before and after", async () => {
    const found = await onBoth(async (backend) => {
      await withRows(backend, numbers(6));
      const first = await pageOf(backend, byA, { numItems: 3, cursor: null });
      await backend.run(async (ctx) => {
        const last = first.page.at(-1) as unknown as { _id: never };
        await ctx.db.delete(last._id);
        for (const a of [-1, 2.5, 9]) await ctx.db.insert("rows", { a });
      });
      const second = await pageOf(backend, byA, { numItems: 9, cursor: first.continueCursor });
      return [listOf(first.page), listOf(second.page)];
    });
    expect(found).toEqual([
      [0, 1, 2],
      [2.5, 3, 4, 5, 9],
    ]);
  });

  test("with an end cursor keep their end, however many documents they then hold", async () => {
    const found = await onBoth(async (backend) => {
      await withRows(backend, numbers(6));
      const { continueCursor } = await pageOf(backend, byA, { numItems: 3, cursor: null });
      await withRows(backend, [{ a: 0.5 }, { a: 1.5 }, { a: 2.5 }]);
      const again = await pageOf(backend, byA, { numItems: 3, cursor: null, endCursor: continueCursor });
      const rest = await pageOf(backend, byA, { numItems: 9, cursor: continueCursor });
      return {
        again: listOf(again.page),
        isDone: again.isDone,
        rest: listOf(rest.page),
        same: again.continueCursor === continueCursor,
      };
    });
    expect(found).toEqual({ again: [0, 0.5, 1, 1.5, 2], isDone: false, rest: [2.5, 3, 4, 5], same: true });
  });

  test.each([{ maximumRowsRead: 3 }, { maximumBytesRead: 200 }])("end early at what may be read: %o", async (most) => {
    const found = await onBoth(async (backend) => {
      await withRows(backend, numbers(10));
      const { page, isDone, continueCursor, ...rest } = await pageOf(backend, even, {
        numItems: 9,
        cursor: null,
        ...most,
      });
      const next = await pageOf(backend, even, { numItems: 9, cursor: continueCursor });
      const all = [...listOf(page), ...listOf(next.page)];
      return { isFull: page.length === 5, isDone, all, status: (rest as { pageStatus?: string }).pageStatus };
    });
    expect(found).toEqual({ isFull: false, isDone: false, all: [0, 2, 4, 6, 8], status: "SplitRequired" });
  });

  test("are one a function", async () => {
    const found = await onBoth((backend) =>
      outcomeOf(
        backend.query(async (ctx) => {
          await ctx.db.query("rows").paginate({ numItems: 1, cursor: null });
          await ctx.db.query("rows").paginate({ numItems: 1, cursor: null });
        }),
      ),
    );
    expect(found).toEqual({ refused: "an error" });
  });
});
