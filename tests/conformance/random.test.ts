/**
 * Documents and queries that nobody thought of: whatever is asked, both engines answer alike. The values are few, so that
 * bounds and filters meet them. A failure prints its seed and path.
 */
import type { Value } from "convex/values";
import fc from "fast-check";
import { expect, test } from "vitest";
import { comparable, type MutationCtx, openBoth, outcomeOf, type QueryCtx } from "./bothEngines";

const SEED = 20_260_101;
const RUNS = 60;
/** A failure is made smaller until then, and told before the runner loses its patience. */
const BOUNDED = { seed: SEED, numRuns: RUNS, interruptAfterTimeLimit: 45_000 };

const value: fc.Arbitrary<Value> = fc.constantFrom<Value>(
  ...[null, true, false, 0, -0, 1, -1.5, Number.NaN, Number.NEGATIVE_INFINITY, 0n, 1n, -1n, 300n, 2n ** 63n - 1n],
  ...["", "a", "a\0", "ab", "😀", new Uint8Array([0]).buffer, new Uint8Array([0, 1]).buffer],
  ...[[], [1], [1, 2], ["a"], {}, { k: 1 }, { k: 1, l: null }],
);
const row = fc.record(
  { a: value, b: value, n: fc.record({ x: fc.integer({ min: -3, max: 3 }) }) },
  { requiredKeys: ["n"] },
);

type Bound = ["eq" | "gt" | "gte" | "lt" | "lte", string, Value | undefined];
const bound = fc.option(value, { nil: undefined, freq: 9 });
const ranges: Record<string, string[]> = { by_a: ["a"], by_a_and_b: ["a", "b"], by_n_x: ["n.x"], by_creation_time: [] };

const range = fc.constantFrom(...Object.keys(ranges)).chain((index) => {
  const fields = ranges[index] as string[];
  return fc
    .record({
      equalities: fc.nat(fields.length),
      values: fc.tuple(bound, bound),
      low: fc.option(fc.tuple(fc.constantFrom("gt" as const, "gte" as const), bound)),
      high: fc.option(fc.tuple(fc.constantFrom("lt" as const, "lte" as const), bound)),
    })
    .map(({ equalities, values, low, high }) => {
      const bounds: Bound[] = fields.slice(0, equalities).map((field, i) => ["eq", field, values[i]]);
      const open = fields[equalities];
      for (const side of [low, high]) if (open !== undefined && side !== null) bounds.push([side[0], open, side[1]]);
      return { index, bounds };
    });
});

/** As data, because the builder that makes an expression of it is there only inside a function. */
type Filter =
  | ["eq" | "neq", string, Value]
  | ["lt" | "lte" | "gt" | "gte", number, number]
  | ["and" | "or", Filter[]]
  | ["not", Filter];
const { filter } = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.tuple(
      fc.constantFrom("eq" as const, "neq" as const),
      fc.constantFrom("a", "b", "n", "n.x", "n.y", "_id.x"),
      value,
    ),
    // Of numbers only: on other types the mock compares as JavaScript does.
    fc.tuple(
      fc.constantFrom("lt", "lte", "gt", "gte"),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: -4, max: 4 }),
    ) as never,
    fc.tuple(fc.constantFrom("and" as const, "or" as const), fc.array(tie("filter"), { minLength: 1, maxLength: 3 })),
    fc.tuple(fc.constant("not" as const), tie("filter")),
  ) as fc.Arbitrary<Filter>,
}));

const query = fc.record({
  range,
  order: fc.constantFrom("asc" as const, "desc" as const),
  filters: fc.array(filter, { maxLength: 2 }),
  how: fc.oneof(
    fc.constantFrom("collect" as const, "first" as const, "unique" as const),
    fc.record({ take: fc.nat(5) }),
    fc.record({ page: fc.integer({ min: 1, max: 4 }), after: fc.nat(2) }),
  ),
});
type Query = typeof query extends fc.Arbitrary<infer T> ? T : never;

// biome-ignore lint/suspicious/noExplicitAny: the builders' types are for queries that a person writes.
type Builder = any;

function expression(q: Builder, [operator, ...operands]: Filter): unknown {
  if (operator === "not") return q.not(expression(q, operands[0] as Filter));
  if (operator === "and" || operator === "or")
    return q[operator](...(operands[0] as Filter[]).map((part) => expression(q, part)));
  if (operator === "eq" || operator === "neq") return q[operator](q.field(operands[0]), operands[1]);
  return q[operator](q.mul(q.add(q.field("n.x"), 0.5), operands[0]), operands[1]);
}

function built(ctx: QueryCtx, { range: { index, bounds }, order, filters }: Query): Builder {
  const rows = ctx.db
    .query("rows")
    .withIndex(index as "by_a", (q: Builder) =>
      bounds.reduce((all, [operator, field, of]) => all[operator](field, of), q),
    );
  return filters.reduce((rest: Builder, each) => rest.filter((q: Builder) => expression(q, each)), rows.order(order));
}

