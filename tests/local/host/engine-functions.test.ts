/** Functions from end to end: kinds, visibility, nesting, errors, identity, logs, and what an isolate may see. */

import { describe, expect, test } from "vitest";
import { admin, anyone, callOf, engineWith } from "./engineUnderTest";

const notes = `
  export const list = query({ handler: (ctx) => ctx.db.query("notes").collect() });
  export const texts = query({ handler: async (ctx) => (await ctx.db.query("notes").collect()).map((note) => note.text) });
  export const add = mutation({ args: { text: v.string() }, returns: v.id("notes"),
    handler: (ctx, { text }) => ctx.db.insert("notes", { text }) });
  export const secret = internalQuery({ handler: () => "inside" });
  export const viaInternal = query({ handler: (ctx) => ctx.runQuery(anyApi.notes.secret, {}) });
  export const fail = mutation({ handler: async (ctx) => {
    await ctx.db.insert("notes", { text: "never" });
    throw new Error("boom");
  } });
  export const refuse = mutation({ handler: () => { throw new ConvexError({ code: "NO", amount: 5n }); } });
  export const wrongReturn = query({ returns: v.string(), handler: () => 1 });
`;

describe("a deployed function", () => {
  test("writes in a mutation what a query reads", async () => {
    const { mutation, query } = await engineWith({ notes });
    const id = await mutation("notes:add", { text: "hello" });
    expect(id).toMatch(/^[0-9a-z]{31,37}$/);
    expect(await query("notes:list")).toEqual([{ _id: id, _creationTime: expect.any(Number), text: "hello" }]);
  });

  test.each([1, 1_800_000_000_000.5])(
    "creates its documents at its own time, %d, each the next float after",
    async (now) => {
      const { mutation, query } = await engineWith({ notes }, { now: () => now });
      for (const text of ["a", "b", "c"]) await mutation("notes:add", { text });
      const times = ((await query("notes:list")) as { _creationTime: number }[]).map((note) => note._creationTime);
      expect(times[0]).toBe(now);
      const bitsOf = (time: number) => new BigInt64Array(Float64Array.of(time).buffer)[0] as bigint;
      expect(times.map((time) => bitsOf(time) - bitsOf(now))).toEqual([0n, 1n, 2n]);
    },
  );

  test("is found with and without .js, and named in the refusal where it does not exist", async () => {
    const { query, failure, engine } = await engineWith({ notes });
    expect(await query("notes.js:list")).toEqual([]);
    const { message } = await failure("notes:missing");
    expect(message).toContain(
      "Could not find public function for 'notes:missing'. Did you forget to run `npx convex dev`",
    );
    const asMutation = await engine.runMutation(callOf("notes:list"), anyone);
    expect(asMutation).toMatchObject({
      message: "Trying to execute notes.js:list as Mutation, but it is defined as Query.",
    });
    const toAdmin = await engine.runAny(callOf("notes:missing"), admin);
    expect(toAdmin).toMatchObject({ message: expect.stringContaining("Could not find function for 'notes:missing'.") });
  });

  test("that is internal runs for functions and admins only", async () => {
    const { query, failure, engine } = await engineWith({ notes });
    expect((await failure("notes:secret")).message).toContain("Could not find public function");
    expect(await query("notes:viaInternal")).toBe("inside");
    expect(await engine.runAny(callOf("notes:secret"), admin)).toMatchObject({ ok: true, valueJson: '"inside"' });
  });

  test("that throws leaves nothing, and says what and where", async () => {
    const { failure, query } = await engineWith({ notes });
    const { message } = await failure("notes:fail");
    expect(message).toMatch(/^Uncaught Error: boom\n {4}at .*notes\.js:\d+:\d+/);
    expect(await query("notes:list")).toEqual([]);
  });

  test("passes a ConvexError's data on", async () => {
    const failure = await (await engineWith({ notes })).failure("notes:refuse");
    expect(failure.message).toContain('Uncaught ConvexError: {"code":"NO"');
    expect(failure.errorData).toEqual({ code: "NO", amount: { $integer: "BQAAAAAAAAA=" } });
  });

  test("has its arguments and its result checked", async () => {
    const { failure } = await engineWith({ notes });
    expect((await failure("notes:add", { text: 1 })).message).toBe(
      'ArgumentValidationError: Value does not match validator.\nPath: .text\nValue: 1\nValidator: {"type":"string"}',
    );
    expect((await failure("notes:add", {})).message).toContain("missing the required field `text`");
    expect((await failure("notes:add", { text: "a", more: 1 })).message).toContain("contains extra field `more`");
    expect((await failure("notes:wrongReturn")).message).toContain("ReturnsValidationError: Value does not match");
  });
});

