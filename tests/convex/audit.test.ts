/** The trail of privileged acts: complete, bounded, newest first, and never changed. */
import { beforeEach, expect, test, vi } from "vitest";
import { internal } from "../../convex/_generated/api";
import { type Facts, recordAct } from "../../convex/audit/model";
import { type Backend, openBackend } from "./backend";

let backend: Backend;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "Date"], now: 1_800_000_000_000 });
  backend = await openBackend();
});

const act = (fields: Partial<{ act: string; actor: string; reason: string; facts: Facts }> = {}) =>
  backend.run(async (ctx) => {
    await recordAct(ctx, { act: "breakers.reset", actor: "Ada", reason: "mended", facts: {}, ...fields });
    return null;
  });

const list = (numItems: number, cursor: string | null = null, only?: string) =>
  backend.query(internal.audit.trail.list, {
    paginationOpts: { numItems, cursor },
    ...(only !== undefined && { act: only }),
  });

const refusal = (code: string, facts: Record<string, unknown>) =>
  expect.objectContaining({ data: expect.objectContaining({ code, ...facts }) });

test("acts are read page by page, newest first, all of them or those of one kind", async () => {
  for (let n = 0; n < 5; n += 1) {
    vi.setSystemTime(1_800_000_000_000 + n);
    await act({ act: n % 2 ? "tiers.set" : "breakers.reset", facts: { n: BigInt(n), why: "test", on: true } });
  }
  const first = await list(2);
  expect(first.page).toMatchObject([
    { at: 1_800_000_000_004, act: "breakers.reset", actor: "Ada", reason: "mended", facts: { n: 4n, why: "test" } },
    { at: 1_800_000_000_003, act: "tiers.set" },
  ]);
  expect(first.isDone).toBe(false);
  const second = await list(100, first.continueCursor);
  expect(second.page.map(({ facts }) => facts.n)).toEqual([2n, 1n, 0n]);
  expect(second.isDone).toBe(true);
  expect((await list(9, null, "tiers.set")).page.map(({ facts }) => facts.n)).toEqual([3n, 1n]);
  expect((await list(9, null, "tiers")).page).toEqual([]);
});

test("a page is bounded, whatever is asked for", async () => {
  await backend.run(async (ctx) => {
    for (let n = 0; n < 101; n += 1) await recordAct(ctx, { act: "a.b", actor: "Ada", reason: "many", facts: {} });
    return null;
  });
  expect((await list(1_000_000)).page).toHaveLength(100);
});

test.each([
  ["ACT_INCOMPLETE", { actor: "" }, { field: "actor" }],
  ["ACT_INCOMPLETE", { actor: " \n" }, { field: "actor" }],
  ["ACT_INCOMPLETE", { reason: "" }, { field: "reason" }],
  ["ACT_INCOMPLETE", { act: "" }, { field: "act" }],
  ["ACT_TOO_LONG", { actor: "a".repeat(101) }, { field: "actor", max: 100 }],
  ["ACT_TOO_LONG", { reason: "r".repeat(1_001) }, { field: "reason", max: 1_000 }],
  ["ACT_TOO_LONG", { facts: { note: "n".repeat(501) } }, { field: "note", max: 500 }],
])("%s for %o, and nothing is recorded", async (code, wrong, facts) => {
  await expect(act(wrong)).rejects.toEqual(refusal(code, facts));
  expect((await list(1)).page).toEqual([]);
});

test("an act is recorded with what it does, or neither is", async () => {
  const failing = backend.run(async (ctx) => {
    await recordAct(ctx, { act: "tiers.set", actor: "Ada", reason: "try", facts: {} });
    throw new Error("the deed fails");
  });
  await expect(failing).rejects.toThrow("the deed fails");
  expect((await list(1)).page).toEqual([]);
  await act({ actor: "a".repeat(100), reason: "r".repeat(1_000), facts: { note: "n".repeat(500) } });
  expect((await list(1)).page).toHaveLength(1);
});
