/** Schemas: what documents must look like, which indexes there are, and what a push may not do to stored documents. */
import type { Value } from "convex/values";
import { describe, expect, test } from "vitest";
import { anyone, callOf, engineWith } from "./engineUnderTest";

const schema = `export default defineSchema({
  people: defineTable({ name: v.string(), age: v.optional(v.int64()), friend: v.optional(v.id("people")) }).index("by_name", ["name"]),
  pets: defineTable(v.union(v.object({ kind: v.literal("cat"), lives: v.number() }), v.object({ kind: v.literal("dog") }))),
});`;
const people = `
  export const add = mutation({ handler: (ctx, { table, value }) => ctx.db.insert(table, value) });
  export const change = mutation({ handler: (ctx, { id, value }) => ctx.db.patch(id, value) });
  export const replace = mutation({ handler: (ctx, { id, value }) => ctx.db.replace(id, value) });
  export const unset = mutation({ handler: (ctx, { id }) => ctx.db.patch(id, { age: undefined }) });
  export const remove = mutation({ handler: (ctx, { id }) => ctx.db.delete(id) });
  export const get = query({ handler: (ctx, { id }) => ctx.db.get(id) });
  export const getFrom = query({ handler: (ctx, { table, id }) => ctx.db.get(table, id) });
  export const normalize = query({ handler: (ctx, { table, id }) => ctx.db.normalizeId(table, id) });
  export const named = query({ handler: async (ctx, { name }) => (await ctx.db.query("people").withIndex("by_name", (q) => q.eq("name", name)).collect()).length });
  export const taken = query({ args: { id: v.id("people") }, handler: () => null });
`;

describe("documents", () => {
  test("are patched, replaced, unset and deleted", async () => {
    const { mutation, query, failure } = await engineWith({ schema, people });
    const id = (await mutation("people:add", { table: "people", value: { name: "Ada", age: 36n } })) as string;
    await mutation("people:change", { id, value: { name: "Ada L." } });
    const ada = (await query("people:get", { id })) as Record<string, Value>;
    expect(ada).toMatchObject({ name: "Ada L.", age: 36n });
    await mutation("people:unset", { id });
    expect(await query("people:get", { id })).not.toHaveProperty("age");
    await mutation("people:replace", {
      id,
      value: { name: "Bob", _id: id, _creationTime: ada._creationTime as number },
    });
    expect(await query("people:get", { id })).toEqual({ ...ada, age: undefined, name: "Bob" });
    expect([await query("people:named", { name: "Ada L." }), await query("people:named", { name: "Bob" })]).toEqual([
      0, 1,
    ]);
    await mutation("people:remove", { id });
    expect(await query("people:get", { id })).toBeNull();
    for (const path of ["people:change", "people:replace", "people:remove"]) {
      expect((await failure(path, { id, value: { name: "x" } })).message).toContain(`on nonexistent document ID ${id}`);
    }
  });

  test("keep their system fields", async () => {
    const { mutation, failure } = await engineWith({ schema, people });
    const id = (await mutation("people:add", { table: "people", value: { name: "Ada" } })) as string;
    expect((await failure("people:change", { id, value: { _creationTime: 1 } })).message).toContain(
      '"_creationTime" starts with',
    );
    expect((await failure("people:add", { table: "people", value: { name: "x", _id: id } })).message).toContain(
      "underscore",
    );
    expect((await failure("people:add", { table: "_jobs", value: {} })).message).toContain("read-only");
  });

  test("are told apart by the table in their id", async () => {
    const { mutation, query, failure } = await engineWith({ schema, people });
    const ada = (await mutation("people:add", { table: "people", value: { name: "Ada" } })) as string;
    const cat = (await mutation("people:add", { table: "pets", value: { kind: "dog" } })) as string;
    expect(await query("people:normalize", { table: "people", id: ada })).toBe(ada);
    expect(await query("people:normalize", { table: "pets", id: ada })).toBeNull();
    expect(await query("people:normalize", { table: "people", id: ada.slice(0, -1) })).toBeNull();
    expect((await failure("people:getFrom", { table: "pets", id: ada })).message).toContain(
      "expected ID in table 'pets' but got ID in table 'people'",
    );
    expect((await failure("people:get", { id: "nonsense" })).message).toContain('Unable to decode ID: "nonsense"');
    expect((await failure("people:taken", { id: cat })).message).toContain(`Found ID "${cat}" from table \`pets\``);
    expect((await failure("people:add", { table: "people", value: { name: "x", friend: cat } })).message).toContain(
      "Path: .friend",
    );
  });

  test("must match the schema and Convex's limits", async () => {
    const { failure, mutation } = await engineWith({ schema, people });
    const refused = async (table: string, value: Value) => (await failure("people:add", { table, value })).message;
    expect(await refused("people", { name: 1 })).toContain(
      'Failed to insert or update a document in table "people" because it does not match the schema: Value does not match validator.\nPath: .name\nValue: 1\nValidator: {"type":"string"}',
    );
    expect(await refused("pets", { kind: "cat" })).toContain(
      'Validator: {"type":"union","value":[{"type":"object","value":{"kind":{"fieldType":{"type":"literal","value":"cat"}',
    );
    expect(await refused("loose", "text")).toContain("A document must be an object.");
    expect(await refused("loose", { list: Array(8193).fill(0) })).toContain(
      "Array length is too long (8193 > maximum length 8192)",
    );
    expect(await refused("loose", { text: "x".repeat(1 << 20) })).toContain("Value is too large");
    expect(await refused("loose", Object.fromEntries(Array.from({ length: 1025 }, (_, i) => [`f${i}`, 0])))).toContain(
      "too many fields",
    );
    expect(
      await refused(
        "loose",
        Array.from({ length: 17 }).reduce<Value>((inner) => ({ inner }), 1),
      ),
    ).toContain("too nested");
    const id = await mutation("people:add", { table: "loose", value: { any: [1n, new ArrayBuffer(2)] } });
    expect((await failure("people:change", { id, value: { text: "x".repeat(1 << 20) } })).message).toContain(
      "too large",
    );
  });
});

