/**
 * Inputs that no well-behaved client sends, on both ports of the host: each is refused in a sentence on its own connection,
 * changes nothing that is stored, and someone else is answered throughout.
 */
import { rmSync } from "node:fs";
import path from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { DatabaseSync } from "@photostructure/sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Mutator } from "../malformed/mutator";
import { rawRequest, sendRaw } from "../malformed/rawHttp";
import { answerTo, frames, handshakes, type Sent } from "../malformed/webSocketFrames";
import { WellBehaved } from "../malformed/wellBehaved";
import { ADMIN_KEY, eventually, HostUnderTest, ISSUER, jwks, notes, tokenFor } from "./hostUnderTest";

const SEED = Number(process.env.SEED ?? 20260);
const mutator = new Mutator(SEED);
const AT_ONCE = 4;

let host: HostUnderTest;
let wellBehaved: WellBehaved;
let stored: string;
let sent = 0;
const strayErrors: unknown[] = [];
const stray = (error: unknown) => void strayErrors.push(error);

beforeAll(async () => {
  process.on("unhandledRejection", stray);
  host = await HostUnderTest.start();
  // Nothing but these inputs may change the database.
  rmSync(path.join(host.project, "convex/crons.ts"));
  await host.setEnvironment({ TEST_ISSUER: ISSUER, TEST_JWKS: await jwks() });
  await host.push();
  await host.http().mutation(notes.add, { list: "kept", text: "note" });
  stored = everythingStored();
  const http = host.http();
  const client = host.client();
  wellBehaved = new WellBehaved(async () => {
    expect(await http.query(notes.count, { list: "kept" })).toBe(1);
    expect(await client.query(notes.count, { list: "kept" })).toBe(1);
    expect(client.connectionState().connectionCount).toBe(1);
  });
});
afterAll(async () => {
  await wellBehaved.stop();
  await host.stop();
  process.off("unhandledRejection", stray);
  console.log(`${sent} malformed inputs, seed ${SEED}; ${wellBehaved.answers} answers to someone else meanwhile`);
  expect(sent).toBeGreaterThan(350);
});

