/** `ctx.db.query` against a naive model: every index operator, order, limit, filter and page; and what a query has read. */
import { compareValues, type Value } from "convex/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { QueryOutcome } from "../../../src/local/host/functionCall";
import { isWithin, type ReadRange } from "../../../src/local/host/keys";
import { anyone, callOf, engineWith } from "./engineUnderTest";

const schema = `export default defineSchema({ rows: defineTable({ a: v.optional(v.any()), b: v.any(), n: v.optional(v.object({ x: v.any() })) })
  .index("by_a", ["a"]).index("by_a_and_b", ["a", "b"]).index("by_n", ["n.x"]) });`;

const rows = `
  export const add = mutation({ handler: async (ctx, { rows }) => { for (const row of rows) await ctx.db.insert("rows", row); } });
  const bounded = (q, bounds) => bounds.reduce((range, [operator, field, value]) => range[operator](field, value), q);
  const built = (ctx, { index, bounds, order }) => ctx.db.query("rows").withIndex(index, (q) => bounded(q, bounds)).order(order);
  export const run = query({ handler: (ctx, args) => args.limit === null ? built(ctx, args).collect() : built(ctx, args).take(args.limit) });
  /** The same range half in committed documents and half in the transaction's own. */
  export const runInside = mutation({ handler: async (ctx, { own, changed, ...args }) => {
    for (const row of own) await ctx.db.insert("rows", row);
    const all = await ctx.db.query("rows").collect();
    for (const row of all.slice(0, changed)) await ctx.db.patch(row._id, { b: row.a ?? null, a: row.b });
    for (const row of all.slice(changed, changed * 2)) await ctx.db.delete(row._id);
    return [await ctx.db.query("rows").collect(), await built(ctx, args).collect()];
  } });
  export const unique = query({ handler: (ctx, { a }) => ctx.db.query("rows").withIndex("by_a", (q) => q.eq("a", a)).unique() });
  export const first = query({ handler: (ctx, { a }) => ctx.db.query("rows").withIndex("by_a", (q) => q.gte("a", a)).first() });
  export const byId = query({ handler: (ctx, { id }) => ctx.db.query("rows").withIndex("by_id", (q) => q.eq("_id", id)).unique() });
  export const wrongOrder = query({ handler: (ctx) => ctx.db.query("rows").withIndex("by_a_and_b", (q) => q.eq("b", 1)).collect() });
  export const noIndex = query({ handler: (ctx) => ctx.db.query("rows").withIndex("by_c", (q) => q).collect() });
  export const missing = query({ handler: (ctx) => ctx.db.query("rows").withIndex("by_a", (q) => q.eq("a", undefined)).collect() });
  export const page = query({ handler: (ctx, { order, opts }) => ctx.db.query("rows").withIndex("by_a").order(order).paginate(opts) });
  export const twoPages = query({ handler: async (ctx, { opts }) => { await ctx.db.query("rows").paginate(opts); await ctx.db.query("rows").paginate(opts); } });
  export const loop = query({ handler: async (ctx, { stop }) => {
    const seen = [];
    for await (const row of ctx.db.query("rows").withIndex("by_a")) { seen.push(row.a); if (row.a >= stop) break; }
    return seen;
  } });
  export const growing = mutation({ handler: async (ctx) => {
    const seen = [];
    for await (const row of ctx.db.query("rows").withIndex("by_a")) {
      seen.push(row.a);
      if (row.a < 5) await ctx.db.insert("rows", { a: row.a + 1, b: 0 });
      if (row.a === 2) { const ten = await ctx.db.query("rows").withIndex("by_a", (q) => q.eq("a", 10)).unique(); if (ten) await ctx.db.delete(ten._id); }
    }
    return seen;
  } });
  export const filtered = query({ handler: async (ctx) => {
    const count = async (predicate) => (await ctx.db.query("rows").filter(predicate).collect()).map((row) => row.a);
    return [
      await count((q) => q.and(q.gt(q.field("a"), 1), q.not(q.eq(q.field("a"), 3)))),
      await count((q) => q.or(q.lte(q.field("a"), 1), q.gte(q.field("a"), 4))),
      await count((q) => q.eq(q.mod(q.add(q.field("a"), 1), 2), q.sub(q.div(q.mul(2, 3), 6), q.neg(-1)))),
      await count((q) => q.neq(q.field("n.x"), undefined)),
      await count((q) => q.lt(q.field("a"), "text")),
      (await ctx.db.query("rows").filter((q) => q.gt(q.field("a"), 1)).take(2)).map((row) => row.a),
    ];
  } });
`;

