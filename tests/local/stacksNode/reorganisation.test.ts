/** Forks: what is abandoned and what comes instead, as clients see it; reads at any block; the same after a restart. */
import { Cl, cvToHex } from "@stacks/transactions";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Reply, startTestNode, type TestNode } from "./harness";

let clock = 1_800_000_000_000;
const lines: string[] = [];
const onLog = (line: string) => lines.push(line);
const start = (stateDir?: string) =>
  startTestNode({ blockIntervalMs: 3_600_000, now: () => clock, onLog, ...(stateDir && { stateDir }) });

let node: TestNode;
let nonce = 0;
beforeAll(async () => {
  node = await start();
  await node.client.deployProbe();
  await node.client.mine(1);
});
afterAll(() => node.remove());
beforeEach(() => node.client.mine(2));

const get = (route: string): Promise<Reply> => node.client.get(route);
const latest = () => get("/extended/v2/blocks/latest");
const reorganise = async (body: object): Promise<Reply> => {
  const { status, reply } = await node.client.post("/control/reorganise", body);
  if (status !== 200) throw new Error(JSON.stringify(reply));
  return reply;
};
const bump = (by: number) => node.client.call(node.client.wallet(1), "bump", [Cl.uint(by)], { nonce: nonce++ });
const logs = async () => (await get(`/extended/v1/contract/${node.client.probe}/events`)).results;

/** The contract's count at a block; null where the node knows no such block. */
async function countAt(tip: string): Promise<number | null> {
  const [address, name] = node.client.probe.split(".");
  const body = { sender: node.client.wallet(1).address, arguments: [] };
  const { status, reply } = await node.client.post(
    `/v2/contracts/call-read/${address}/${name}/get-count?tip=${tip}`,
    body,
  );
  return status === 404 ? null : Number.parseInt(reply.result.slice(4), 16);
}

test("the same transactions in a fork: same heights and verdicts, other hashes, burn hashes too", async () => {
  const sent = [await bump(1), await node.client.call(node.client.wallet(1), "crash", [], { nonce: nonce++ })];
  const parent = (await node.client.mine(1, 0)).reply;
  const before = (await node.client.mine(2, 1)).reply;
  const mined = await Promise.all(sent.map((tx) => get(`/extended/v1/tx/${tx.tx_id}`)));
  const tip = await reorganise({ depth: 4 });
  expect(tip).toMatchObject({ height: before.height, burn_block_height: before.burn_block_height });
  expect([tip.hash, tip.burn_block_hash]).not.toContain(before.hash);
  expect(tip.burn_block_hash).not.toBe(before.burn_block_hash);
  for (const tx of mined) {
    const again = await get(`/extended/v1/tx/${tx.tx_id}`);
    const { canonical, tx_status, tx_result, block_height } = again;
    expect({ canonical, tx_status, tx_result, block_height }).toEqual({
      canonical: true,
      tx_status: tx.tx_status,
      tx_result: tx.tx_result,
      block_height: tx.block_height,
    });
    expect(again.block_hash).not.toBe(tx.block_hash);
  }
  for (const id of [parent.hash, before.hash, before.index_block_hash]) {
    expect(await get(`/extended/v2/blocks/${id}`)).toMatchObject({ canonical: false });
    expect(await countAt(id)).toBeNull();
  }
  expect((await logs()).filter((log: Reply) => log.tx_id === sent[0].tx_id)).toHaveLength(1);
  expect(await get(`/extended/v2/blocks/${tip.height}`)).toEqual(tip);
});

test("without them: events and nonces vanish, the transactions wait and are mined again", async () => {
  const [{ address }, before] = [node.client.wallet(1), await latest()];
  const [count, events] = [await countAt("latest"), await logs()];
  const { tx_id } = await bump(5);
  const first = (await node.client.mine(1)).reply;
  const tip = await reorganise({ depth: 1, keepTransactions: false, blocks: 3, burnBlocks: 2 });
  expect(tip.height).toBe(before.height + 3);
  expect(tip.burn_block_height).toBe(before.burn_block_height + 2);
  expect(await get(`/extended/v1/tx/${tx_id}`)).toMatchObject({ tx_status: "pending" });
  expect(await logs()).toEqual(events);
  expect(await countAt("latest")).toBe(count);
  expect((await get(`/v2/accounts/${address}`)).nonce).toBe(nonce - 1);
  await node.client.mine(1);
  const again = await get(`/extended/v1/tx/${tx_id}`);
  expect(again).toMatchObject({ tx_status: "success", canonical: true, block_height: tip.height + 1 });
  expect(again.block_hash).not.toBe(first.hash);
  expect(await countAt("latest")).toBe((count ?? 0) + 5);
});

