/** Mounted components: their own tables, ids, jobs, crons and environment, and calls over their borders in one transaction. */
import type { Value } from "convex/values";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { BARE_APP, type Definition } from "../../../src/local/host/componentTree";
import { type Engine, openEngine } from "../../../src/local/host/engine";
import { LiveQueries } from "../../../src/local/host/liveQueries";
import { admin, anyone, callOf, codeOf, type EngineUnderTest, engineWith } from "./engineUnderTest";

const START = Date.UTC(2026, 0, 1);

beforeEach(() => {
  vi.useFakeTimers({ now: START, toFake: ["setTimeout", "clearTimeout", "Date"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
});

/** A shelf keeps items; it asks a register (a component of its own) for their numbers. */
const shelf = {
  schema: `export default defineSchema({
    items: defineTable({ text: v.string(), number: v.number() }).index("by_text", ["text"]),
  });`,
  "folder/items": `
    const { register } = componentsGeneric();
    export const put = mutation({ args: { text: v.string() }, returns: v.string(), handler: async (ctx, { text }) => {
      const number = await ctx.runMutation(register.lib.next, {});
      const id = await ctx.db.insert("items", { text, number });
      if (text === "bad") throw new ConvexError({ code: "BAD" });
      return id;
    } });
    export const texts = query({ handler: async (ctx) =>
      (await ctx.db.query("items").collect()).map(({ text, number }) => text + number) });
    export const get = query({ args: { id: v.id("items") }, handler: (ctx, { id }) => ctx.db.get(id) });
    export const who = query({ handler: (ctx) => ctx.auth.getUserIdentity() });
    export const variables = query({ handler: () => process.env });
    export const page = query({ handler: (ctx) => ctx.db.query("items").paginate({ numItems: 1, cursor: null }) });
    export const wrong = mutation({ handler: (ctx) => ctx.db.insert("items", { text: 5 }) });
    export const hidden = internalMutation({ args: { text: v.string() }, handler: (ctx, { text }) => ctx.db.insert("items", { text, number: 0 }) });
    export const ownHandle = query({ handler: () => createFunctionHandle(anyApi.folder.items.hidden) });
    export const call = mutation({ handler: (ctx, { handle, args }) => ctx.runMutation(handle, args) });
    export const later = mutation({ handler: async (ctx, { handle, text }) => ({
      own: await ctx.scheduler.runAfter(1000, anyApi.folder.items.hidden, { text }),
      other: await ctx.scheduler.runAfter(1000, handle, { text }),
    }) });
    export const jobs = query({ handler: async (ctx) => (await ctx.db.system.query("_scheduled_functions").collect()).map(({ state }) => state.kind) });
    export const cancel = mutation({ handler: (ctx, { id }) => ctx.scheduler.cancel(id) });
    export const act = action({ handler: async (ctx) => {
      await ctx.runMutation(anyApi.folder.items.hidden, { text: "by action" });
      return { who: await ctx.auth.getUserIdentity(), texts: await ctx.runQuery(anyApi.folder.items.texts) };
    } });`,
  crons: `const crons = cronJobs();
    crons.hourly("tick", { minuteUTC: 0 }, anyApi.folder.items.hidden, { text: "tick" });
    export default crons;`,
  http: `const http = httpRouter();
    http.route({ path: "/hello", method: "GET", handler: httpAction(async (ctx) =>
      new Response(JSON.stringify(await ctx.runQuery(anyApi.folder.items.texts)))) });
    export default http;`,
};
const register = {
  lib: `export const next = mutation({ handler: async (ctx) => {
    const row = await ctx.db.query("numbers").first();
    if (row === null) await ctx.db.insert("numbers", { last: 1 });
    else await ctx.db.patch(row._id, { last: row.last + 1 });
    return (row?.last ?? 0) + 1;
  } });`,
};
const app = {
  main: `
    const { shelf, spare } = componentsGeneric();
    export const put = mutation({ handler: async (ctx, { texts }) => {
      for (const text of texts) await ctx.runMutation(shelf.folder.items.put, { text });
    } });
    export const tryBad = mutation({ handler: async (ctx) => {
      await ctx.runMutation(shelf.folder.items.put, { text: "good" });
      const caught = await ctx.runMutation(shelf.folder.items.put, { text: "bad" }).catch((error) => error.data);
      await ctx.db.insert("items", { caught });
      return caught;
    } });
    export const texts = query({ handler: (ctx) => ctx.runQuery(shelf.folder.items.texts, {}) });
    export const spareTexts = query({ handler: (ctx) => ctx.runQuery(spare.folder.items.texts, {}) });
    export const ask = query({ handler: (ctx, { name, args }) => ctx.runQuery(shelf.folder.items[name], args ?? {}) });
    export const tell = mutation({ handler: (ctx, { name, args }) => ctx.runMutation(shelf.folder.items[name], args ?? {}) });
    export const act = action({ handler: async (ctx) => ({ who: await ctx.auth.getUserIdentity() !== null,
      inside: await ctx.runAction(shelf.folder.items.act) }) });
    export const add = mutation({ handler: (ctx, { text }) => ctx.db.insert("items", { text }) });
    export const items = query({ handler: async (ctx) => (await ctx.db.query("items").collect()).map(({ text }) => text) });
    export const mine = internalMutation({ handler: async (ctx, { text }) => {
      await ctx.db.insert("items", { text, who: await ctx.auth.getUserIdentity() });
    } });
    export const handle = query({ handler: (ctx, { name }) => createFunctionHandle("main:" + name) });
    export const grandchild = mutation({ handler: (ctx) => ctx.runMutation(shelf.register.lib.next, {}) });
    export const elsewhere = query({ handler: (ctx) => ctx.runQuery(componentsGeneric().nowhere.lib.fn, {}) });
    export const scheduleExport = mutation({ handler: (ctx) => ctx.scheduler.runAfter(0, shelf.folder.items.put, { text: "scheduled" }) });
    export const job = query({ handler: (ctx, { id }) => ctx.db.system.get(id) });
    export const deep = mutation({ handler: (ctx) => ctx.runMutation(anyApi.main.deep, {}) });`,
};

type Child = Definition["childComponents"][number];
const componentNamed = (name: string, more: Partial<Definition> = {}): Definition => ({
  ...BARE_APP,
  definitionType: { type: "childComponent", name },
  ...more,
});
const SHELVES: Child[] = [
  {
    name: "shelf",
    path: "shelf",
    env: [
      ["LABEL", { type: "value", value: "wood" }],
      ["PLACE", { type: "envVar", name: "PLACE" }],
    ],
  },
  { name: "spare", path: "shelf", env: [["LABEL", { type: "value", value: "steel" }]] },
];

async function mount(engine: Engine, childComponents: Child[] = SHELVES, own: Partial<Definition> = {}): Promise<void> {
  const string = { value: '{"type":"string"}', optional: true };
  const shelfDefinition = componentNamed("shelf", {
    childComponents: [{ name: "register", path: "register" }],
    envVars: [
      ["LABEL", { ...string, optional: false }],
      ["PLACE", string],
    ],
    ...own,
  });
  await engine.deploy({
    ...(await codeOf(engine, app)),
    authProviders: [],
    definition: { ...BARE_APP, childComponents, httpMounts: mounts(childComponents), envVars: [["PLACE", string]] },
    definitions: {
      shelf: { ...(await codeOf(engine, shelf)), definition: shelfDefinition },
      register: { ...(await codeOf(engine, register)), definition: componentNamed("register") },
    },
  });
}

function mounts(children: Child[]): Record<string, string> {
  return children.some(({ name }) => name === "shelf") ? { "/on/": "_reference/childComponent/shelf" } : {};
}

async function mounted(): Promise<EngineUnderTest> {
  const under = await engineWith({});
  await under.engine.setEnvironment([
    { name: "SECRET", value: "app only" },
    { name: "PLACE", value: "cellar" },
    { name: "CONVEX_SITE_URL", value: "http://site" },
  ]);
  await mount(under.engine);
  return under;
}

describe("a component's tables", () => {
  test("are its own, for each place where it is mounted, and so are its child's", async () => {
    const { mutation, query, engine } = await mounted();
    await mutation("main:put", { texts: ["a", "b"] });
    await mutation("main:add", { text: "of the app" });
    expect(await query("main:texts")).toEqual(["a1", "b2"]);
    expect(await query("main:spareTexts")).toEqual([]);
    expect(await query("main:items")).toEqual(["of the app"]);
    const numbers = engine.store.tables().filter(({ name }) => name === "items");
    expect(numbers.map(({ component }) => component).sort()).toEqual(["", "shelf", "spare"]);
    expect(new Set(numbers.map(({ number }) => number)).size).toBe(3);
  });

  test("obey its own schema", async () => {
    const { failure } = await mounted();
    expect((await failure("main:tell", { name: "wrong" })).message).toContain("does not match the schema");
  });

  test("have ids that are none anywhere else", async () => {
    const { mutation, query, failure } = await mounted();
    const own = await mutation("main:tell", { name: "put", args: { text: "a" } });
    const foreign = await mutation("main:add", { text: "b" });
    expect(await query("main:ask", { name: "get", args: { id: own } })).toMatchObject({ text: "a" });
    const { message } = await failure("main:ask", { name: "get", args: { id: foreign } });
    expect(message).toContain("ArgumentValidationError: Value does not match validator.");
    const lost = await failure("main:job", { id: own });
    expect(lost.message).toContain("Unable to decode ID");
  });

  test("keep their documents when it is unmounted, also over a restart, and have them again when it returns", async () => {
    const under = await mounted();
    await under.mutation("main:put", { texts: ["kept"] });
    await mount(under.engine, []);
    expect((await under.failure("main:texts")).message).toContain('Child component "shelf" not found.');
    await mount(under.engine);
    expect(await under.query("main:texts")).toEqual(["kept1"]);
    await under.engine.close();
    const again = await openEngine({ databaseFile: under.databaseFile, synchronous: "NORMAL" });
    onTestFinished(() => again.close());
    expect(await again.runQuery(callOf("main:texts"), anyone)).toMatchObject({ valueJson: '["kept1"]' });
  });

  test("are checked by the push that brings a stricter schema", async () => {
    const { engine, mutation, query } = await mounted();
    await mutation("main:put", { texts: ["a"] });
    const strict = `export default defineSchema({ items: defineTable({ text: v.number() }) });`;
    const { definitions, ...rest } = engine.deployed as NonNullable<Engine["deployed"]>;
    const code = { ...definitions?.shelf, ...(await codeOf(engine, { ...shelf, schema: strict })) };
    const refused = engine.deploy({ ...rest, definitions: { ...definitions, shelf: code } });
    await expect(refused).rejects.toThrow(/in table "items" of component "shelf" does not match the schema/);
    expect(await query("main:texts")).toEqual(["a1"]);
  });
});

describe("a call into a component", () => {
  test("that fails and is caught leaves nothing, in it or below it, and the rest is kept", async () => {
    const { mutation, query } = await mounted();
    expect(await mutation("main:tryBad")).toEqual({ code: "BAD" });
    expect(await query("main:texts")).toEqual(["good1"]);
    await mutation("main:put", { texts: ["next"] });
    expect(await query("main:texts")).toEqual(["good1", "next2"]);
  });

  test("that fails and is not caught takes everything back", async () => {
    const { failure, query } = await mounted();
    expect(await failure("main:put", { texts: ["a", "bad"] })).toMatchObject({ errorData: { code: "BAD" } });
    expect(await query("main:texts")).toEqual([]);
  });

  test("reaches public functions of direct children only", async () => {
    const { failure } = await mounted();
    expect((await failure("main:tell", { name: "hidden", args: { text: "x" } })).message).toContain(
      'Child component "shelf" does not export "folder.items.hidden".',
    );
    expect((await failure("main:grandchild")).message).toContain('does not export "register.lib.next"');
    expect((await failure("main:elsewhere")).message).toContain('Child component "nowhere" not found.');
  });

  test("from outside is for admins", async () => {
    const { engine } = await mounted();
    const call = { ...callOf("folder/items:texts"), component: "shelf" };
    expect(await engine.runAny(call, anyone)).toMatchObject({
      message: expect.stringContaining("Could not find public"),
    });
    expect(await engine.runAny(call, admin)).toMatchObject({ ok: true, valueJson: "[]" });
  });

  test("finds nobody signed in, and only the environment that it was given", async () => {
    const { engine, query } = await mounted();
    const someone = { isAdmin: false, identity: { tokenIdentifier: "i|s", issuer: "i", subject: "s" } };
    expect(await engine.runQuery(callOf("main:ask", { name: "who" }), someone)).toMatchObject({
      valueJson: "null",
      readIdentity: false,
    });
    expect(await engine.runAction(callOf("main:act"), someone)).toMatchObject({
      valueJson: JSON.stringify({ inside: { texts: ["by action0"], who: null }, who: true }),
    });
    expect(await query("main:ask", { name: "variables" })).toEqual({
      LABEL: "wood",
      PLACE: "cellar",
      CONVEX_SITE_URL: "http://site",
    });
  });

  test("can't paginate there, and ends at a depth", async () => {
    const { failure } = await mounted();
    expect((await failure("main:ask", { name: "page" })).message).toContain("paginate() is only supported in the app.");
    expect((await failure("main:deep")).message).toContain("Cross component call depth limit exceeded.");
  });

  test("makes the query that calls a live one of the component's documents", async () => {
    const { engine, mutation } = await mounted();
    const live = new LiveQueries(engine);
    const stale = vi.fn();
    const viewer = { ...anyone, key: "" } as Parameters<LiveQueries["subscribe"]>[1];
    await live.inOneState(async () => {
      await live.subscribe(callOf("main:texts"), viewer, null, stale);
    });
    await mutation("main:add", { text: "elsewhere" });
    expect(stale).not.toHaveBeenCalled();
    await mutation("main:put", { texts: ["here"] });
    expect(stale).toHaveBeenCalledOnce();
  });

  test("comes over HTTP where it is mounted, and nowhere else", async () => {
    const { engine, mutation } = await mounted();
    await mutation("main:put", { texts: ["a"] });
    const answer = await engine.runHttpAction(new Request("http://site/on/hello"), anyone);
    expect(await answer?.json()).toEqual(["a1"]);
    expect(await engine.runHttpAction(new Request("http://site/hello"), anyone)).toBeNull();
  });
});

describe("a function handle", () => {
  test("leads back into the app, to an internal function too, in the same transaction", async () => {
    const { mutation, query, failure } = await mounted();
    const handle = await query("main:handle", { name: "mine" });
    expect(handle).toMatch(/^function:\/\//);
    await mutation("main:tell", { name: "call", args: { handle, args: { text: "called back" } } });
    expect(await query("main:items")).toEqual(["called back"]);
    expect((await failure("main:handle", { name: "nothing" })).message).toContain("Function handle not found");
    const forged = { handle: "function://nonsense", args: {} };
    expect((await failure("main:tell", { name: "call", args: forged })).message).toContain("Invalid function handle");
  });

  test("is the same after a push and a restart, and fails once its function is gone", async () => {
    const under = await mounted();
    const handle = await under.query("main:handle", { name: "mine" });
    await mount(under.engine);
    expect(await under.query("main:handle", { name: "mine" })).toBe(handle);
    const own = (await under.query("main:ask", { name: "ownHandle" })) as string;
    await under.mutation("main:tell", { name: "call", args: { handle: own, args: { text: "inside" } } });
    await mount(under.engine, [SHELVES[0] as Child]);
    expect(await under.query("main:texts")).toEqual(["inside0"]);
    const gone = own.replace("hidden", "removed");
    const { message } = await under.failure("main:tell", { name: "call", args: { handle: gone, args: {} } });
    expect(message).toContain("Could not find");
  });
});

describe("jobs", () => {
  test("of a component are its own, and run once there or through a handle in the app", async () => {
    const { mutation, query, failure } = await mounted();
    const handle = await query("main:handle", { name: "mine" });
    const ids = (await mutation("main:tell", { name: "later", args: { handle, text: "job" } })) as Record<
      string,
      Value
    >;
    expect(await query("main:ask", { name: "jobs" })).toEqual(["pending", "pending"]);
    expect((await failure("main:job", { id: ids.own as Value })).message).toContain("Unable to decode ID");
    await vi.advanceTimersByTimeAsync(999);
    expect(await query("main:items")).toEqual([]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await query("main:ask", { name: "jobs" })).toEqual(["success", "success"]);
    expect(await query("main:items")).toEqual(["job"]);
    expect(((await query("main:texts")) as string[]).filter((text) => text === "job0")).toEqual(["job0"]);
  });

  test("are cancelled by the component that has them, and by no other", async () => {
    const { mutation, query, failure } = await mounted();
    const handle = await query("main:handle", { name: "mine" });
    const { own } = (await mutation("main:tell", { name: "later", args: { handle, text: "job" } })) as { own: string };
    const ofApp = await mutation("main:scheduleExport");
    expect((await failure("main:tell", { name: "cancel", args: { id: ofApp } })).message).toContain(
      "is no scheduled function",
    );
    await mutation("main:tell", { name: "cancel", args: { id: own } });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await query("main:ask", { name: "jobs" })).toEqual(["canceled", "success"]);
    expect(await query("main:job", { id: ofApp })).toMatchObject({
      name: "folder/items.js:put",
      state: { kind: "success" },
    });
    expect(await query("main:texts")).toContain("scheduled1");
  });

  test("of a component's crons run in each place where it is mounted", async () => {
    const { query } = await mounted();
    await vi.advanceTimersByTimeAsync(2.5 * 60 * 60 * 1000);
    const ticks = (texts: Value) => (texts as string[]).filter((text) => text === "tick0").length;
    expect([ticks(await query("main:texts")), ticks(await query("main:spareTexts"))]).toEqual([2, 2]);
    expect(await query("main:items")).toEqual([]);
  });
});

describe("a tree of components is refused", () => {
  const wrong: [string, Child[], Partial<Definition>, RegExp][] = [
    [
      "a definition that was not pushed",
      [{ name: "shelf", path: "missing" }],
      {},
      /"shelf" is of "missing", which was not pushed/,
    ],
    ["two of the same name", [...SHELVES, SHELVES[0] as Child], {}, /Two components have the name "shelf"/],
    ["a required variable that is missing", [{ name: "shelf", path: "shelf" }], {}, /LABEL is required and not given/],
    ["a variable that isn't declared", SHELVES, { envVars: [] }, /LABEL is given but not declared/],
    [
      "a mount without a component",
      SHELVES,
      { httpMounts: { "/x/": "_reference/childComponent/y" } },
      /leads to .* which is no component/,
    ],
  ];
  test.each(wrong)("%s", async (_name, children, own, problem) => {
    const { engine, query } = await mounted();
    await expect(mount(engine, children, own)).rejects.toThrow(problem);
    expect(await query("main:texts")).toEqual([]);
  });
});