type Bound = [operator: "eq" | "gt" | "gte" | "lt" | "lte", field: string, value: Value];

/** Few enough values that ranges meet them, of every type and at every edge. */
const value: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom<Value>(
    null,
    true,
    false,
    0,
    -0,
    1,
    -1.5,
    Number.POSITIVE_INFINITY,
    "",
    "a",
    "a\0",
    "a\0b",
    "b",
    "é",
    "😀",
  ),
  fc.constantFrom<Value>(0n, 1n, -1n, 127n, 128n, -129n, 40_000n, -(2n ** 40n), 2n ** 63n - 1n),
  fc.constantFrom<Value>(
    new Uint8Array([0, 1]).buffer,
    new Uint8Array([0]).buffer,
    [],
    [1],
    [1, 2],
    ["a"],
    {},
    { k: 1 },
    { k: 1, l: 2 },
  ),
);
const row = fc.record({ a: value, b: value }, { requiredKeys: ["b"] });

function bounds(fields: string[]): fc.Arbitrary<Bound[]> {
  return fc.nat(fields.length).chain((equalities) => {
    const exact = fields.slice(0, equalities).map((field) => value.map((of): Bound => ["eq", field, of]));
    const open = fields[equalities];
    if (open === undefined) return fc.tuple(...exact);
    const low = fc.option(fc.tuple(fc.constantFrom("gt" as const, "gte" as const), fc.constant(open), value), {
      nil: null,
    });
    const high = fc.option(fc.tuple(fc.constantFrom("lt" as const, "lte" as const), fc.constant(open), value), {
      nil: null,
    });
    return fc
      .tuple(fc.tuple(...exact), low, high)
      .map(([all, from, to]) => [...all, ...[from, to].filter((b) => b !== null)] as Bound[]);
  });
}

const holds = {
  eq: (c: number) => c === 0,
  gt: (c: number) => c > 0,
  gte: (c: number) => c >= 0,
  lt: (c: number) => c < 0,
  lte: (c: number) => c <= 0,
};

/** The query's meaning, without indexes: filter all documents, then sort them. */
function naive(documents: Record<string, Value>[], fields: string[], wanted: Bound[], order: string) {
  const matching = documents.filter((each) =>
    wanted.every(([operator, field, of]) => holds[operator](compareValues(each[field], of))),
  );
  const keys = [...fields, "_creationTime", "_id"];
  const compare = (x: Record<string, Value>, y: Record<string, Value>) =>
    keys.map((key) => compareValues(x[key], y[key])).find((result) => result !== 0) ?? 0;
  return matching.sort((x, y) => (order === "asc" ? compare(x, y) : compare(y, x)));
}

const indexes = fc.constantFrom<{ index: string; fields: string[] }>(
  { index: "by_a", fields: ["a"] },
  { index: "by_a_and_b", fields: ["a", "b"] },
);
const ranges = indexes.chain(({ index, fields }) =>
  fc.record({ index: fc.constant(index), fields: fc.constant(fields), bounds: bounds(fields) }),
);
const orders = fc.constantFrom("asc", "desc");

