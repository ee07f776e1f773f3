/** The API client against replies that a real one gives on bad days. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ApiError, stacksApi } from "../../src/stacks/api";

let server: Server;
let reply: { status: number; body: string; headers?: Record<string, string> };
/** Answered before `reply`. */
let first: (typeof reply)[];
let asked: string[];
let keys: unknown[];

beforeEach(async () => {
  [asked, keys, first] = [[], [], []];
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    keys.push(request.headers["x-api-key"]);
    const { status, body, headers } = first.shift() ?? reply;
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => {
  server.close();
});

const api = () => stacksApi(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
const BLOCK = { canonical: true, height: 5, hash: "0xa", index_block_hash: "0xb", block_time: 7, burn_block_height: 9 };

test("a block, whatever else the API says of it", async () => {
  reply = { status: 200, body: JSON.stringify({ ...BLOCK, tx_count: 3 }) };
  expect(await api().latestBlock()).toEqual(BLOCK);
});

test.each([
  ["an error", 503, "upstream is down"],
  ["a rate limit", 429, "{}"],
  ["no JSON", 200, "<html>"],
  ["another shape", 200, '{"height":"5"}'],
  ["a fraction", 200, JSON.stringify({ ...BLOCK, height: 5.5 })],
  ["nothing", 200, ""],
])("%s is an ApiError that names the route", async (_what, status, body) => {
  reply = { status, body };
  await expect(api().latestBlock()).rejects.toThrow(ApiError);
  await expect(api().latestBlock()).rejects.toThrow("/extended/v2/blocks/latest");
});

test("a node that does not answer is an ApiError", async () => {
  const client = api();
  server.close();
  await expect(client.latestBlock()).rejects.toThrow(ApiError);
});

const GOOD = { status: 200, body: JSON.stringify(BLOCK) };

test("a node in short trouble is asked again at once; one that refuses, or says what it should not, is not", async () => {
  reply = GOOD;
  first = [
    { status: 503, body: "" },
    { status: 200, body: '{"height": 5, "ha' },
  ];
  expect(await api().latestBlock()).toEqual(BLOCK);
  expect(asked).toHaveLength(3);
  for (const refusal of [
    { status: 400, body: "" },
    { status: 200, body: '{"height":"5"}' },
  ]) {
    asked = [];
    first = [refusal];
    await expect(api().latestBlock()).rejects.toThrow(ApiError);
    expect(asked).toHaveLength(1);
  }
});

test("an API that names a time is not asked before it", async () => {
  reply = GOOD;
  first = [{ status: 429, body: "{}", headers: { "retry-after": "7" } }];
  await expect(api().latestBlock()).rejects.toMatchObject({ status: 429, retryAfterMs: 7_000 });
  const date = new Date(Date.now() + 60_000).toUTCString();
  first = [{ status: 503, body: "", headers: { "retry-after": date } }];
  const error = await api()
    .latestBlock()
    .catch((thrown: ApiError) => thrown);
  expect((error as ApiError).retryAfterMs).toBeGreaterThan(50_000);
  expect((error as ApiError).retryAfterMs).toBeLessThanOrEqual(60_000);
  expect(asked).toHaveLength(2);
});

test("the key is sent where there is one, and nothing in its place where there is none", async () => {
  reply = GOOD;
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await stacksApi(url, { apiKey: "k" }).latestBlock();
  await stacksApi(url, { apiKey: "" }).latestBlock();
  expect(keys).toEqual(["k", undefined]);
});

test("a node that hangs is left after a while, and the time of all that is asked is bounded", async () => {
  const hangs: typeof fetch = (_url, init) =>
    new Promise((_resolve, reject) => init?.signal?.addEventListener("abort", () => reject(new Error("aborted"))));
  const began = performance.now();
  const client = stacksApi("http://hangs.test", { fetcher: hangs, timeoutMs: 50, withinMs: 400 });
  await expect(client.latestBlock()).rejects.toThrow("aborted");
  await expect(client.latestBlock()).rejects.toThrow(ApiError);
  expect(performance.now() - began).toBeLessThan(10_000);
});

test("a block that does not exist is null, another failure is none", async () => {
  reply = { status: 404, body: "{}" };
  expect(await api().blockAt(7)).toBeNull();
  expect(await api().blockOfBurnBlock(7)).toBeNull();
  reply = { status: 400, body: "{}" };
  await expect(api().blockAt(7)).rejects.toThrow(ApiError);
  expect(asked).toEqual([
    "/extended/v2/blocks/7",
    "/extended/v2/burn-blocks/7/blocks?limit=1",
    "/extended/v2/blocks/7",
  ]);
});

const MINED = {
  tx_id: "0x1",
  tx_status: "success",
  canonical: true,
  microblock_canonical: true,
  block_hash: "0xa",
  block_height: 5,
  block_time: 7,
  tx_index: 0,
};

test.each([
  ["an unknown status", { ...MINED, tx_status: "abort_by_something" }],
  ["a height as text", { ...MINED, block_height: "5" }],
  ["no block hash", { ...MINED, block_hash: undefined }],
  ["nothing but its id", { tx_id: "0x1" }],
])("a transaction with %s is an ApiError, not a transaction that is left out", async (_what, result) => {
  reply = { status: 200, body: JSON.stringify({ "0x1": { found: true, result } }) };
  await expect(api().transactions(["0x1"])).rejects.toThrow("answered in another shape");
});

test.each(["pending", "dropped_replace_by_fee", "dropped_problematic"])("a %s one is none", async (tx_status) => {
  reply = { status: 200, body: JSON.stringify({ "0x1": { found: true, result: { tx_id: "0x1", tx_status } } }) };
  expect((await api().transactions(["0x1"])).size).toBe(0);
});

test("unknown and unmined transactions are left out; no ids ask nothing", async () => {
  const body = {
    "0x1": { found: true, result: MINED },
    "0x2": { found: true, result: { tx_id: "0x2", tx_status: "pending" } },
    "0x3": { found: false },
  };
  reply = { status: 200, body: JSON.stringify(body) };
  expect([...(await api().transactions(["0x1", "0x2", "0x3"])).keys()]).toEqual(["0x1"]);
  expect(asked).toEqual([
    "/extended/v1/tx/multiple?tx_id=0x1&tx_id=0x2&tx_id=0x3&event_limit=1&exclude_function_args=true",
  ]);
  expect((await api().transactions([])).size).toBe(0);
  expect(asked).toHaveLength(1);
});

test("a read that the node refuses is an ApiError with its cause", async () => {
  reply = { status: 200, body: JSON.stringify({ okay: false, cause: "NoSuchContract" }) };
  const call = { contractAddress: "ST1", contractName: "x", function: { name: "f" }, functionArgs: [] };
  await expect(api().readOnly(call as never, "0xabc")).rejects.toThrow("NoSuchContract");
  expect(asked).toEqual(["/v2/contracts/call-read/ST1/x/f?tip=abc"]);
});