function everythingStored(): string {
  const database = new DatabaseSync(path.join(host.folder, "data.sqlite"), { readOnly: true });
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all();
  const content = tables.map(({ name }) => [name, database.prepare(`SELECT * FROM ${name}`).all()]);
  database.close();
  return JSON.stringify(content, (_, value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value,
  );
}

async function eachOf<Input>(inputs: Input[], check: (input: Input) => Promise<void>): Promise<void> {
  const answersBefore = wellBehaved.answers;
  const queue = [...inputs];
  const worker = async () => {
    for (let input = queue.shift(); input !== undefined; input = queue.shift()) {
      sent += 1;
      await check(input);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await eventually(() => wellBehaved.answers > answersBefore, "an answer to the well-behaved client");
  expect(wellBehaved.failures).toEqual([]);
  expect(strayErrors).toEqual([]);
  expect(host.logs.filter((line) => /failed|Error:/.test(line))).toEqual([]);
  expect(everythingStored() === stored).toBe(true);
}

/** 4xx with a code and a sentence; or 200 where the input was harmless, or at fault only as arguments of a function. */
function expectRefusal(answer: string, input: unknown): void {
  const shown = `${answer.slice(0, 400)}\nto ${String(input).slice(0, 400)}`;
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
  expect(status === 200 || (status >= 400 && status < 500), shown).toBe(true);
  if (status === 200) return;
  const body = answer.slice(answer.indexOf("\r\n\r\n") + 4);
  if (body !== "" && body !== EMPTY) expect(body, shown).toMatch(/"message":"[^"]{10,}|No matching routes found/);
}

/** A body of no chunks. */
const EMPTY = "0\r\n\r\n";
const admin = { authorization: `Convex ${ADMIN_KEY}` };
const json = { "content-type": "application/json" };
const repeated = <Item>(count: number, make: (n: number) => Item) => Array.from({ length: count }, (_, n) => make(n));

/** Two things are wrong with each call already, so that one change more does not make it good. */
const VALID: Record<string, { body: object; headers?: Record<string, string> }> = {
  "/api/query": { body: { path: "notes:list", args: [{ list: "kept" }], format: "convex_encoded_json" } },
  "/api/mutation": { body: { path: "notes:add", args: [{ list: 7, text: "" }], format: "json" } },
  "/api/action": { body: { path: "notes:addSlowly", args: { list: 7, text: "", delayMs: 1 } } },
  "/api/function": { body: { path: "notes:tick", args: { name: 1, more: 1 }, componentPath: null }, headers: admin },
  "/api/update_environment_variables": {
    body: {
      changes: [
        { name: "not-a-name", value: "x" },
        { name: "CONVEX_SITE_URL", value: "y" },
      ],
    },
    headers: admin,
  },
  "/api/deploy2/start_push": {
    body: pushOf([{ path: "a.js", source: "export default 1", environment: "isolate" }]),
    headers: admin,
  },
  "/api/deploy2/finish_push": {
    body: { dryRun: true, startPush: { componentDefinitionPackages: { "": "unknown" } } },
    headers: admin,
  },
};

function pushOf(changedModules: object[], schema: object | null = null) {
  const appDefinition = { schema, changedModules, unchangedModuleHashes: [] };
  return { appDefinition, componentDefinitions: [], nodeDependencies: [] };
}

describe("HTTP", () => {
  test("bodies with one thing changed, to every route", { timeout: 120_000 }, async () => {
    const requests = Object.entries(VALID).flatMap(([route, { body, headers = {} }]) =>
      repeated(22, () => rawRequest("POST", route, { ...json, ...headers }, mutator.json(body as never))),
    );
    await eachOf(requests, async (request) => expectRefusal(await sendRaw(host.handle.url, request), request));
  });

  test("headers, methods and addresses", async () => {
    const query = JSON.stringify(VALID["/api/query"]?.body);
    const token = await tokenFor("x");
    const asking = (headers: Record<string, string>, body: string | Uint8Array = query) =>
      rawRequest("POST", "/api/query", headers, body);
    const headers: Record<string, string>[] = [
      { authorization: "" },
      { authorization: "Bearer" },
      { authorization: "Bearer  " },
      { authorization: "Convex" },
      { authorization: `Convex ${ADMIN_KEY}:%%%` },
      { authorization: `Convex ${ADMIN_KEY}:${btoa("[1,")}` },
      { authorization: `Convex ${ADMIN_KEY}:${btoa("null")}` },
      { authorization: `Convex ${ADMIN_KEY}:${btoa('"text"')}` },
      { authorization: `Bearer ${"x".repeat(10_000)}` },
      { authorization: `Bearer ${btoa("null")}.${btoa("null")}.x` },
      { authorization: `Bearer ${btoa("{}")}.${btoa('{"iss":7}')}.x` },
      { authorization: `Bearer ${btoa("{}")}.${btoa(JSON.stringify({ iss: { toString: 1 } }))}.x` },
      ...repeated(20, () => ({
        authorization: `Bearer ${Buffer.from(mutator.bytes(Buffer.from(token)))
          .toString("latin1")
          .replace(/[^\x20-\x7e]/g, "?")}`,
      })),
      { host: "" },
      { host: "[" },
      { host: "a b" },
      { host: "a:99999999" },
      { "content-encoding": "br" },
      { "content-encoding": "gzip" },
      { "content-type": "multipart/form-data" },
      { expect: "nonsense" },
      { origin: "\u0001" },
      { origin: "null", "access-control-request-headers": "x".repeat(2_000) },
      { "transfer-encoding": "chunked" },
      { "content-length": "-1" },
      { "content-length": "1e3" },
      { "content-length": "4" },
      { "x-long": "x".repeat(20_000) },
      { upgrade: "h2c", connection: "Upgrade" },
    ];
    const addresses = [
      "//",
      "/%",
      "/api/query/../query%00",
      "/__proto__",
      "/constructor",
      "/api/__proto__",
      "http://[",
      "*",
    ];
    const requests = [
      ...headers.map((each) => asking(each)),
      ...[
        Buffer.alloc(0),
        brotliCompressSync(query).subarray(0, 9),
        brotliCompressSync(Buffer.alloc(200_000_000), { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
      ].map((body) => asking({ "content-encoding": "br" }, body)),
      ...["GET", "PUT", "DELETE", "PATCH", "HEAD", "TRACE", "CONNECT", "BREW"].map((method) =>
        rawRequest(method, "/api/mutation", {}, ""),
      ),
      ...[...addresses, `/${"a".repeat(12_000)}`].flatMap((address) =>
        ["GET", "POST"].map((method) => rawRequest(method, address, {}, "")),
      ),
    ];
    await eachOf(requests, async (request) => {
      const answer = await sendRaw(host.handle.url, request);
      // Where HTTP itself is broken, there may be no one to answer.
      if (answer !== "") expectRefusal(answer, request);
      expect(answer).not.toContain("[Request ID: ]");
    });
    await eachOf(requests, async (request) => {
      const answer = await sendRaw(host.handle.siteUrl, request);
      if (answer !== "") expectRefusal(answer, request);
    });
  });

  test("requests that are never finished, or are none", async () => {
    const whole = rawRequest("POST", "/api/mutation", json, JSON.stringify(VALID["/api/mutation"]?.body));
    const cut = repeated(15, () => whole.subarray(0, mutator.below(whole.length)));
    const lying = rawRequest("POST", "/api/mutation", { "content-length": "5000" }, "{}");
    for (const url of [host.handle.url, host.handle.siteUrl]) {
      await eachOf([...cut, lying], async (request) => void (await sendRaw(url, request, "cut")));
    }
    const none = [...repeated(15, () => mutator.bytes(whole.subarray(0, 60))), Buffer.from("\x16\x03\x01\x02\x00")];
    await eachOf(none, async (request) => {
      const answer = await sendRaw(host.handle.url, request, "cut");
      expect(answer).not.toMatch(/^HTTP\/1\.1 5/);
    });
  });
});

test("pushes of modules and schemas that are none", async () => {
  const isolate = (name: string, source: string) => ({ path: name, source, environment: "isolate" });
  const fake = (members: string) => `export const f = Object.assign(() => {}, { isQuery: true, ${members} });`;
  const sources = [
    ...[
      "export {",
      "throw 1",
      "throw null",
      "throw Object.create(null)",
      "await new Promise(() => {",
      "import 'node:fs'",
    ],
    ...["import './missing.js'", "export default await import('../../x.js')", "null.x", "export { nothing }"],
    ...[fake("exportArgs: () => 'no json', exportReturns: () => 'null'"), fake(""), fake("exportArgs: 7")],
    ...[fake("exportArgs() { throw 1 }"), "globalThis.Convex.syscall('x', '{}')", "Convex.syscall(Symbol())"],
    ...["process.exit(1)", "require('fs')", "new Function('return 1')()", `${"[".repeat(50_000)}`],
  ];
  const paths = [
    "",
    ".",
    "..",
    "../x.js",
    "/etc/x.js",
    "a//b.js",
    "a/../../b.js",
    "__proto__.js",
    "a\u0000.js",
    "ü.js",
    "a b.js",
  ];
  const schemas = [
    ...["export default null", "export default { export: 7 }", "export default { export() { throw 1 } }"],
    ...["export default { export: () => 'no json' }", `export default { export: () => '{"tables":7}' }`],
    ...[table('"_scheduled_functions"'), table('"_x"'), table('""'), table('"a b"'), table('"__proto__"'), table("7")],
  ];
  const pushes = [
    ...sources.map((source) => pushOf([isolate("a.js", source)])),
    ...paths.map((name) => pushOf([isolate(name, "export const x = 1")])),
    ...schemas.map((source) => pushOf([], isolate("schema.js", source))),
  ];
  await eachOf(pushes, async (push) => {
    const answer = await host.post("/api/deploy2/start_push", JSON.stringify(push), admin.authorization);
    const { code, message } = await answer.json();
    const harmless = /__proto__\.js/.test(JSON.stringify(push));
    expect([answer.status, code, message, harmless], JSON.stringify(push)).toSatisfy(
      () => (answer.status === 200 && harmless) || (answer.status === 400 && String(message).length > 10),
    );
  });
});

/** The source of a schema with one table. */
function table(name: string): string {
  const definition = `{"tableName":${name},"indexes":[],"documentType":{"type":"any"}}`;
  return `export default { export: () => '{"tables":[${definition}],"schemaValidation":true}' }`;
}

describe("WebSocket", () => {
  test("frames that are no messages, and messages out of place", { timeout: 120_000 }, async () => {
    await eachOf(frames(mutator), async (input: Sent) => {
      const { fatal, closeCode, isAlive } = await answerTo(host.handle.url, input);
      const shown = JSON.stringify({ fatal, closeCode, isAlive, input: String(input.name).slice(0, 300) });
      expect(closeCode, shown).not.toBe(1011);
      expect(isAlive || closeCode !== null, shown).toBe(true);
      if (fatal !== null) expect(fatal.length, shown).toBeGreaterThan(10);
    });
  });

  test("handshakes that are none", async () => {
    await eachOf(handshakes(), async (request) => {
      const answer = await sendRaw(host.handle.url, request, "cut");
      expect(answer).not.toMatch(/^HTTP\/1\.1 5/);
    });
  });
});