describe("an index range", () => {
  test("gives what a naive search gives", async () => {
    const { mutation, query } = await engineWith({ schema, rows });
    await mutation("rows:add", { rows: fc.sample(row, { numRuns: 150, seed: 7 }) });
    const all = (await query("rows:run", {
      index: "by_creation_time",
      bounds: [],
      order: "asc",
      limit: null,
    })) as Record<string, Value>[];
    expect(all.length).toBe(150);
    await fc.assert(
      fc.asyncProperty(
        ranges,
        orders,
        fc.option(fc.nat(20)),
        async ({ index, fields, bounds: wanted }, order, limit) => {
          const expected = naive(all, fields, wanted, order).slice(0, limit ?? undefined);
          expect(await query("rows:run", { index, bounds: wanted, order, limit })).toEqual(expected);
        },
      ),
      { numRuns: 400 },
    );
  });

  test("merges what the transaction has inserted, changed and deleted", async () => {
    const { mutation, engine } = await engineWith({ schema, rows });
    await mutation("rows:add", { rows: fc.sample(row, { numRuns: 60, seed: 11 }) });
    await fc.assert(
      fc.asyncProperty(
        ranges,
        orders,
        fc.array(row, { maxLength: 8 }),
        fc.nat(4),
        async (range, order, own, changed) => {
          const { index, fields, bounds: wanted } = range;
          const before = engine.lastTs;
          const [all, found] = (await mutation("rows:runInside", {
            index,
            bounds: wanted,
            order,
            own,
            changed,
          })) as Record<string, Value>[][];
          expect(found).toEqual(naive(all ?? [], fields, wanted, order));
          if (own.length > 0) expect(engine.lastTs).toBeGreaterThan(before);
        },
      ),
      { numRuns: 100 },
    );
  });

  test("meets a missing field as undefined, before null", async () => {
    const { mutation, query } = await engineWith({ schema, rows });
    await mutation("rows:add", { rows: [{ a: null, b: 1 }, { b: 2 }, { a: 0, b: 3 }] });
    expect(await query("rows:missing")).toMatchObject([{ b: 2 }]);
    expect(await query("rows:run", { index: "by_a", bounds: [], order: "asc", limit: null })).toMatchObject([
      { b: 2 },
      { b: 1 },
      { b: 3 },
    ]);
  });

  test("refuses fields out of order and unknown indexes", async () => {
    const { failure } = await engineWith({ schema, rows });
    expect((await failure("rows:wrongOrder")).message).toContain(
      'index rows.by_a_and_b (a, b, _creationTime, _id): fields must be used in the index\'s order, so "a" instead of "b"',
    );
    expect((await failure("rows:noIndex")).message).toContain("Index rows.by_c not found.");
  });
});

