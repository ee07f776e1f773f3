/** Everything that writes, what a mutation takes back when it fails, and what calls give on. */

import { makeFunctionReference } from "convex/server";
import type { Value } from "convex/values";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type Backend, type MutationCtx, onBoth, outcomeOf, withRows } from "./bothEngines";

const calls = {
  add: makeFunctionReference<"mutation">("calls:add"),
  addAndCrash: makeFunctionReference<"mutation">("calls:addAndCrash"),
  values: makeFunctionReference<"query">("calls:values"),
  strictly: makeFunctionReference<"mutation">("calls:strictly"),
  echo: makeFunctionReference<"query">("calls:echo"),
  whoAmI: makeFunctionReference<"query">("calls:whoAmI"),
  nest: makeFunctionReference<"mutation">("calls:nest"),
  failAfterNesting: makeFunctionReference<"mutation">("calls:failAfterNesting"),
  addFromAction: makeFunctionReference<"action">("calls:addFromAction"),
  noteJobs: makeFunctionReference<"mutation">("calls:noteJobs"),
};
const refused = { refused: "an error" };
const EVERY_TYPE: Value[] = [
  ...[
    null,
    true,
    "text",
    1n,
    -(2n ** 63n),
    1.5,
    -0,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    new Uint8Array([0, 255]).buffer,
  ],
  ...[[], [1n, [null]], {}, { code: "X", nested: { amount: 2n ** 63n - 1n, list: [-0] } }],
];

describe("a document", () => {
  const changed = (change: (ctx: MutationCtx, id: never) => Promise<unknown>) =>
    onBoth((backend) =>
      backend.mutation(async (ctx) => {
        const id = await ctx.db.insert("rows", { a: 1, b: { deep: 1, kept: 2 }, n: { x: 1 } });
        const outcome = await outcomeOf(change(ctx, id as never));
        const { _id, _creationTime, ...fields } = (await ctx.db.get(id)) ?? { _id: null, _creationTime: null };
        return { outcome, fields, isTheSame: _id === id };
      }),
    );
  const accepted = { value: null };

  test.each<[string, (ctx: MutationCtx, id: never) => Promise<unknown>, unknown, Value]>([
    [
      "patch changes what it names",
      (ctx, id) => ctx.db.patch("rows", id, { a: 2 }),
      accepted,
      { a: 2, b: { deep: 1, kept: 2 }, n: { x: 1 } },
    ],
    [
      "patch replaces nested objects whole",
      (ctx, id) => ctx.db.patch("rows", id, { b: { deep: 2 } }),
      accepted,
      { a: 1, b: { deep: 2 }, n: { x: 1 } },
    ],
    [
      "patch removes what is undefined",
      (ctx, id) => ctx.db.patch("rows", id, { a: undefined, n: undefined }),
      accepted,
      { b: { deep: 1, kept: 2 } },
    ],
    [
      "patch keeps the schema",
      (ctx, id) => ctx.db.patch("rows", id, { c: 1 } as never),
      refused,
      { a: 1, b: { deep: 1, kept: 2 }, n: { x: 1 } },
    ],
    ["replace leaves nothing of before", (ctx, id) => ctx.db.replace("rows", id, { a: 3 }), accepted, { a: 3 }],
    [
      "replace drops what is undefined",
      (ctx, id) => ctx.db.replace("rows", id, { a: undefined, b: 0 }),
      accepted,
      { b: 0 },
    ],
    [
      "replace keeps the schema",
      (ctx, id) => ctx.db.replace("rows", id, { n: {} } as never),
      refused,
      { a: 1, b: { deep: 1, kept: 2 }, n: { x: 1 } },
    ],
    ["may repeat its own id", (ctx, id) => ctx.db.replace("rows", id, { _id: id, a: 4 } as never), accepted, { a: 4 }],
    [
      "can't take another id",
      (ctx, id) => ctx.db.patch("rows", id, { _id: "other" } as never),
      refused,
      { a: 1, b: { deep: 1, kept: 2 }, n: { x: 1 } },
    ],
    [
      "can't take another creation time",
      (ctx, id) => ctx.db.patch("rows", id, { _creationTime: 1 } as never),
      refused,
      { a: 1, b: { deep: 1, kept: 2 }, n: { x: 1 } },
    ],
  ])("%s", async (_what, change, outcome, fields) => {
    expect(await changed(change)).toEqual({ outcome, fields, isTheSame: true });
  });

  const strict = { name: "n", count: 1n, kind: "x", list: [1], flags: { f: true } };
  test.each<[string, object, boolean]>([
    ["as the schema says", {}, true],
    ["a literal of another type", { kind: 1 }, true],
    ["no member of the union", { kind: "y" }, false],
    ["null, which is a member", { kind: null }, true],
    ["a missing field", { name: undefined }, false],
    ["a float for an integer", { count: 1 }, false],
    ["an integer in a list of floats", { list: [1, 1n] }, false],
    ["an extra field", { more: 1 }, false],
    ["a text where an id belongs", { row: "nonsense" }, false],
    ["no array", { list: { 0: 1 } }, false],
  ])("is checked when it comes: %s", async (_what, wrong, isAccepted) => {
    const found = await onBoth((backend) =>
      outcomeOf(backend.run(async (ctx) => void (await ctx.db.insert("strict", { ...strict, ...wrong } as never)))),
    );
    expect(found).toEqual(isAccepted ? accepted : refused);
  });

  test("of every type comes back as it was", async () => {
    const found = await onBoth(async (backend) => {
      await withRows(
        backend,
        EVERY_TYPE.map((a) => ({ a })),
      );
      return backend.query(calls.values, {});
    });
    expect(found).toEqual(EVERY_TYPE);
    expect(found).toHaveLength(EVERY_TYPE.length);
  });

  test("is younger than all before it, also within one transaction", async () => {
    const found = await onBoth(async (backend) => {
      await withRows(backend, [{ a: 1 }, { a: 2 }]);
      await withRows(backend, [{ a: 3 }]);
      const times = await backend.query(async (ctx) =>
        (await ctx.db.query("rows").collect()).map((row) => row._creationTime),
      );
      return times.every((time, i) => i === 0 || time > (times[i - 1] as number)) && times.length;
    });
    expect(found).toBe(3);
  });
});