/** The page that comes after so many others; whether an empty last page follows is a known difference. */
async function pageOf(ctx: QueryCtx, asked: Query, numItems: number, cursor: string | null) {
  const { page, isDone, continueCursor } = await built(ctx, asked).paginate({ numItems, cursor });
  return { page, continueCursor: isDone || page.length === 0 ? null : continueCursor };
}

async function answer(backend: { query(inline: (ctx: QueryCtx) => Promise<unknown>): Promise<unknown> }, asked: Query) {
  const { how } = asked;
  if (how === "collect" || how === "first" || how === "unique")
    return outcomeOf(backend.query((ctx) => built(ctx, asked)[how]()));
  if ("take" in how) return outcomeOf(backend.query((ctx) => built(ctx, asked).take(how.take)));
  const pages: Value[] = [];
  for (let cursor: string | null = null; pages.length <= how.after; ) {
    const found = (await backend.query((ctx) => pageOf(ctx, asked, how.page, cursor))) as Awaited<
      ReturnType<typeof pageOf>
    >;
    if (found.page.length > 0) pages.push(found.page);
    if (found.continueCursor === null) break;
    cursor = found.continueCursor;
  }
  return pages;
}

test("random queries of random documents have one answer", async () => {
  const { mock, host } = await openBoth();
  let compared = 0;
  let found = 0;
  const datasets = fc.record({
    rows: fc.array(row, { maxLength: 14 }),
    queries: fc.array(query, { minLength: 6, maxLength: 10 }),
  });
  const property = fc.asyncProperty(datasets, async ({ rows, queries }) => {
    for (const backend of [mock, host]) {
      await backend.run(async (ctx: MutationCtx) => {
        for (const old of await ctx.db.query("rows").collect()) await ctx.db.delete(old._id);
        for (const document of rows) await ctx.db.insert("rows", document);
      });
    }
    for (const asked of queries) {
      const ofHost = comparable((await answer(host, asked)) as Value);
      expect(ofHost).toEqual(comparable((await answer(mock, asked)) as Value));
      compared += 1;
      if (JSON.stringify(ofHost).includes('"n":')) found += 1;
    }
  });
  await fc.assert(property, BOUNDED);
  expect(compared).toBeGreaterThan(300);
  // Answers that hold nothing would agree whatever the engines do.
  expect(found).toBeGreaterThan(compared / 5);
});

const change = fc.oneof(
  fc.record({ kind: fc.constant("insert" as const), row }),
  fc.record({ kind: fc.constantFrom("patch" as const, "replace" as const), at: fc.nat(9), row }),
  fc.record({ kind: fc.constant("unset" as const), at: fc.nat(9), field: fc.constantFrom("a", "b") }),
  fc.record({ kind: fc.constant("delete" as const), at: fc.nat(9) }),
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

async function apply(ctx: MutationCtx, made: Change): Promise<void> {
  if (made.kind === "insert") return void (await ctx.db.insert("rows", made.row));
  const rows = await ctx.db.query("rows").collect();
  const target = rows[made.at % Math.max(rows.length, 1)];
  if (target === undefined) return;
  if (made.kind === "delete") await ctx.db.delete(target._id);
  else if (made.kind === "unset") await ctx.db.patch(target._id, { [made.field]: undefined });
  else if (made.kind === "patch") await ctx.db.patch(target._id, made.row);
  else await ctx.db.replace(target._id, made.row);
}

test("random transactions, of which some fail, leave the same documents in every index", async () => {
  const { mock, host } = await openBoth();
  const transaction = fc.record({ changes: fc.array(change, { maxLength: 4 }), fails: fc.boolean() });
  let [left, failed] = [0, 0];
  const property = fc.asyncProperty(fc.array(transaction, { minLength: 2, maxLength: 4 }), async (transactions) => {
    const results = [];
    for (const backend of [mock, host]) {
      for (const { changes, fails } of transactions) {
        const running = backend.mutation(async (ctx) => {
          for (const made of changes) await apply(ctx, made);
          if (fails) throw new Error("as planned");
        });
        expect(await outcomeOf(running)).toEqual(fails ? { refused: "an error" } : { value: null });
      }
      const found = await backend.query(async (ctx) => [
        await ctx.db.query("rows").collect(),
        await ctx.db.query("rows").withIndex("by_a_and_b").collect(),
        await ctx.db.query("rows").withIndex("by_n_x").order("desc").collect(),
      ]);
      results.push(comparable(found as unknown as Value));
      left += found[0]?.length ?? 0;
    }
    failed += transactions.filter(({ fails }) => fails).length;
    expect(results[1]).toEqual(results[0]);
  });
  await fc.assert(property, BOUNDED);
  expect(left).toBeGreaterThan(RUNS);
  expect(failed).toBeGreaterThan(RUNS / 2);
});
