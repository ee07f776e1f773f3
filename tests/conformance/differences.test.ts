/**
 * Where convex-test is known to differ from Convex: the host does what Convex does, the mock something else. `why` names
 * what Convex's own backend does. A difference that goes away with a new convex-test fails here, and moves to the others.
 */
import { makeFunctionReference, type OrderedQuery, type PaginationOptions } from "convex/server";
import type { Value } from "convex/values";
import { expect, test, vi } from "vitest";
import { comparable, type DataModel, onEach, outcomeOf, type Work, withRows } from "./bothEngines";

const refused = { refused: "an error" };
const accepted = { value: null };
const numbers = (count: number) => Array.from({ length: count }, (_, a) => ({ a }));

/** The `a` of rows that pass a filter, or that it is refused. */
// biome-ignore lint/suspicious/noExplicitAny: the builder's types refuse most of these filters.
function filtered(rows: Value[], filter: (q: any) => any): Work {
  return async (backend) => {
    await withRows(
      backend,
      rows.map((a) => ({ a })),
    );
    const read = backend.query(async (ctx) => (await ctx.db.query("rows").filter(filter).collect()).map(({ a }) => a));
    return outcomeOf(read);
  };
}

const inserted =
  (a: Value): Work =>
  (backend) =>
    outcomeOf(withRows(backend, [{ a }]));

function nested(depth: number): Value {
  return depth === 0 ? 1 : [nested(depth - 1)];
}

type Rows = OrderedQuery<DataModel["rows"]>;

/** What a page tells beside its documents. */
function told(count: number, options: Partial<PaginationOptions>, order: (rows: Rows) => Rows = (rows) => rows): Work {
  return async (backend) => {
    await withRows(backend, numbers(count));
    const paged = backend.query(async (ctx) => {
      const { page, isDone, pageStatus, splitCursor } = await order(ctx.db.query("rows")).paginate({
        ...{ numItems: 4, cursor: null },
        ...options,
      });
      return { count: page.length, isDone, pageStatus: pageStatus ?? null, splits: (splitCursor ?? null) !== null };
    });
    return outcomeOf(paged);
  };
}

interface Difference {
  why: string;
  work: Work;
  mock: unknown;
  host: unknown;
}

