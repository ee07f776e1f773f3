/** The outbox on the real local stack, with a node that answers badly and a chain that takes things back. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OutboxStack, revocations, startOutboxStack } from "./outboxStack";

let outbox: OutboxStack;
beforeAll(async () => {
  outbox = await startOutboxStack();
});
afterAll(() => outbox?.close());

const range = (from: number, length: number) => Array.from({ length }, (_, n) => BigInt(from + n));
const once = (ids: bigint[]) => new Map(ids.map((id) => [id, 1]));

/** Of these ids, how often each was revoked. */
async function timesOf(ids: bigint[]) {
  const all = await revocations(outbox);
  return new Map(ids.flatMap((id) => (all.has(id) ? [[id, all.get(id) as number]] : [])));
}

/** No call was sent under two nonces, and none had no effect. */
async function expectNoneInVain() {
  const sent = await outbox.chain.sentBy(outbox.service.address);
  expect(sent.filter(({ tx_status }) => tx_status !== "success")).toEqual([]);
  expect(new Set(sent.map(({ nonce }) => nonce)).size).toBe(sent.length);
}

test("30 revocations happen once each, in 30 transactions, and then nothing is done any more", async () => {
  const ids = range(1, 30);
  await Promise.all(ids.map((id) => outbox.admin.revoke(id)));
  await outbox.admin.atRest();
  expect(await timesOf(ids)).toEqual(once(ids));
  await expectNoneInVain();
  expect((await outbox.chain.sentBy(outbox.service.address)).length).toBe(30);
  expect((await outbox.admin.list()).nextNonce).toBe(30);
});

test("broadcasts that fail, are cut off after the node took them, come twice or late; answers that are stale", async () => {
  const ids = range(100, 20);
  const broadcasts = "^POST /v2/transactions";
  const reads = "^GET /(extended/v1/tx|v2/accounts)";
  await outbox.chain.control("faults", {
    faults: [
      { requests: broadcasts, fault: { kind: "cut" }, chance: 0.2, seed: 1, next: 6 },
      { requests: broadcasts, fault: { kind: "status", status: 503 }, chance: 0.2, seed: 2, next: 6 },
      { requests: broadcasts, fault: { kind: "twice" }, chance: 0.3, seed: 3, next: 6 },
      { requests: reads, fault: { kind: "stale" }, chance: 0.3, seed: 4, next: 6 },
      { requests: reads, fault: { kind: "status", status: 500 }, chance: 0.1, seed: 5, next: 6 },
      { requests: reads, fault: { kind: "delay", ms: 700 }, chance: 0.1, seed: 6, next: 6 },
    ],
  });
  await Promise.all(ids.map((id) => outbox.admin.revoke(id)));
  await outbox.admin.atRest();
  await outbox.chain.control("faults", { faults: [] });
  expect(await timesOf(ids)).toEqual(once(ids));
  await expectNoneInVain();
});

test("reorganisations under way: what falls out, or is dropped with it, is sent again", async () => {
  const ids = range(200, 20);
  await Promise.all(ids.map((id) => outbox.admin.revoke(id)));
  let round = 0;
  await outbox.admin.atRest(async () => {
    round += 1;
    if (round > 8 || round % 2 === 0) return;
    // No deeper than what may still be taken back: a burn block and its two blocks.
    await outbox.chain.control("reorganise", {
      depth: 1,
      keepTransactions: false,
      fallenOut: round % 4 === 1 ? "pending" : "dropped",
    });
    const [waiting] = await outbox.chain.waiting(outbox.service.address);
    if (waiting) await outbox.chain.control("drop", { txid: waiting.tx_id }).catch(() => {});
  });
  expect(await timesOf(ids)).toEqual(once(ids));
  await expectNoneInVain();
});

test("somebody else uses the key: the lane moves on, and what lost its nonce is sent under another", async () => {
  const ids = range(300, 10);
  const [to] = outbox.stack.wallets;
  const spend = () =>
    outbox.client.transferStx({ name: "service", ...outbox.service }, to?.address ?? "", 1n).catch(() => null);
  await spend();
  await Promise.all(ids.slice(0, 5).map((id) => outbox.admin.revoke(id)));
  await spend();
  await Promise.all(ids.slice(5).map((id) => outbox.admin.revoke(id)));
  await spend();
  await outbox.admin.atRest();
  expect(await timesOf(ids)).toEqual(once(ids));
  await expectNoneInVain();
});