test("gone by choice: the fallen transaction is dropped, and its nonce is free", async () => {
  const { tx_id } = await bump(7);
  await node.client.mine(1);
  await reorganise({ depth: 1, keepTransactions: false, fallenOut: "dropped", blocks: 0 });
  const dropped = { tx_status: "dropped_stale_garbage_collect" };
  expect(await get(`/extended/v1/tx/${tx_id}`)).toMatchObject(dropped);
  nonce -= 1;
  const other = await bump(1);
  await node.client.mine(1);
  expect(await get(`/extended/v1/tx/${other.tx_id}`)).toMatchObject({ tx_status: "success" });
  expect(await get(`/extended/v1/tx/${tx_id}`)).toMatchObject(dropped);
});

test("a reorganisation that the chain is too short for, or nonsense, is a 400 that says why", async () => {
  const tip = await latest();
  for (const [body, why] of [
    [{ depth: 100_000 }, "has only"],
    [{ depth: 0 }, "depth"],
    [{ depth: 1, keep: true }, "keep"],
    [{ depth: 1, blocks: -1 }, "blocks"],
  ] as const) {
    const { status, reply } = await node.client.post("/control/reorganise", body);
    expect([status, reply.message]).toEqual([400, expect.stringContaining(why)]);
  }
  expect(await latest()).toEqual(tip);
});

test("reads at any block see what was there: values, maps, balances, nonces, heights", async () => {
  const { client } = node;
  const [address, name] = client.probe.split(".");
  const { address: owner } = client.wallet(1);
  const seen: { block: Reply; count: number | null; account: Reply }[] = [];
  for (let n = 0; n < 3; n += 1) {
    await bump(10);
    const block = (await client.mine(1)).reply;
    seen.push({ block, count: await countAt("latest"), account: await get(`/v2/accounts/${owner}`) });
    await client.mine(1, 1);
  }
  const tip = await latest();
  for (const { block, count, account } of [...seen, ...seen].reverse()) {
    expect(await countAt(block.index_block_hash)).toBe(count);
    expect(await get(`/v2/accounts/${owner}?tip=${block.hash.slice(2)}`)).toEqual(account);
    const route = `/v2/map_entry/${address}/${name}/notes?tip=${block.hash}`;
    const entry = (key: number) => client.post(route, cvToHex(Cl.uint(key)));
    expect((await entry(count ?? 0)).reply.data).not.toBe("0x09");
    expect((await entry((count ?? 0) + 10)).reply.data).toBe("0x09");
  }
  expect(new Set(seen.map(({ count }) => count)).size).toBe(3);
  expect(await countAt("ab".repeat(32))).toBeNull();
  expect(await latest()).toEqual(tip);
  expect(await countAt("latest")).toBe(seen[2]?.count);
});

test("waiting transactions can be dropped, and time moved on", async () => {
  const { tx_id } = await bump(3);
  expect((await node.client.post("/control/drop", { txid: tx_id })).status).toBe(200);
  expect(await get(`/extended/v1/tx/${tx_id}`)).toMatchObject({ tx_status: "dropped_stale_garbage_collect" });
  expect((await node.client.post("/control/drop", { txid: tx_id })).status).toBe(404);
  expect((await node.client.post("/control/drop", { txid: "0x12" })).status).toBe(400);
  nonce -= 1;
  const before = await latest();
  const { reply: after } = await node.client.post("/control/advance", { seconds: 6_000 });
  expect(after.block_time).toBe(before.block_time + 6_000);
  expect(after.burn_block_height).toBe(before.burn_block_height + 10);
  const sent = await bump(1);
  const { reply: tip } = await node.client.mine(1);
  expect(tip.block_time).toBe(after.block_time);
  const { events } = await get(`/extended/v1/tx/${sent.tx_id}`);
  expect(events[0].contract_log.value.repr).toContain(`(time u${tip.block_time})`);
  expect((await node.client.post("/control/advance", { seconds: 0 })).reply.message).toContain("seconds");
});

test("a restart brings the same chain, the abandoned blocks, and the clock", async () => {
  const tip = await latest();
  const page = await get("/extended/v2/blocks?limit=30");
  const { hash } = page.results[4];
  await reorganise({ depth: 6 });
  const { results } = await get("/extended/v2/blocks?limit=30");
  const [count, events] = [await countAt("latest"), await logs()];
  const { stateDir, client } = node;
  await node.close();
  expect(lines).toEqual([]);
  node = await start(stateDir);
  node.client.probe = client.probe;
  expect(lines[0]).toMatch(/replays its chain: 0 of \d+ entries/);
  expect((await get("/extended/v2/blocks?limit=30")).results).toEqual(results);
  expect(await get(`/extended/v2/blocks/${hash}`)).toMatchObject({ hash, canonical: false });
  expect([await countAt("latest"), await logs()]).toEqual([count, events]);
  clock += 1_000;
  expect((await node.client.mine(1)).reply.block_time).toBe(tip.block_time + 1);
});