describe("a push", () => {
  test("that stored documents violate is refused, names one, and changes nothing", async () => {
    const { mutation, query, deploy, engine } = await engineWith({ people });
    const id = await mutation("people:add", { table: "people", value: { name: "Ada", age: 5 } });
    await expect(deploy({ schema, people: people.replaceAll("named", "renamed") })).rejects.toThrow(
      `Schema validation failed.\nDocument with ID "${id}" in table "people" does not match the schema: Value does not match validator.\nPath: .age`,
    );
    expect(engine.deployed?.schema).toBeNull();
    await expect(query("people:named", { name: "Ada" })).rejects.toThrow("Index people.by_name not found.");
    await mutation("people:change", { id, value: { age: 5n } });
    await deploy({ schema, people });
    expect(await query("people:named", { name: "Ada" })).toBe(1);
  });

  test("adds, changes and removes indexes", async () => {
    const { mutation, query, deploy, failure } = await engineWith({ schema, people });
    await mutation("people:add", { table: "people", value: { name: "Ada", age: 1n } });
    await deploy({ schema: schema.replace('["name"]', '["age", "name"]'), people });
    expect((await failure("people:named", { name: "Ada" })).message).toContain(
      "fields must be used in the index's order",
    );
    await deploy({ schema: schema.replace('.index("by_name", ["name"])', ""), people });
    expect((await failure("people:named", { name: "Ada" })).message).toContain("Index people.by_name not found.");
    await deploy({ schema, people });
    expect(await query("people:named", { name: "Ada" })).toBe(1);
  });

  test("with a cron for a function that does not exist is refused", async () => {
    const { deploy } = await engineWith({ people });
    const crons = `const crons = cronJobs(); crons.interval("tick", { seconds: 1 }, anyApi.people.gone); export default crons;`;
    await expect(deploy({ people, crons })).rejects.toThrow("Could not find function for 'people:gone'");
  });

  test("runs again after a restart, with its documents and ids", async () => {
    const { mutation, engine, databaseFile } = await engineWith({ schema, people });
    const id = await mutation("people:add", { table: "people", value: { name: "Ada" } });
    const deployed = engine.deployed;
    const { lastTs } = engine;
    await engine.close();
    const again = await engineWith({}, { databaseFile });
    expect(again.engine.deployed).toEqual(deployed);
    expect(again.engine.lastTs).toBe(lastTs);
    expect(await again.query("people:get", { id })).toMatchObject({ name: "Ada" });
    expect((await again.failure("people:add", { table: "people", value: {} })).message).toContain(
      "missing the required field `name`",
    );
  });
});

test("a client's mutation runs once however often it is sent, also after a restart", async () => {
  const { engine, databaseFile, query } = await engineWith({ schema, people });
  const call = callOf("people:add", { table: "people", value: { name: "Ada" } });
  const first = await engine.runMutation(call, anyone, engine.once("s", 1));
  expect(await engine.runMutation(call, anyone, engine.once("s", 1))).toEqual(first);
  expect(await engine.runMutation(call, anyone, engine.once("s", 2))).not.toEqual(first);
  expect(await engine.runMutation(callOf("people:named"), anyone, engine.once("s", 3))).toMatchObject({
    ok: false,
  });
  expect(await query("people:named", { name: "Ada" })).toBe(2);
  await engine.close();
  const again = await engineWith({}, { databaseFile });
  expect(await again.engine.runMutation(call, anyone, again.engine.once("s", 1))).toEqual(first);
});
