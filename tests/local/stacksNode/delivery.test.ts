/** The web hook: every block of the contract in order, forks taken back, again until it is answered, on after a restart. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Cl } from "@stacks/transactions";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { newStateDir, type Reply, startTestNode, type TestNode } from "./harness";

interface Told {
  body: Reply;
  authorization: string | undefined;
}

let hook: Server;
let told: Told[] = [];
/** Statuses for the next messages; 200 when there is none. */
let answers: number[] = [];
let node: TestNode;
const contractId = "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM.probe";
const stateDir = newStateDir();

const startNode = () => {
  const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/hook`;
  return startTestNode({ stateDir, blockIntervalMs: 3_600_000, delivery: { url, secret: "s3cret", contractId } });
};

beforeAll(async () => {
  hook = createServer(async (request, response) => {
    // A node that is stopped while it tells does so again.
    const body = await text(request).catch(() => null);
    if (body === null) return;
    told.push({ body: JSON.parse(body), authorization: request.headers.authorization });
    response.writeHead(answers.shift() ?? 200).end();
  });
  await new Promise<void>((resolve) => hook.listen(0, "127.0.0.1", resolve));
  node = await startNode();
  await node.client.deployProbe();
  await node.client.mine(1);
});
afterAll(async () => {
  await node.remove();
  hook.close();
});
beforeEach(() => {
  told = [];
});

async function until(isSo: () => boolean): Promise<void> {
  for (let n = 0; !isSo(); n += 1) {
    if (n > 3_000) throw new Error(`Waited in vain; told: ${JSON.stringify(told)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

let nonce = 0;
const bump = () => node.client.call(node.client.wallet(1), "bump", [Cl.uint(1)], { nonce: nonce++ });
const heights = (list: Reply[]) => list.map((block) => block.block_identifier.index);

test("a block with events of the contract is told as Chainhooks tell it; others are not", async () => {
  expect(node.client.probe).toBe(contractId);
  const sent = await bump();
  const refused = await node.client.call(node.client.wallet(2), "refuse", [], { nonce: 0 });
  const block = (await node.client.mine(1)).reply;
  await node.client.mine(2, 2);
  await until(() => told.length > 0);
  const [{ body, authorization }] = told as [Told];
  expect(authorization).toBe("Bearer s3cret");
  expect(body.chainhook).toEqual({ name: contractId, uuid: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  expect(body.event).toMatchObject({ chain: "stacks", network: "testnet", rollback: [] });
  const [applied] = body.event.apply;
  expect(applied).toMatchObject({
    timestamp: block.block_time,
    block_identifier: { index: block.height, hash: block.index_block_hash },
    parent_block_identifier: { index: block.height - 1, hash: block.parent_index_block_hash },
    metadata: { canonical: true, burn_block_identifier: { index: block.burn_block_height } },
  });
  expect(applied.transactions).toHaveLength(1);
  const [tx] = applied.transactions;
  expect(tx.transaction_identifier.hash).toBe(sent.tx_id);
  expect(tx.metadata).toMatchObject({ status: "success", type: "contract_call", result: { repr: "(ok u1)" } });
  expect(tx.operations.map(({ type }: Reply) => type)).toEqual(["fee", "contract_call", "contract_log"]);
  const { events } = await node.client.get(`/extended/v1/tx/${sent.tx_id}`);
  const { contract_id: contract_identifier, value } = events[0].contract_log;
  expect(tx.operations[2]).toMatchObject({
    metadata: { contract_identifier, topic: "print", value: value.hex },
    operation_identifier: { index: 2 },
  });
  expect(JSON.stringify(told)).not.toContain(refused.tx_id);
});

test("refused: the same again, in order, while blocks go on being mined", async () => {
  answers = [500, 302, 404];
  const blocks = [];
  for (let n = 0; n < 3; n += 1) {
    await bump();
    blocks.push((await node.client.mine(1)).reply.height);
  }
  await until(() => told.length >= 6);
  expect(told.map(({ body }) => heights(body.event.apply))).toEqual(
    [blocks[0], blocks[0], blocks[0], ...blocks].map((height) => [height]),
  );
});

test("a reorganisation is told: what is taken back, newest first, as it was; then what came instead", async () => {
  const sent = [await bump()];
  const first = (await node.client.mine(1)).reply;
  sent.push(await bump());
  const second = (await node.client.mine(1)).reply;
  await until(() => told.length === 2);
  await node.client.post("/control/reorganise", { depth: 2 });
  await until(() => told.length === 5);
  const [back, ...again] = told.slice(2).map(({ body }) => body.event);
  expect(back.apply).toEqual([]);
  expect(back.rollback.map((block: Reply) => block.block_identifier.hash)).toEqual([
    second.index_block_hash,
    first.index_block_hash,
  ]);
  expect(back.rollback[0]).toMatchObject({
    metadata: { canonical: false },
    transactions: [{ transaction_identifier: { hash: sent[1]?.tx_id }, metadata: { canonical: false } }],
  });
  expect(again.flatMap(({ apply }) => heights(apply))).toEqual([first.height, second.height]);
  expect(again[0].apply[0].block_identifier.hash).not.toBe(first.index_block_hash);
});

test("after a restart it goes on where it stood, also across a fork that it was not told of", async () => {
  await bump();
  const before = (await node.client.mine(1)).reply;
  await until(() => told.length === 1);
  answers = Array.from({ length: 100 }, () => 503);
  await node.client.post("/control/reorganise", { depth: 1 });
  await bump();
  const last = (await node.client.mine(1)).reply;
  await node.close();
  told = [];
  answers = [];
  const { probe } = node.client;
  node = await startNode();
  node.client.probe = probe;
  await until(() => told.length === 3);
  const events = told.map(({ body }) => body.event);
  expect(events.map(({ rollback }) => heights(rollback))).toEqual([[before.height], [], []]);
  expect(events.map(({ apply }) => heights(apply))).toEqual([[], [before.height], [last.height]]);
});
