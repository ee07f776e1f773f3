/** The routes that indexers, wallets and browsers read: shapes, pages, refusals, and questions that are nonsense. */
import { Cl, cvToHex } from "@stacks/transactions";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type NodeClient, type Reply, startTestNode, type TestNode } from "./harness";

let node: TestNode;
let client: NodeClient;
let path: string;

beforeAll(async () => {
  node = await startTestNode();
  client = node.client;
  await client.deployProbe();
  path = client.probe.replace(".", "/");
  for (let n = 1; n <= 60; n += 1) await client.call(client.wallet(1), "bump", [Cl.uint(1)], { nonce: n - 1 });
}, 240_000);
afterAll(() => node.remove());

const statusOf = async (route: string) => (await fetch(client.url + route)).status;
const countOf = (log: Reply): number => Number(/\(count u(\d+)\)/.exec(log.contract_log.value.repr)?.[1]);

test("info, status and blocks agree on the tip", async () => {
  const [info, status, latest] = await Promise.all(
    ["/v2/info", "/extended", "/extended/v2/blocks/latest"].map((route) => client.get(route)),
  );
  expect(info).toMatchObject({ stacks_tip_height: latest.height, network_id: 0x80000000, is_fully_synced: true });
  expect(`0x${info.stacks_tip}`).toBe(latest.hash);
  expect(status).toMatchObject({ status: "ready", chain_tip: { index_block_hash: latest.index_block_hash } });
  expect(info.burn_block_height).toBe(latest.burn_block_height);
});

test("blocks: by height, hash and index hash; chained by parents; in pages of at most 30", async () => {
  const page = await client.get("/extended/v2/blocks?limit=30&offset=1");
  expect(page.results).toHaveLength(30);
  for (let n = 0; n + 1 < page.results.length; n += 1) {
    const [block, parent] = [page.results[n], page.results[n + 1]];
    expect(block.parent_index_block_hash).toBe(parent.index_block_hash);
    expect(block.height).toBe(parent.height + 1);
    expect(block.burn_block_height).toBeGreaterThanOrEqual(parent.burn_block_height);
  }
  const [one] = page.results;
  for (const id of [one.height, one.hash, one.index_block_hash, one.hash.slice(2)]) {
    expect(await client.get(`/extended/v2/blocks/${id}`)).toEqual(one);
  }
  const last = await client.get(`/extended/v2/blocks?limit=5&offset=${page.total - 2}`);
  expect(last.results).toHaveLength(2);
  expect(await statusOf("/extended/v2/blocks?limit=31")).toBe(400);
  expect(await statusOf("/extended/v2/blocks/99999")).toBe(404);
  expect(await statusOf(`/extended/v2/blocks/0x${"ab".repeat(32)}`)).toBe(404);
});

test("the blocks of a burn block, newest first", async () => {
  const { height, burn_block_height: burn } = await client.get("/extended/v2/blocks/latest");
  const page = await client.get(`/extended/v2/burn-blocks/${burn}/blocks?limit=1`);
  expect(page).toMatchObject({ total: 2, results: [{ height }] });
  expect(await statusOf(`/extended/v2/burn-blocks/${burn + 1}/blocks`)).toBe(404);
});

test("a contract's events, newest first, in pages of at most 50", async () => {
  const first = await client.get(`/extended/v1/contract/${client.probe}/events?limit=50`);
  const second = await client.get(`/extended/v1/contract/${client.probe}/events?limit=50&offset=50`);
  const counts = [...first.results, ...second.results].map(countOf);
  expect(counts).toEqual(Array.from({ length: 60 }, (_, n) => 60 - n));
  expect(first.results[0]).toMatchObject({
    event_index: 0,
    event_type: "smart_contract_log",
    contract_log: { contract_id: client.probe, topic: "print" },
  });
  expect(await statusOf(`/extended/v1/contract/${client.probe}/events?limit=51`)).toBe(400);
  expect(await statusOf(`/extended/v1/contract/${client.probe}/events?offset=-1`)).toBe(400);
  expect((await client.get(`/extended/v1/contract/${client.wallet(1).address}.none/events`)).results).toEqual([]);
});

test("transactions: one, several, of a block", async () => {
  const { results } = await client.get(`/extended/v1/contract/${client.probe}/events?limit=3`);
  const ids = results.map((event: Reply) => event.tx_id);
  const unknown = `0x${"cd".repeat(32)}`;
  const several = await client.get(
    `/extended/v1/tx/multiple?${[...ids, unknown].map((id) => `tx_id=${id}`).join("&")}`,
  );
  expect(Object.keys(several)).toEqual([...ids, unknown]);
  expect(several[unknown]).toEqual({ found: false, result: { tx_id: unknown } });
  const one = await client.get(`/extended/v1/tx/${ids[0].slice(2)}`);
  expect(several[ids[0]]).toEqual({ found: true, result: one });
  expect(one).toMatchObject({
    canonical: true,
    microblock_canonical: true,
    tx_index: 0,
    sender_address: client.wallet(1).address,
  });
  expect(one.contract_call).toMatchObject({
    function_name: "bump",
    function_args: [{ name: "by", repr: "u1", type: "uint" }],
  });
  expect((await client.get(`/extended/v2/blocks/${one.block_height}/transactions`)).results).toEqual([
    { ...one, events: [] },
  ]);
  expect(await statusOf(`/extended/v1/tx/${unknown}`)).toBe(404);
  expect(await statusOf("/extended/v1/tx/abc")).toBe(400);
});