describe("nested calls", () => {
  const nested = `
    export const keep = internalMutation({ args: { text: v.string() }, handler: (ctx, { text }) => ctx.db.insert("notes", { text }) });
    export const keepSlowly = internalMutation({ handler: async (ctx, { text }) => {
      for (let i = 0; i < 30; i++) await ctx.db.query("notes").collect();
      await ctx.db.insert("notes", { text });
    } });
    export const spoil = internalMutation({ args: { id: v.id("notes") }, handler: async (ctx, { id }) => {
      await ctx.db.insert("notes", { text: "inner" });
      await ctx.db.patch(id, { text: "spoiled" });
      for (let i = 0; i < 30; i++) await ctx.db.patch(id, { text: "spoiled " + i });
      throw new ConvexError("no");
    } });
    export const outer = mutation({ handler: async (ctx) => {
      const id = await ctx.db.insert("notes", { text: "outer" });
      const seen = [];
      try { await ctx.runMutation(anyApi.nested.spoil, { id }); } catch (error) { seen.push(error instanceof ConvexError, error.data); }
      await ctx.runMutation(anyApi.nested.keep, { text: "kept" });
      seen.push(await ctx.runQuery(anyApi.notes.texts, {}));
      return seen;
    } });
    export const spoilNew = internalMutation({ handler: async (ctx) => { await ctx.db.insert("fresh", {}); throw new Error("no"); } });
    export const retry = mutation({ handler: async (ctx) => {
      await ctx.runMutation(anyApi.nested.spoilNew, {}).catch(() => {});
      const left = await ctx.db.query("fresh").collect();
      await ctx.db.insert("fresh", {});
      return [left.length, (await ctx.db.query("fresh").collect()).length];
    } });
    export const unawaited = mutation({ handler: async (ctx) => { void ctx.runMutation(anyApi.nested.keepSlowly, { text: "late" }); } });
    export const together = mutation({ handler: async (ctx) => {
      const id = await ctx.db.insert("notes", { text: "first" });
      const insertLater = async () => {
        for (let i = 0; i < 15; i++) await ctx.db.get(id);
        await ctx.db.insert("notes", { text: "second" });
      };
      await Promise.allSettled([ctx.runMutation(anyApi.nested.spoil, { id }), insertLater()]);
    } });
    export const fromAction = action({ handler: async (ctx) => {
      await ctx.runMutation(anyApi.nested.keep, { text: "a" });
      return [await ctx.runQuery(anyApi.notes.texts, {}), await ctx.runAction(anyApi.nested.innerAction, {})];
    } });
    export const innerAction = internalAction({ handler: () => "ran" });
  `;

  test("take back their own part only when they fail", async () => {
    const { mutation, query } = await engineWith({ notes, nested });
    expect(await mutation("nested:outer")).toEqual([true, "no", ["outer", "kept"]]);
    expect(await query("notes:texts")).toEqual(["outer", "kept"]);
  });

  test("take back the tables that they were the first to name, too", async () => {
    const { mutation, engine, databaseFile } = await engineWith({ notes, nested });
    const { lastTs } = engine;
    expect((await engine.runMutation(callOf("nested:spoilNew"), admin)).ok).toBe(false);
    expect(engine.lastTs).toBe(lastTs);
    expect(await mutation("nested:retry")).toEqual([0, 1]);
    await engine.close();
    const again = await engineWith({}, { databaseFile });
    expect(await again.mutation("nested:retry")).toEqual([1, 2]);
  });

  test("that nobody awaited end before the commit; what the parent asks meanwhile waits", async () => {
    const { mutation, query } = await engineWith({ notes, nested });
    await mutation("nested:unawaited");
    await mutation("nested:together");
    expect(await query("notes:texts")).toEqual(["late", "first", "second"]);
  });

  test("of an action are transactions of their own", async () => {
    const { action } = await engineWith({ notes, nested });
    expect(await action("nested:fromAction")).toEqual([["a"], "ran"]);
  });
});

