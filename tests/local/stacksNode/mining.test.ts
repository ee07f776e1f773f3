/** When blocks come, what time they have, and what the mempool does meanwhile: on a clock that the test moves. */
import { Cl } from "@stacks/transactions";
import { afterEach, expect, test } from "vitest";
import { decideBlock } from "../../../src/local/stacksNode/blockExecution";
import type { ClarityVm } from "../../../src/local/stacksNode/clarityVm";
import type { SignedTransaction } from "../../../src/local/stacksNode/signedTransaction";
import { type Reply, startTestNode, type TestNode } from "./harness";

const START_MS = 1_800_000_000_000;
const HOUR_S = 3600;

let clock = START_MS;
let node: TestNode | undefined;
afterEach(async () => {
  await node?.remove();
  node = undefined;
});

async function until<T>(look: () => Promise<T | false>): Promise<T> {
  for (let n = 0; n < 500; n += 1) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("Waited five seconds in vain.");
}

test("by interval: mined, then under a burn block; times are the clock's", async () => {
  clock = START_MS;
  node = await startTestNode({ blockIntervalMs: 200, now: () => clock });
  const { client } = node;
  const genesis = await client.get("/extended/v2/blocks/latest");
  expect(genesis.block_time).toBe(START_MS / 1000);
  const deployed = await client.deployProbe();
  expect(deployed).toMatchObject({ nonce: 0, tx_type: "smart_contract" });
  await until(async () => (await client.get(`/extended/v1/tx/${deployed.tx_id}`)).tx_status === "success");
  clock += 7_000;
  const sent = await client.call(client.wallet(1), "bump", [Cl.uint(1)]);
  const mined: Reply = await until(async () => {
    const tx = await client.get(`/extended/v1/tx/${sent.tx_id}`);
    return tx.tx_status === "success" && tx;
  });
  expect(mined.block_time).toBe(START_MS / 1000 + 7);
  expect(mined.events[0].contract_log.value.repr).toContain(`(time u${mined.block_time})`);
  const later = await until(async () => {
    const block = await client.get("/extended/v2/blocks/latest");
    return block.burn_block_height > mined.burn_block_height && block;
  });
  expect(later.height).toBeGreaterThan(mined.block_height);
  clock -= 60_000;
  await client.mine(1, 1);
  const { block_time: time } = await client.get("/extended/v2/blocks/latest");
  expect(time).toBe(mined.block_time);
});

test("what waits is pending until its block comes", async () => {
  clock = START_MS;
  node = await startTestNode({ blockIntervalMs: 3_600_000, now: () => clock });
  const { client } = node;
  const deployed = await client.deployProbe();
  expect(deployed).toMatchObject({ tx_status: "pending", nonce: 0, tx_type: "smart_contract" });
  await client.mine(1);
  expect(await client.get(`/extended/v1/tx/${deployed.tx_id}`)).toMatchObject({ tx_status: "success" });
});

test("an idle chain slows down, and catches up after a pause in as many blocks as Bitcoin's", async () => {
  clock = START_MS;
  node = await startTestNode({ blockIntervalMs: 5, now: () => clock });
  const { client } = node;
  const tip = () => client.get("/extended/v2/blocks/latest");
  await new Promise((resolve) => setTimeout(resolve, 400));
  const idle = await tip();
  expect(idle.height).toBeLessThan(25);
  clock += 50 * HOUR_S * 1000;
  const caught = await until(async () => {
    const block = await tip();
    return block.block_time === clock / 1000 && block;
  });
  expect(caught.burn_block_height - idle.burn_block_height).toBeGreaterThanOrEqual(300);
  expect(caught.burn_block_height - idle.burn_block_height).toBeLessThan(330);
});