test("reads at a tip: of the chain, by hash or index hash; at another there is nothing to read", async () => {
  const latest = await client.get("/extended/v2/blocks/latest");
  const read = async (tip: string) => {
    const route = `/v2/contracts/call-read/${path}/get-count?tip=${tip}`;
    return client.post(route, { sender: client.wallet(1).address, arguments: [] });
  };
  const answer = (count: number) => ({
    status: 200,
    reply: { okay: true, result: cvToHex(Cl.uint(count)).replace(/^(?!0x)/, "0x") },
  });
  await client.mine(3);
  for (const tip of ["latest", latest.index_block_hash, latest.index_block_hash.slice(2)]) {
    expect(await read(tip)).toEqual(answer(60));
  }
  const older = await client.get(`/extended/v2/blocks/${latest.height - 2}`);
  expect(await read(older.index_block_hash)).toEqual(answer(59));
  expect((await read("ab".repeat(32))).reply.message).toContain("no such block");
  // Whoever looked back does not hold the chain up.
  expect(await client.call(client.wallet(1), "refuse", [], { nonce: 60 })).toMatchObject({ tx_index: 0 });
});

test("reads that the VM refuses, or that would trap it, are answered, and the node goes on", async () => {
  const sender = client.wallet(1).address;
  const read = async (name: string, args: string[]) =>
    (await client.post(`/v2/contracts/call-read/${path}/${name}`, { sender, arguments: args })).reply;
  expect(await read("boom", [])).toMatchObject({ okay: false, cause: expect.stringContaining("ArithmeticUnderflow") });
  expect(await read("nope", [])).toMatchObject({ okay: false });
  expect(await read("bump", ["0x0100000000000000000000000000000001"])).toMatchObject({ okay: false });
  expect(await read("get-count", ["0x63"])).toMatchObject({ error: "Bad Request" });
  expect(await read("get-count", ["zz"])).toMatchObject({ error: "Bad Request" });
  const key = (value: string) => client.post(`/v2/map_entry/${path}/notes?proof=0`, value);
  expect((await key(cvToHex(Cl.uint(60)))).reply).toEqual({ data: "0x0a0100000000000000000000000000000001" });
  expect((await key(cvToHex(Cl.uint(61)))).reply).toEqual({ data: "0x09" });
  expect((await key(cvToHex(Cl.stringAscii("no")))).status).toBeLessThan(500);
  expect((await key("63")).status).toBe(400);
  expect(await client.post(`/v2/map_entry/${path}/none`, "0x09")).toEqual({ status: 200, reply: { data: "0x09" } });
  expect(await client.call(client.wallet(2), "bump", [Cl.uint(1)])).toMatchObject({ tx_status: "success" });
});

test("a contract's interface, and none", async () => {
  const { functions } = await client.get(`/v2/contracts/interface/${path}`);
  expect(functions.map(({ name }: Reply) => name)).toContain("send-badge");
  const nowhere = `${client.wallet(1).address}/nowhere`;
  expect(await statusOf(`/v2/contracts/interface/${nowhere}`)).toBe(404);
});

test("an address: account, nonces, balances", async () => {
  const { address } = client.wallet(3);
  await client.call(client.wallet(3), "mint", [], { postConditionMode: "allow", nonce: 0 });
  await client.call(client.wallet(3), "bump", [Cl.uint(1)], { nonce: 3 });
  expect(await client.get(`/extended/v1/address/${address}/nonces`)).toEqual({
    last_mempool_tx_nonce: 3,
    last_executed_tx_nonce: 0,
    possible_next_nonce: 4,
    detected_missing_nonces: [2, 1],
    detected_mempool_nonces: [3],
  });
  const balances = await client.get(`/extended/v1/address/${address}/balances`);
  expect(balances.fungible_tokens[`${client.probe}::coin`].balance).toBe("100");
  expect(balances.non_fungible_tokens[`${client.probe}::badge`].count).toBe("1");
  expect(BigInt(balances.stx.balance)).toBe(await client.stxBalance(address));
  for (const nonsense of ["xyz", "ST1", `${address}.9`, "%27%20(print)"]) {
    expect(await statusOf(`/v2/accounts/${nonsense}`)).toBe(400);
  }
});

test("browsers may ask from anywhere, preflights included", async () => {
  const preflight = await fetch(`${client.url}/v2/transactions`, { method: "OPTIONS" });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("access-control-allow-headers")).toBe("*");
  expect(preflight.headers.get("access-control-allow-methods")).toContain("POST");
  const reply = await fetch(`${client.url}/v2/info`);
  expect(reply.headers.get("access-control-allow-origin")).toBe("*");
});

test("what is no route, no JSON or too much is refused in JSON", async () => {
  expect(await statusOf("/v3/nothing")).toBe(404);
  expect(await statusOf("/v2/accounts/%E0%A4%A")).toBe(400);
  expect(await statusOf("/v2/transactions")).toBe(404);
  const post = (route: string, body: string) => fetch(client.url + route, { method: "POST", body });
  for (const route of [
    `/v2/contracts/call-read/${path}/get-count`,
    "/v2/fees/transaction",
    `/v2/map_entry/${path}/notes`,
  ]) {
    for (const body of ["", "{", "[]", "7", '{"sender":1}']) expect((await post(route, body)).status).toBe(400);
  }
  expect((await post("/control/mine", '{"blocks":-1}')).status).toBe(400);
  expect((await post("/v2/transactions", "x".repeat(5_000_000))).status).toBe(413);
});
