/** Modules with "use node": Node's globals and built-in modules for actions, and none of them anywhere else. */
import { expect, test } from "vitest";
import { anyone, bundle, callOf, codeOf, engineWith, PRELUDE } from "./engineUnderTest";

const inNode = `
  import { createHash } from "node:crypto";
  import os from "os";
  import { existsSync } from "fs";
  export const hash = action({ args: { text: v.string() }, handler: async (ctx, { text }) => ({
    hash: createHash("sha256").update(Buffer.from(text)).digest("hex"),
    platform: os.platform() === require("node:os").platform() && os.platform() === process.platform,
    exists: existsSync("/"),
    later: await new Promise((resolve) => setImmediate(() => resolve("later"))),
    dynamic: (await import("node:path")).join("a", "b"),
    bytes: Buffer.from("x") instanceof Uint8Array,
  }) });
  export const variables = action({ handler: () => process.env });
  export const viaImport = action({ handler: async () => (await import("node:process")).default.env });
  export const both = action({ handler: async (ctx) => {
    console.log("from node");
    const id = await ctx.runMutation(anyApi.plain.add, { text: "by node" });
    await ctx.scheduler.runAfter(1e9, anyApi.plain.add, { text: "later" });
    return [await ctx.runQuery(anyApi.plain.texts), await ctx.runAction(anyApi.plain.seen), typeof id];
  } });
  export const fail = action({ handler: () => { throw new ConvexError({ code: "NODE" }); } });
  export const crash = action({ handler: () => { Buffer.from(undefined); } });
  export const exit = action({ handler: () => process.exit(1) });
  export const foreign = action({ handler: () => require("external:pad") });
`;
const plain = `
  export const add = internalMutation({ handler: (ctx, { text }) => ctx.db.insert("notes", { text }) });
  export const texts = query({ handler: async (ctx) => (await ctx.db.query("notes").collect()).map(({ text }) => text) });
  export const seen = action({ handler: () =>
    [typeof Buffer, typeof globalThis.require, typeof setImmediate, typeof global, Object.keys(process)] });
  export const toNode = action({ handler: (ctx) => ctx.runAction(anyApi.node.hash, { text: "x" }) });
`;

async function withNode(source = inNode) {
  const under = await engineWith({});
  await under.engine.setEnvironment([{ name: "SETTING", value: "of the deployment" }]);
  const code = await codeOf(under.engine, { plain });
  const deploy = async () =>
    under.engine.deploy({
      ...code,
      modules: [...code.modules, ...(await bundle({ node: PRELUDE + source }, "node"))],
      authProviders: [],
    });
  return { ...under, deploy };
}

test("an action uses Node's globals and modules, however it imports them", async () => {
  const { action, deploy } = await withNode();
  await deploy();
  const result = await action("node:hash", { text: "abc" });
  expect(result).toEqual({
    hash: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    platform: true,
    exists: true,
    later: "later",
    dynamic: "a/b",
    bytes: true,
  });
  expect(await action("plain:toNode")).toMatchObject({ later: "later" });
});

test("it sees the deployment's environment and none of the host's", async () => {
  const { action, deploy } = await withNode();
  await deploy();
  expect(process.env.PATH).toBeDefined();
  expect(await action("node:variables")).toEqual({ SETTING: "of the deployment" });
  expect(await action("node:viaImport")).toEqual({ SETTING: "of the deployment" });
});

test("it calls what an action calls, its console is the caller's, and other modules see nothing of Node", async () => {
  const { engine, deploy } = await withNode();
  await deploy();
  const outcome = await engine.runAction(callOf("node:both"), anyone);
  expect(outcome).toMatchObject({ ok: true, logLines: ["[LOG] 'from node'"] });
  const nothing = ["undefined", "undefined", "undefined", "undefined", ["env"]];
  expect(outcome.ok && JSON.parse(outcome.valueJson)).toEqual([["by node"], nothing, "string"]);
});

test("its errors are its caller's alone", async () => {
  const { failure, deploy } = await withNode();
  await deploy();
  expect(await failure("node:fail")).toMatchObject({ errorData: { code: "NODE" } });
  expect((await failure("node:crash")).message).toMatch(/Uncaught TypeError.*must be of type string/);
  expect((await failure("node:exit")).message).toContain("process.exit() is not available");
  expect((await failure("node:foreign")).message).toContain('"external:pad" was not pushed');
});

test.each([
  [
    "a query",
    "export const q = query({ handler: () => 1 });",
    "`q` defined in `node.js` is a query function. Only actions can be defined in Node.js.",
  ],
  ["a package", 'import x from "external:package"; export const a = action({ handler: () => x });', "was not pushed"],
])("%s in such a module is refused, and the old code stays", async (_name, source, message) => {
  const { engine, deploy } = await withNode(source);
  await expect(deploy()).rejects.toThrow(message);
  expect(engine.deployed).toBeNull();
});
