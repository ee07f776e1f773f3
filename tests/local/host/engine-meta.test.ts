/** What a function can learn of itself and its transaction, limits of nested calls, snapshots, randomness, and what is left out by name. */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { anyone, callOf, engineWith } from "./engineUnderTest";

const meta = `
  export const self = query({ handler: (ctx) => ctx.meta.getFunctionMetadata() });
  export const inner = internalAction({ handler: (ctx) => ctx.meta.getFunctionMetadata() });
  export const act = action({ handler: async (ctx) => ({ own: await ctx.meta.getFunctionMetadata(),
    inner: await ctx.runAction(anyApi.meta.inner), deployment: await ctx.meta.getDeploymentMetadata() }) });
  export const metrics = query({ handler: (ctx) => ctx.meta.getTransactionMetrics() });
  export const metricsAfter = mutation({ handler: async (ctx) => {
    const id = await ctx.db.insert("notes", { text: "abc" });
    await ctx.db.get(id);
    await ctx.scheduler.runAfter(1e9, anyApi.meta.add, { text: "x" });
    const before = await ctx.meta.getTransactionMetrics();
    await ctx.runMutation(anyApi.meta.addAndFail, {}).catch(() => {});
    return { before, after: await ctx.meta.getTransactionMetrics() };
  } });
  export const add = mutation({ handler: (ctx, { text }) => ctx.db.insert("notes", { text }) });
  export const addMany = mutation({ handler: async (ctx, { count }) => {
    for (let i = 0; i < count; i++) await ctx.db.insert("notes", { text: "many" });
    return (await ctx.meta.getTransactionMetrics()).documentsWritten;
  } });
  export const addAndFail = mutation({ handler: async (ctx) => { await ctx.db.insert("notes", { text: "never" }); throw new Error("no"); } });
  export const within = mutation({ handler: async (ctx, { limit, count }) => {
    await ctx.db.insert("notes", { text: "own" });
    const nested = await ctx.runMutation(anyApi.meta.addMany, { count }, { transactionLimits: { documentsWritten: limit } })
      .catch((error) => error.message);
    return { nested, own: (await ctx.meta.getTransactionMetrics()).documentsWritten };
  } });
  export const count = query({ handler: (ctx, { table }) => ctx.db.query(table).count() });
  export const countOwn = mutation({ handler: async (ctx) => { await ctx.db.insert("notes", { text: "x" }); return ctx.db.query("notes").count(); } });
  export const stale = mutation({ handler: async (ctx, { table }) => {
    await ctx.db.insert("notes", { text: "new" });
    return [await ctx.runQuery(anyApi.meta.count, { table }, { useStaleSnapshot: true }),
      await ctx.runQuery(anyApi.meta.count, { table })];
  } });
  export const snapshot = query({ handler: (ctx) => ctx.meta.getSnapshotTs() });
  export const stamp = mutation({ handler: async (ctx) => {
    await ctx.db.insert("stamped", { at: ctx.db.vars.commitTs, text: '{"$commitTs":null}' });
    return ctx.meta.getSnapshotTs();
  } });
  export const stamps = query({ handler: async (ctx) => (await ctx.db.query("stamped").withIndex("by_at", (q) => q.gt("at", 0n)).collect()).map(({ at, text }) => [at, text]) });
  export const request = mutation({ handler: (ctx) => ctx.meta.getRequestMetadata() });
  export const requestViaAction = action({ handler: async (ctx) => [await ctx.meta.getRequestMetadata(), await ctx.runMutation(anyApi.meta.request)] });
  export const requestInQuery = query({ handler: (ctx) => ctx.meta.getRequestMetadata?.() ?? "none" });
  export const remember = internalMutation({ handler: async (ctx) => { await ctx.db.insert("origins", await ctx.meta.getRequestMetadata()); } });
  export const schedule = mutation({ handler: (ctx) => ctx.scheduler.runAfter(0, anyApi.meta.remember) });
  export const origins = query({ handler: (ctx) => ctx.db.query("origins").collect() });
  export const dice = query({ handler: async (ctx, { nest }) => {
    const own = Array.from({ length: 50 }, () => Math.random());
    return nest ? [...own, ...await ctx.runQuery(anyApi.meta.dice, {})] : own;
  } });
  export const files = mutation({ handler: (ctx) => ctx.storage.generateUploadUrl() });
  export const file = query({ handler: (ctx) => ctx.storage.getUrl("x") });
  export const vectors = action({ handler: (ctx) => ctx.vectorSearch("notes", "by_vector", { vector: [1], limit: 1 }) });
  export const token = mutation({ handler: (ctx) => ctx.auth.signJwt({}) });
`;
const schema = `export default defineSchema({
  stamped: defineTable({ at: v.commitTs(), text: v.string() }).index("by_at", ["at"]),
}, { strictTableNameTypes: false });`;
const deployed = () => engineWith({ meta, schema });
const all = (path: string) => `meta:${path}`;

type Metrics = Record<string, { used: number; remaining: number }>;