test("restarted after a year: the same chain, then the present, in bounded work", async () => {
  clock = START_MS;
  const first = await startTestNode({ now: () => clock });
  await first.client.deployProbe();
  await first.client.call(first.client.wallet(1), "bump", [Cl.uint(4)]);
  await first.client.call(first.client.wallet(1), "refuse");
  await first.client.call(first.client.wallet(1), "crash");
  await first.client.call(first.client.wallet(1), "pay", [Cl.uint(9), Cl.principal(first.client.wallet(2).address)]);
  const queued = await first.client.call(first.client.wallet(1), "bump", [Cl.uint(1)], { nonce: 5 });
  await first.client.mine(2, 3);
  const before: Reply[] = (await first.client.get("/extended/v2/blocks?limit=30")).results;
  const transactions = await first.client.get(`/extended/v2/blocks/${before[5].height}/transactions`);
  const balance = await first.client.stxBalance(first.client.wallet(1).address);
  await first.close();

  clock += 365 * 24 * HOUR_S * 1000;
  node = await startTestNode({ now: () => clock, stateDir: first.stateDir });
  const { client } = node;
  client.probe = first.client.probe;
  for (const block of before) expect(await client.get(`/extended/v2/blocks/${block.hash}`)).toEqual(block);
  expect(await client.get(`/extended/v2/blocks/${before[5].height}/transactions`)).toEqual(transactions);
  expect(await client.stxBalance(client.wallet(1).address)).toBe(balance);
  const stale = { ...queued, tx_status: "dropped_stale_garbage_collect" };
  expect(await client.get(`/extended/v1/tx/${queued.tx_id}`)).toEqual(stale);
  const present = await client.get("/extended/v2/blocks/latest");
  expect(present.height - before[0].height).toBeLessThanOrEqual(1001);
  expect(clock / 1000 - present.block_time).toBeLessThan(1001);
  // The gap at nonce 4 closes, but what waited behind it has waited too long.
  const last = await client.call(client.wallet(1), "bump", [Cl.uint(1)], { nonce: 4 });
  expect(last.block_time).toBe(clock / 1000);
  expect(await client.get(`/extended/v1/tx/${queued.tx_id}`)).toEqual(stale);
});

test("the mempool: a higher fee replaces, the same bytes are welcome, a payer who can't pay is dropped", async () => {
  node = await startTestNode({ blockIntervalMs: 3_600_000 });
  const { client } = node;
  await client.deployProbe();
  await client.mine(1);
  const wallet = client.wallet(1);
  const bump = (nonce: number, fee: number) => client.sign(wallet, "bump", [Cl.uint(1)], { nonce, fee });
  const low = await bump(0, 1000);
  await client.send(low);
  await client.send(low);
  expect(await client.broadcast(await bump(0, 999))).toMatchObject({ reason: "ConflictingNonceInMempool" });
  const high = await client.send(await bump(0, 1001));
  expect(await client.get(`/extended/v1/tx/${low.txid()}`)).toMatchObject({ tx_status: "dropped_replace_by_fee" });
  for (let nonce = 1; nonce <= 25; nonce += 1) await client.send(await bump(nonce, 1000));
  expect(await client.broadcast(await bump(27, 1000))).toMatchObject({ reason: "TooMuchChaining" });
  await client.mine(1);
  expect(await client.get(`/extended/v1/tx/${high.tx_id}`)).toMatchObject({ tx_status: "success" });
  expect((await client.get(`/extended/v2/blocks/latest`)).tx_count).toBe(26);

  // Both are fine when they arrive, but the first leaves nothing for the second's fee.
  const to = Cl.principal(client.wallet(2).address);
  const all = (await client.stxBalance(wallet.address)) - 1500n;
  await client.call(wallet, "pay", [Cl.uint(all), to], { nonce: 26, postConditionMode: "allow" });
  const broke = await client.send(await bump(27, 1000));
  await client.mine(1);
  expect((await client.get("/extended/v2/blocks/latest")).tx_count).toBe(1);
  expect(await client.get(`/extended/v1/tx/${broke.tx_id}`)).toMatchObject({ tx_status: "dropped_problematic" });
});

test("a VM that fails at no transaction in particular stops the block, instead of being asked for ever", () => {
  let blocks = 0;
  const broken = {
    mineBlock() {
      blocks += 1;
      throw new Error("out of memory");
    },
  } as unknown as ClarityVm;
  const transaction = { fee: 1n, payload: { kind: "token_transfer", amount: 1n } };
  const waiting = [transaction, transaction] as unknown as SignedTransaction[];
  expect(() => decideBlock(broken, () => {}, waiting, 1)).toThrow("at no transaction of it: Error: out of memory");
  expect(blocks).toBeLessThan(10);
});