describe("the ends of a query", () => {
  const numbered = async (count: number) => {
    const under = await engineWith({ schema, rows });
    await under.mutation("rows:add", {
      rows: Array.from({ length: count }, (_, a) => ({ a, b: 0, ...(a % 2 ? { n: { x: a } } : {}) })),
    });
    return under;
  };

  test("unique, first and by_id", async () => {
    const { query, failure, mutation } = await numbered(3);
    const one = (await query("rows:unique", { a: 1 })) as Record<string, Value>;
    expect(one.a).toBe(1);
    expect(await query("rows:unique", { a: 9 })).toBeNull();
    expect(await query("rows:first", { a: 2 })).toMatchObject({ a: 2 });
    expect(await query("rows:byId", { id: one._id as string })).toEqual(one);
    await mutation("rows:add", { rows: [{ a: 1, b: 1 }] });
    expect((await failure("rows:unique", { a: 1 })).message).toContain(
      "unique() query returned more than one result from table rows",
    );
  });

  test("filter", async () => {
    const { query } = await numbered(6);
    expect(await query("rows:filtered")).toEqual([
      [2, 4, 5],
      [0, 1, 4, 5],
      [1, 3, 5],
      [1, 3, 5],
      [0, 1, 2, 3, 4, 5],
      [2, 3],
    ]);
  });

  test("an iteration stops where it stops, and what is written ahead of it waits for the next hundred rows", async () => {
    const { query, mutation } = await numbered(12);
    expect(await query("rows:loop", { stop: 2 })).toEqual([0, 1, 2]);
    expect(await mutation("rows:growing")).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  test("pages join without gap or overlap while documents come and go", async () => {
    const { query, mutation, engine } = await numbered(10);
    const page = (opts: Record<string, Value>, order = "asc") =>
      query("rows:page", { order, opts }) as Promise<{
        page: { a: number }[];
        isDone: boolean;
        continueCursor: string;
      }>;
    for (const order of ["asc", "desc"]) {
      const seen: number[] = [];
      let cursor: string | null = null;
      for (let done = false; !done; ) {
        const next: Awaited<ReturnType<typeof page>> = await page({ numItems: 4, cursor }, order);
        seen.push(...next.page.map(({ a }) => a));
        ({ isDone: done, continueCursor: cursor } = next);
      }
      expect(seen).toEqual(order === "asc" ? [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] : [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    }
    // The journal keeps the end of a page where it was.
    const call = callOf("rows:page", { order: "asc", opts: { numItems: 4, cursor: null } });
    const first = await engine.runQuery(call, anyone);
    await mutation("rows:add", {
      rows: [
        { a: 0.5, b: 0 },
        { a: 1.5, b: 0 },
        { a: 3.5, b: 0 },
      ],
    });
    const again = await engine.runQuery(call, anyone, first.journal);
    const pageOf = (outcome: QueryOutcome) => (outcome.ok ? JSON.parse(outcome.valueJson) : outcome);
    expect(pageOf(again).page.map(({ a }: { a: number }) => a)).toEqual([0, 0.5, 1, 1.5, 2, 3]);
    expect(again.journal).toBe(first.journal);
    expect(pageOf(again).continueCursor).toBe(pageOf(first).continueCursor);
    const split = pageOf(again).splitCursor;
    const half = await page({ numItems: 4, cursor: null, endCursor: split });
    const rest = await page({ numItems: 4, cursor: split, endCursor: pageOf(first).continueCursor });
    expect([...half.page, ...rest.page].map(({ a }) => a)).toEqual([0, 0.5, 1, 1.5, 2, 3]);
  });

  test("pages are bounded in rows read, allowed once, and refuse foreign cursors", async () => {
    const { query, failure } = await numbered(10);
    const opts = { numItems: 5, cursor: null, maximumRowsRead: 2 };
    const { page, isDone, continueCursor } = (await query("rows:page", { order: "asc", opts })) as Record<
      string,
      Value
    >;
    expect([(page as Value[]).length, isDone]).toEqual([2, false]);
    const foreign = { numItems: 5, cursor: continueCursor as string };
    expect((await failure("rows:page", { order: "desc", opts: foreign })).message).toContain("InvalidCursor");
    expect((await failure("rows:twoPages", { opts })).message).toContain("multiple paginated queries");
  });
});

describe("a read set", () => {
  const covers = (readSet: ReadRange[], writes: { indexId: number; key: Uint8Array }[]) =>
    readSet.some((range) => writes.some(({ indexId, key }) => indexId === range.indexId && isWithin(key, range)));

  test("holds what the query looked at, and no more", async () => {
    const { engine, mutation } = await engineWith({ schema, rows });
    await mutation("rows:add", { rows: [0, 1, 2, 3, 4, 5].map((a) => ({ a, b: 0 })) });
    const writes: { indexId: number; key: Uint8Array }[] = [];
    engine.onCommit((_ts, changed) => writes.splice(0, writes.length, ...changed));
    const touches = async (path: string, args: Record<string, Value>, a: number) => {
      const { readSet } = await engine.runQuery(callOf(path, args), anyone);
      await mutation("rows:add", { rows: [{ a, b: 0 }] });
      return covers(readSet, writes);
    };
    const range = (order: string, limit: number | null, ...wanted: Bound[]) => ({
      index: "by_a",
      bounds: wanted,
      order,
      limit,
    });
    expect(await touches("rows:run", range("asc", null, ["gt", "a", 1], ["lt", "a", 3]), 2.5)).toBe(true);
    expect(await touches("rows:run", range("asc", null, ["gt", "a", 1], ["lt", "a", 3]), 3)).toBe(false);
    expect(await touches("rows:run", range("asc", 2), 0.5)).toBe(true);
    expect(await touches("rows:run", range("asc", 2), 3.5)).toBe(false);
    expect(await touches("rows:run", range("desc", 2), 3.7)).toBe(false);
    expect(await touches("rows:run", range("desc", 2), 4.5)).toBe(true);
    expect(await touches("rows:run", range("asc", 0), 0)).toBe(false);
    expect(await touches("rows:loop", { stop: 2 }, 2.2)).toBe(false);
    expect(await touches("rows:unique", { a: 77 }, 77)).toBe(true);
    expect(await touches("rows:unique", { a: 78 }, 79)).toBe(false);
  });
});
