/** The API client against replies that a real one gives on bad days. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ApiError, stacksApi } from "../../src/stacks/api";

let server: Server;
let reply: { status: number; body: string };
let asked: string[];

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(reply.status, { "content-type": "application/json" }).end(reply.body);
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

test("unknown and unmined transactions are left out; no ids ask nothing", async () => {
  const mined = {
    tx_id: "0x1",
    tx_status: "success",
    canonical: true,
    microblock_canonical: true,
    block_hash: "0xa",
    block_height: 5,
    block_time: 7,
    tx_index: 0,
  };
  const body = {
    "0x1": { found: true, result: mined },
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