describe("a mutation", () => {
  const leftBy = (call: (backend: Backend) => Promise<unknown>) =>
    onBoth(async (backend) => ({
      outcome: await outcomeOf(call(backend)),
      left: await backend.query(calls.values, {}),
    }));

  test("that fails leaves nothing", async () => {
    expect(await leftBy((backend) => backend.mutation(calls.add, { a: 1, fail: "why" }))).toEqual({
      outcome: { refused: "why" },
      left: [],
    });
    expect(await leftBy((backend) => backend.mutation(calls.addAndCrash, { a: 1 }))).toEqual({
      outcome: refused,
      left: [],
    });
    expect(await leftBy((backend) => backend.mutation(calls.failAfterNesting, {}))).toEqual({
      outcome: { refused: "the outer one fails" },
      left: [],
    });
  });

  test("may go on after a part of it failed, and keeps the rest", async () => {
    const caught = { caught: { code: "X" } };
    expect(await leftBy((backend) => backend.mutation(calls.nest, { failures: [{ code: "X" }] }))).toEqual({
      outcome: { value: [caught, []] },
      left: [],
    });
    // An element of the plan that is undefined can't travel; null is a failure with the data null.
    expect(await leftBy((backend) => backend.mutation(calls.nest, { failures: [null, "x"] }))).toEqual({
      outcome: { value: [{ caught: null }, [], { caught: "x" }, []] },
      left: [],
    });
  });

  test("called by an action commits by itself, and its failure is the action's to catch", async () => {
    expect(
      await leftBy((backend) =>
        backend.withIdentity({ subject: "alice" }).action(calls.addFromAction, { values: [1, "bad", 2n] }),
      ),
    ).toEqual({
      outcome: { value: [1, { caught: { a: "bad" } }, 2n, "alice"] },
      left: [1, 2n],
    });
  });

  test.each(EVERY_TYPE.map((data) => [data]))("gives on a ConvexError's data: %o", async (data) => {
    expect(await leftBy((backend) => backend.mutation(calls.add, { a: 1, fail: data }))).toEqual({
      outcome: { refused: data },
      left: [],
    });
  });

  test.each<[string, object, boolean]>([
    ["as declared", { n: 1n, u: "x", list: [1.5] }, true],
    ["with an optional one", { n: 1n, s: "s", u: null, list: [] }, true],
    ["with a missing one", { u: "x", list: [] }, false],
    ["with an unknown one", { n: 1n, u: "x", list: [], more: 1 }, false],
    ["with a float for an integer", { n: 1, u: "x", list: [] }, false],
    ["with no member of the union", { n: 1n, u: "y", list: [] }, false],
    ["with an integer among floats", { n: 1n, u: "x", list: [1n] }, false],
    ["with null for an optional one", { n: 1n, s: null, u: "x", list: [] }, false],
    ["and a result that is not as declared", { n: 1n, s: "wrong result", u: "x", list: [] }, false],
  ])("takes arguments %s", async (_what, args, isAccepted) => {
    const found = await onBoth((backend) => outcomeOf(backend.mutation(calls.strictly, args)));
    expect(found).toEqual(isAccepted ? { value: { n: 1n } } : refused);
  });
});