describe("the isolate", () => {
  const world = `
    export const globals = query({ handler: () => ({
      absent: ["require", "Buffer", "global", "setImmediate", "window"].filter((name) => name in globalThis),
      processKeys: Object.keys(process),
      evaluates: (() => { try { return new Function("return 1")(); } catch (error) { return error.name; } })(),
      bytes: new TextEncoder().encode("a") instanceof Uint8Array && crypto.getRandomValues(new Uint8Array(4)).length,
      base64: atob(btoa("x")), host: new URL("https://a.b/c").host, date: new Date(0) instanceof Date,
    }) });
    export const still = query({ handler: async (ctx) => {
      const before = [Date.now(), new Date().getTime(), performance.now()];
      await ctx.db.query("notes").collect();
      for (let i = 0; i < 3e6; i++);
      return JSON.stringify(before) === JSON.stringify([Date.now(), new Date().getTime(), performance.now()]) && Math.random() < 1;
    } });
    export const fetches = query({ handler: () => fetch("http://localhost") });
    export const waits = mutation({ handler: () => { setTimeout(() => {}, 1); } });
    export const acts = action({ handler: async () => {
      const caught = await fetch("nonsense").catch((error) => [error instanceof Error, error instanceof TypeError, error instanceof RangeError]);
      await new Promise((resolve) => setTimeout(resolve, 1));
      const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(3));
      return { caught, digest: digest instanceof ArrayBuffer };
    } });
    export const logs = mutation({ handler: (ctx) => { console.log("hello", { a: [1, 2n] }); console.warn("careful"); } });
    export const floods = query({ handler: () => { for (let i = 0; i < 400; i++) console.log("x".repeat(5000)); } });
    export const variable = query({ handler: () => process.env.WORD ?? null });
    export const who = query({ handler: async (ctx) => (await ctx.auth.getUserIdentity())?.subject ?? null });
    export const writesMuch = mutation({ handler: async (ctx) => { for (let i = 0; i <= 16000; i++) await ctx.db.insert("notes", {}); } });
  `;

  test("has Convex's globals and no others", async () => {
    const { query } = await engineWith({ world });
    expect(await query("world:globals")).toEqual({
      absent: [],
      processKeys: ["env"],
      evaluates: "EvalError",
      bytes: 4,
      base64: "x",
      host: "a.b",
      date: true,
    });
  });

  test("stands still in queries and refuses them what is not repeatable; actions may", async () => {
    const { query, failure, action } = await engineWith({ world });
    expect(await query("world:still")).toBe(true);
    expect((await failure("world:fetches")).message).toContain("Can't use fetch() in queries and mutations");
    expect((await failure("world:waits")).message).toContain("Can't use setTimeout() in queries and mutations");
    expect(await action("world:acts")).toEqual({ caught: [true, true, false], digest: true });
  });

  test("captures the console, within bounds", async () => {
    const lines: string[] = [];
    const { engine } = await engineWith({ world }, { onLog: (line) => lines.push(line) });
    const { logLines } = await engine.runMutation(callOf("world:logs"), anyone);
    expect(logLines).toEqual(["[LOG] 'hello' { a: [ 1, 2n ] }", "[WARN] 'careful'"]);
    expect(lines).toContain("world.js:logs [WARN] 'careful'");
    const flood = await engine.runQuery(callOf("world:floods"), anyone);
    expect([flood.logLines.length, flood.logLines[0]?.length]).toEqual([257, 4096]);
  });

  test("reads the deployment's environment, which outlives a restart", async () => {
    const { engine, query, databaseFile } = await engineWith({ world });
    expect(await query("world:variable")).toBeNull();
    await engine.setEnvironment([{ name: "WORD", value: "yes" }]);
    expect(await query("world:variable")).toBe("yes");
    await engine.close();
    const again = await engineWith({}, { databaseFile });
    expect(await again.query("world:variable")).toBe("yes");
    await again.engine.setEnvironment([{ name: "WORD", value: null }]);
    expect(await again.query("world:variable")).toBeNull();
  });

  test("knows the caller, and says when a query asked", async () => {
    const { engine } = await engineWith({ world });
    const identity = { tokenIdentifier: "i|alice", issuer: "i", subject: "alice" };
    const asked = await engine.runQuery(callOf("world:who"), { ...anyone, identity });
    expect(asked).toMatchObject({ ok: true, valueJson: '"alice"', readIdentity: true });
    expect(await engine.runQuery(callOf("world:variable"), { ...anyone, identity })).toMatchObject({
      readIdentity: false,
    });
  });

  test("has Convex's limits", async () => {
    const { failure } = await engineWith({ world });
    const { message } = await failure("world:writesMuch");
    expect(message).toContain("Too many writes in a single function execution (limit: 16000)");
  });
});

test("HTTP actions answer requests; what they throw becomes a 500", async () => {
  const http = `
    const router = httpRouter();
    router.route({ path: "/echo", method: "POST", handler: httpAction(async (ctx, request) =>
      new Response((await request.text()) + (await ctx.runQuery(anyApi.notes.texts, {})).length, { status: 201 })) });
    router.route({ pathPrefix: "/broken/", method: "GET", handler: httpAction(async () => { throw new Error("boom"); }) });
    export default router;
  `;
  const { engine } = await engineWith({ notes, http });
  const echoed = await engine.runHttpAction(new Request("http://h/echo", { method: "POST", body: "n" }), anyone);
  expect([echoed?.status, await echoed?.text()]).toEqual([201, "n0"]);
  const broken = await engine.runHttpAction(new Request("http://h/broken/x"), anyone);
  expect([broken?.status, await broken?.json()]).toEqual([
    500,
    {
      code: expect.stringMatching(/^\[Request ID: [0-9a-f]{16}\] Server Error$/),
      trace: expect.stringContaining("Uncaught Error: boom\n"),
    },
  ]);
  expect(await engine.runHttpAction(new Request("http://h/other"), anyone)).toBeNull();
});

test("what cannot load is refused, and names its module", async () => {
  const { engine } = await engineWith({});
  const load = (source: string) =>
    engine.load({ modules: [{ path: "broken.js", source }], schema: null, authProviders: [] });
  await expect(load("export const = 1")).rejects.toThrow("broken.js: SyntaxError: Unexpected token");
  await expect(load('import "./gone.js"')).rejects.toThrow('broken.js imports "./gone.js"');
  await expect(load('import "node:fs"')).rejects.toThrow('broken.js imports "node:fs"');
  await expect(load('throw new Error("at import")')).rejects.toThrow("Uncaught Error: at import");
});