const DIFFERENCES: Record<string, Difference> = {
  "a page that ends with the last document": {
    why: "only a read beyond the page finds the end, so the last page is empty",
    work: told(4, {}),
    mock: { value: { count: 4, isDone: true, pageStatus: null, splits: false } },
    host: { value: { count: 4, isDone: false, pageStatus: null, splits: true } },
  },
  "where a page may be split": {
    why: "in the middle of the rows that were read, if there are more than two",
    work: told(3, {}),
    mock: { value: { count: 3, isDone: true, pageStatus: null, splits: false } },
    host: { value: { count: 3, isDone: true, pageStatus: null, splits: true } },
  },
  "a page that nears the number of rows that it may read": {
    why: "three quarters are near",
    work: told(9, { maximumRowsRead: 5 }),
    mock: { value: { count: 4, isDone: false, pageStatus: null, splits: false } },
    host: { value: { count: 4, isDone: false, pageStatus: "SplitRecommended", splits: true } },
  },
  "a page of no documents": {
    why: "at least one has to be asked for",
    work: told(4, { numItems: 0 }),
    mock: { value: { count: 1, isDone: false, pageStatus: null, splits: false } },
    host: refused,
  },
  "the cursor of another query": {
    why: "a cursor carries a fingerprint of its query",
    work: async (backend) => {
      await withRows(backend, numbers(3));
      const { continueCursor: cursor } = await backend.query((ctx) =>
        ctx.db.query("rows").paginate({ numItems: 1, cursor: null }),
      );
      const other = backend.query((ctx) => ctx.db.query("rows").order("desc").paginate({ numItems: 1, cursor }));
      return outcomeOf(other.then(({ page }) => page.length));
    },
    mock: { value: 0 },
    host: refused,
  },
  "a filter's < and > on two types": {
    why: "they follow the order of the indexes, not JavaScript",
    work: filtered([null, 5n, 5, "5", []], (q) => q.lt(q.field("a"), 6)),
    mock: { value: [null, 5n, 5, "5", []] },
    host: { value: [null, 5n, 5] },
  },
  "a filter that negates a number": {
    why: "-x is known",
    work: filtered([1, -1], (q) => q.eq(q.neg(q.field("a")), 1)),
    mock: refused,
    host: { value: [-1] },
  },
  "a filter that adds a text": {
    why: "arithmetic takes two floats or two integers",
    work: filtered(["1"], (q) => q.eq(q.add(q.field("a"), "1"), "11")),
    mock: { value: ["1"] },
    host: refused,
  },
  "a filter whose sum is no int64": {
    why: "integers don't grow beyond their 64 bits",
    work: filtered([2n ** 63n - 1n], (q) => q.gt(q.add(q.field("a"), 1n), 0n)),
    mock: { value: [2n ** 63n - 1n] },
    host: refused,
  },
  "a filter that is no boolean": {
    why: "nothing but true is true",
    work: filtered([1], (q) => q.field("a")),
    mock: { value: [1] },
    host: refused,
  },
  "a document of more than 1 MiB": {
    why: "the limit",
    work: inserted("x".repeat(2 ** 20)),
    mock: accepted,
    host: refused,
  },
  "an array of more than 8,192": {
    why: "the limit",
    work: inserted(Array(8_193).fill(0)),
    mock: accepted,
    host: refused,
  },
  "a document nested too deep": { why: "16 is the limit", work: inserted(nested(17)), mock: accepted, host: refused },
  "an object of more than 1,024 fields": {
    why: "the limit",
    work: inserted(Object.fromEntries(Array.from({ length: 1_025 }, (_, i) => [`f${i}`, i]))),
    mock: accepted,
    host: refused,
  },
  "rows that change ahead of an iteration": {
    why: "a hundred are fetched at a time, with what the transaction has written by then",
    work: async (backend) => {
      await withRows(backend, numbers(102));
      return backend.mutation(async (ctx) => {
        const seen: Value[] = [];
        for await (const { a } of ctx.db.query("rows").withIndex("by_a")) {
          if (seen.length === 0) {
            for (const ahead of [50, 101]) {
              const found = await ctx.db
                .query("rows")
                .withIndex("by_a", (q) => q.eq("a", ahead))
                .unique();
              if (found !== null) await ctx.db.delete(found._id);
            }
            for (const ahead of [60.5, 1_000]) await ctx.db.insert("rows", { a: ahead });
          }
          seen.push(a);
        }
        return [50, 60.5, 101, 1_000].map((a) => seen.includes(a));
      });
    },
    mock: [true, false, true, false],
    host: [true, false, false, true],
  },
  "an id that is none": {
    why: "it can't be decoded",
    work: (backend) => outcomeOf(backend.query((ctx) => ctx.db.get("nonsense" as never))),
    mock: accepted,
    host: refused,
  },
  "an integer in the data of a ConvexError that a nested mutation throws": {
    why: "it arrives like any other value",
    work: (backend) => outcomeOf(backend.mutation(makeFunctionReference<"mutation">("calls:nest"), { failures: [1n] })),
    mock: { value: [{ caught: "an error" }, []] },
    host: { value: [{ caught: 1n }, []] },
  },
  "what a failed job says of itself": {
    why: "the module's file, when it ended, and the error",
    work: async (backend) => {
      vi.useFakeTimers({ now: 0 });
      vi.spyOn(console, "error").mockImplementation(() => {});
      const crash = makeFunctionReference<"mutation">("calls:addAndCrash");
      await backend.run(async (ctx) => void (await ctx.scheduler.runAfter(0, crash, { a: 1 })));
      await backend.finishScheduled(() => vi.runAllTimers());
      const [job] = await backend.run((ctx) => ctx.db.system.query("_scheduled_functions").collect());
      vi.useRealTimers();
      vi.restoreAllMocks();
      return [job?.name, job?.state.kind, /crashed/.test(JSON.stringify(job?.state))];
    },
    mock: ["calls:addAndCrash", "failed", false],
    host: ["calls.js:addAndCrash", "failed", true],
  },
};

test.each(Object.entries(DIFFERENCES))("convex-test differs: %s", async (_what, { why, work, mock, host }) => {
  expect(await onEach(work), why).toEqual({ mock: comparable(mock as Value), host: comparable(host as Value) });
});