test("arguments and results of every type travel unchanged", async () => {
  const found = await onBoth(async (backend) =>
    Promise.all(EVERY_TYPE.map((value) => backend.query(calls.echo, { value }))),
  );
  expect(found).toEqual(EVERY_TYPE);
});

test("a scheduled function runs at its time and once, unless it was cancelled or its mutation failed; nobody is signed in", async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
  // Here the mock tells of the job that fails.
  vi.spyOn(console, "error").mockImplementation(() => {});
  onTestFinished(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
  const found = await onBoth(async (backend) => {
    const schedule = (a: Value, ms: number) =>
      backend.run(async (ctx) => ctx.scheduler.runAfter(ms, calls.add, { a }) as Promise<string>);
    const states = () =>
      backend.run(async (ctx) =>
        (await ctx.db.system.query("_scheduled_functions").collect()).map(({ args, scheduledTime, state }) => [
          ...[(args[0] as { a: Value }).a, scheduledTime - Date.UTC(2026, 0, 1), state.kind],
        ]),
      );
    await schedule("now", 0);
    const regretted = await schedule("regretted", 1_000);
    await schedule("later", 60_000);
    await backend.run(async (ctx) => void (await ctx.scheduler.runAfter(5, calls.add, { a: "fails", fail: "x" })));
    await outcomeOf(
      backend.run(async (ctx) => {
        await ctx.scheduler.runAfter(0, calls.add, { a: "never" });
        throw new Error("no");
      }),
    );
    const before = [await states(), await backend.query(calls.values, {})];
    await backend.run(async (ctx) => void (await ctx.scheduler.cancel(regretted as never)));
    await backend.finishScheduled(() => vi.runAllTimers());
    vi.setSystemTime(Date.UTC(2026, 0, 1));
    return [...before, await states(), await backend.query(calls.values, {})];
  });
  expect(found).toEqual([
    [
      ["now", 0, "pending"],
      ["regretted", 1_000, "pending"],
      ["later", 60_000, "pending"],
      ["fails", 5, "pending"],
    ],
    [],
    [
      ["now", 0, "success"],
      ["regretted", 1_000, "canceled"],
      ["later", 60_000, "success"],
      ["fails", 5, "failed"],
    ],
    ["now", "later"],
  ]);
});

test("a scheduled mutation sees itself in progress", async () => {
  vi.useFakeTimers({ now: 0 });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const found = await onBoth(async (backend) => {
    await backend.run(async (ctx) => void (await ctx.scheduler.runAfter(0, calls.noteJobs, {})));
    await backend.finishScheduled(() => vi.runAllTimers());
    return backend.query(calls.values, {});
  });
  expect(found).toEqual(["inProgress"]);
});