describe("a function learns", () => {
  test("its own name, kind and component, also where another function called it", async () => {
    const { query, action } = await deployed();
    expect(await query(all("self"))).toEqual({
      name: "meta:self",
      componentPath: "",
      type: "query",
      visibility: "public",
    });
    expect(await action(all("act"))).toEqual({
      own: expect.objectContaining({ name: "meta:act", type: "action" }),
      inner: expect.objectContaining({ name: "meta:inner", visibility: "internal" }),
      deployment: { name: "local", region: null, class: "s16" },
    });
  });

  test("what its transaction has used and has left; what a failed part wrote is given back", async () => {
    const { query, mutation } = await deployed();
    expect(await query(all("metrics"))).toEqual({
      bytesRead: { used: 0, remaining: 16_777_216 },
      bytesWritten: { used: 0, remaining: 16_777_216 },
      databaseQueries: { used: 0, remaining: 4_096 },
      documentsRead: { used: 0, remaining: 32_000 },
      documentsWritten: { used: 0, remaining: 16_000 },
      functionsScheduled: { used: 0, remaining: 1_000 },
      scheduledFunctionArgsBytes: { used: 0, remaining: 16_777_216 },
      ...Object.fromEntries(
        ["filesWritten", "fileWriteBytes", "filesRead", "fileReadBytes"].map((name) => [
          name,
          { used: 0, remaining: 0 },
        ]),
      ),
    });
    const { before, after } = (await mutation(all("metricsAfter"))) as unknown as { before: Metrics; after: Metrics };
    expect(before).toMatchObject({
      documentsRead: { used: 1, remaining: 31_999 },
      databaseQueries: { used: 1, remaining: 4_095 },
      functionsScheduled: { used: 1, remaining: 999 },
    });
    expect(before.bytesWritten?.used).toBeGreaterThan(0);
    expect(before.bytesRead?.used).toBeGreaterThan(0);
    expect(after.documentsWritten).toEqual(before.documentsWritten);
    expect(after.bytesWritten).toEqual(before.bytesWritten);
  });

  test("which request it goes back to, through actions and jobs", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const { engine, query, mutation, failure } = await deployed();
    const origin = { ip: "1.2.3.4", userAgent: "test", authToken: "token" };
    const outcome = await engine.runAction(callOf(all("requestViaAction")), { ...anyone, origin });
    const [own, nested] = JSON.parse(outcome.ok ? outcome.valueJson : outcome.message);
    expect(own).toEqual({ ...origin, scheduledFunctionId: null, requestId: expect.stringMatching(/^[0-9a-f]{16}$/) });
    expect(nested).toEqual(own);
    expect(await query(all("requestInQuery"))).toBe("none");
    expect((await failure(all("files"))).message).toContain("stores no files");
    const job = await mutation(all("schedule"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await query(all("origins"))).toEqual([
      expect.objectContaining({ scheduledFunctionId: job, ip: null, userAgent: null, authToken: null }),
    ]);
  });
});

describe("a nested call", () => {
  test("has the limits that its caller sets, on top of what was used, and its caller its own again", async () => {
    const { mutation } = await deployed();
    expect(await mutation(all("within"), { limit: 3, count: 3 })).toEqual({
      nested: { used: 4, remaining: 0 },
      own: { used: 4, remaining: 15_996 },
    });
    expect(await mutation(all("within"), { limit: 3, count: 4 })).toEqual({
      nested: expect.stringContaining("Too many writes in a single function execution (limit: 4)"),
      own: { used: 1, remaining: 15_999 },
    });
  });

  test("on a stale snapshot sees nothing of its mutation, nor a table that there was not", async () => {
    const { mutation } = await deployed();
    await mutation(all("add"), { text: "old" });
    expect(await mutation(all("stale"), { table: "notes" })).toEqual([1, 2]);
    expect(await mutation(all("stale"), { table: "nowhere" })).toEqual([0, 0]);
    expect(await mutation(all("stale"), { table: "notes" })).toEqual([3, 4]);
  });
});

describe("the database", () => {
  test("counts a table, with what the mutation itself wrote, and the count is live", async () => {
    const { engine, query, mutation } = await deployed();
    expect(await query(all("count"), { table: "notes" })).toBe(0);
    expect(await mutation(all("countOwn"))).toBe(1);
    const { readSet } = await engine.runQuery(callOf(all("count"), { table: "notes" }), anyone);
    expect(readSet).toHaveLength(1);
    expect(await query(all("count"), { table: "stamped" })).toBe(0);
  });

  test("stamps documents with their commit's timestamp, which the next snapshot has reached", async () => {
    const { engine, query, mutation } = await deployed();
    const before = (await mutation(all("stamp"))) as bigint;
    const after = (await query(all("snapshot"))) as bigint;
    const [[at, text]] = (await query(all("stamps"))) as [[bigint, string]];
    expect(at > before && at <= after).toBe(true);
    expect(at).toBe(engine.lastTs);
    expect(text).toBe('{"$commitTs":null}');
  });
});

describe("Math.random", () => {
  test("differs between requests, between numbers and in nested calls, and spreads over 0 to 1", async () => {
    const { query } = await deployed();
    const [first, second] = [await query(all("dice"), { nest: true }), await query(all("dice"), { nest: true })];
    const numbers = [...(first as number[]), ...(second as number[])];
    expect(new Set(numbers).size).toBe(200);
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
    expect(Math.min(...numbers)).toBeLessThan(0.1);
    expect(Math.max(...numbers)).toBeGreaterThan(0.9);
  });

  test("is the same when a request runs again", async () => {
    const { engine } = await deployed();
    const caller = { ...anyone, origin: { requestId: "0123456789abcdef" } };
    const run = async () => {
      const outcome = await engine.runQuery(callOf(all("dice"), { nest: true }), caller);
      return outcome.ok && outcome.valueJson;
    };
    expect(await run()).toBe(await run());
  });
});

test.each([
  ["file", /stores no files: keep small ones in documents/],
  ["vectors", /no vector search/],
  ["token", /signs no tokens: sign with a key of your own/],
])("what is left out is refused by name: %s", async (name, message) => {
  const { failure } = await deployed();
  expect((await failure(all(name))).message).toMatch(message);
});
