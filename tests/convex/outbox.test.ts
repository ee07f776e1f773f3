import { beforeEach, expect, test, vi } from "vitest";
import { internal } from "../../convex/_generated/api";
import { submit } from "../../convex/outbox/model";
import type { ServiceCall } from "../../src/domain/outbox";
import { contracts } from "../../src/stacks/bindings";
import { localDeployment } from "../../src/stacks/deployment";
import { serviceAddress } from "../../src/stacks/serviceCalls";
import { type Backend, DEPLOYER, openBackend } from "./backend";
import { testEnvironment } from "./environment";
import { operatorsTold } from "./operatorsTold";
import { crashed, outboxTurn } from "./outboxTurn";
import { PaperNode } from "./paperNode";

let backend: Backend;
let node: PaperNode;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.spyOn(console, "warn").mockImplementation(() => {});
  backend = await openBackend();
  node = new PaperNode(serviceAddress(localDeployment(DEPLOYER), testEnvironment.SERVICE_PRIVATE_KEY));
});

const turn = (ends?: Parameters<typeof outboxTurn>[2]) => outboxTurn(backend, node, ends);
const ask = (key: string, call: ServiceCall) => backend.run((ctx) => submit(ctx, { key, call }));
const revoke = (id: bigint) => ask(`revoke:${id}`, { kind: "revoke", authorizationId: id });
const lock = (id: bigint, amount: bigint) =>
  ask(`lock:${id}:${amount}`, { kind: "lock", token: "STX", policyId: id, amount });
const release = (id: bigint) => ask(`release:${id}`, { kind: "release", token: "STX", policyId: id });
const settle = (id: bigint, amount: bigint) =>
  ask(`settle:${id}`, { kind: "settle", token: "STX", policyId: id, amount });
const calls = () => backend.run((ctx) => ctx.db.query("outboxCalls").take(1_000));
const statuses = async () => Object.fromEntries((await calls()).map(({ key, status }) => [key, status]));
const transactions = () => backend.run((ctx) => ctx.db.query("outboxTransactions").take(1_000));
const loop = () => backend.run((ctx) => ctx.db.query("outboxLoop").unique());
const list = () => backend.query(internal.outbox.control.list, {});
const by = { actor: "Ada", reason: "a test" };

/** Turns and blocks until nothing waits and nothing is watched. */
async function finish() {
  for (let n = 0; n < 60; n += 1) {
    await turn();
    if ((await loop())?.dueAt === null) return;
    node.mine();
  }
  return expect.fail(`The outbox does not come to rest: ${JSON.stringify(await statuses())}`);
}

test("a key asks once; another call under it is a bug and changes nothing", async () => {
  const call = { kind: "revoke", authorizationId: 9n } as const;
  for (let n = 0; n < 2; n += 1) await ask("revoke:9", call);
  await expect(ask("revoke:9", { ...call, authorizationId: 8n })).rejects.toThrow(
    "another call under the key revoke:9",
  );
  expect(await calls()).toMatchObject([{ key: "revoke:9", call, queue: "revoke", status: "waiting", batchLimit: 50 }]);
});

test("a call is signed and stored before it is sent, watched in its block, and done when that is final", async () => {
  await revoke(7n);
  await turn("before the broadcast");
  expect(node.handedOver).toEqual([]);
  expect(await transactions()).toMatchObject([{ nonce: 0, status: "open", payload: { authorizationId: 7n } }]);
  await turn();
  expect(node.handedOver).toHaveLength(1);
  node.mine();
  await turn();
  expect(await transactions()).toMatchObject([{ status: "included" }]);
  expect(await statuses()).toEqual({ "revoke:7": "sent" });
  node.mine(2);
  await turn();
  expect(await transactions()).toMatchObject([{ status: "confirmed" }]);
  expect(await statuses()).toEqual({ "revoke:7": "done" });
  expect(node.state.effects).toEqual(["revoke 7"]);
  expect((await loop())?.dueAt).toBeNull();
});

test("at most 20 are on their way; the others follow as blocks take those, each once and in order", async () => {
  for (let id = 1n; id <= 45n; id += 1n) await revoke(id);
  await turn();
  await turn();
  expect(node.mempool.size).toBe(20);
  await finish();
  expect(node.state.effects).toEqual(Array.from({ length: 45 }, (_, n) => `revoke ${n + 1}`));
  expect(new Set(Object.values(await statuses()))).toEqual(new Set(["done"]));
  expect((await list()).nextNonce).toBe(45);
});

test("many that are final at one look are settled over several turns, at once, before anything new is sent", async () => {
  for (let id = 1n; id <= 25n; id += 1n) await revoke(id);
  await turn();
  await turn();
  node.mine(3);
  const done = async () => (await calls()).filter(({ status }) => status === "done").length;
  const due = async () => ((await loop())?.dueAt ?? Number.POSITIVE_INFINITY) <= Date.now();
  await turn();
  expect([await done(), await due(), (await transactions()).length]).toEqual([10, true, 20]);
  await turn();
  expect([await done(), await due(), (await transactions()).length]).toEqual([20, true, 25]);
  await finish();
  expect([await done(), (await loop())?.dueAt]).toEqual([25, null]);
  expect(node.state.effects).toHaveLength(25);
});

test("whatever dies between two steps, the same bytes are sent again under the same nonce", async () => {
  for (let id = 1n; id <= 3n; id += 1n) await revoke(id);
  for (const ends of ["before the broadcast", "after one broadcast", "before the replies"] as const) {
    await turn(ends);
    await crashed(backend);
  }
  await finish();
  expect(node.state.effects).toEqual(["revoke 1", "revoke 2", "revoke 3"]);
  const ids = new Map<number, Set<string>>();
  for (const { nonce, txId } of node.handedOver) ids.set(nonce, (ids.get(nonce) ?? new Set()).add(txId));
  expect([...ids.values()].map((set) => set.size)).toEqual([1, 1, 1]);
});

test("locks of one token share a transaction; of two raises of one policy the larger stands", async () => {
  for (let id = 1n; id <= 4n; id += 1n) node.policies.set(id, { lock: 10n, coverage: 100n });
  for (let id = 1n; id <= 4n; id += 1n) await lock(id, 20n + id);
  await lock(2n, 50n);
  await lock(2n, 30n);
  await finish();
  expect(node.state.effects.sort()).toEqual(["lock 1 21", "lock 2 50", "lock 3 23", "lock 4 24"]);
  expect(await transactions()).toHaveLength(1);
});

test("one bad call in a batch of 50 is found by halves, and fails with the vault's error by name", async () => {
  for (let id = 1n; id <= 50n; id += 1n) {
    if (id !== 23n) node.policies.set(id, { lock: 10n, coverage: 100n });
    await release(id);
  }
  await lock(50n, 101n);
  await finish();
  const { "release:23": bad, "lock:50:101": tooMuch, ...others } = await statuses();
  // What is over already is as it was asked to be; what can't be is an alarm.
  expect([bad, tooMuch]).toEqual(["done", "failed"]);
  expect(await operatorsTold(backend)).toEqual(["outbox.failed"]);
  expect(new Set(Object.values(others))).toEqual(new Set(["done"]));
  expect(node.state.effects).toHaveLength(49);
  expect((await list()).failed).toMatchObject([
    { key: "lock:50:101", outcome: "abort_by_response: errLockExceedsCoverage (u219)" },
  ]);
  expect((await transactions()).length).toBeLessThanOrEqual(16);
});

test("a settlement waits for the lock that makes room for it, and a release for the settlement", async () => {
  node.policies.set(5n, { lock: 10n, coverage: 100n });
  await lock(5n, 60n);
  await settle(5n, 60n);
  await release(5n);
  await turn();
  expect(node.mempool.size).toBe(1);
  await finish();
  expect(node.state.effects).toEqual(["lock 5 60", "settle 5 60"]);
  expect(await statuses()).toEqual({ "lock:5:60": "done", "settle:5": "done", "release:5": "done" });
});

test("settlements leave in their order while the bucket has room, and releases do not wait for them", async () => {
  for (const id of [1n, 2n, 3n, 4n]) node.policies.set(id, { lock: 100n, coverage: 100n });
  node.room = 150n;
  for (const id of [1n, 2n, 3n]) await settle(id, id === 3n ? 10n : 100n);
  await release(4n);
  await turn();
  await turn();
  expect([...node.mempool.values()].map(({ functionName }) => functionName)).toEqual([
    contracts.liquidityVault.functions.settlePolicy.name,
    contracts.liquidityVault.functions.releaseCollateralAggregate.name,
  ]);
  expect(await statuses()).toMatchObject({ "settle:1": "sent", "settle:2": "waiting", "settle:3": "waiting" });
  node.mine(3);
  node.room = 50n;
  await turn();
  expect(await statuses()).toMatchObject({ "settle:1": "done", "settle:2": "waiting", "settle:3": "waiting" });
  node.room = 150n;
  await finish();
  expect(node.state.effects.filter((effect) => effect.startsWith("settle"))).toEqual([
    "settle 1 100",
    "settle 2 100",
    "settle 3 10",
  ]);
});

test("the breaker stops settlements only, the vault's pause too", async () => {
  for (const id of [1n, 2n]) node.policies.set(id, { lock: 100n, coverage: 100n });
  await settle(1n, 10n);
  await release(2n);
  await backend.mutation(internal.breakers.control.tripBreaker, { capability: "settle", ...by });
  await turn();
  expect(await statuses()).toEqual({ "settle:1": "waiting", "release:2": "sent" });
  await backend.mutation(internal.breakers.control.resetBreaker, { capability: "settle", ...by });
  node.paused = true;
  await turn();
  expect(await statuses()).toMatchObject({ "settle:1": "waiting" });
  node.paused = false;
  await finish();
  expect(node.state.effects).toEqual(["release 2", "settle 1 10"]);
});

test("after a restore nothing is signed, and what was signed before is watched", async () => {
  await revoke(1n);
  await turn();
  await backend.mutation(internal.breakers.restore.begin, { ...by, signedUpTo: 1_800_000_000 });
  await revoke(2n);
  node.mine(3);
  await turn();
  expect(await statuses()).toEqual({ "revoke:1": "done", "revoke:2": "waiting" });
  expect(node.handedOver).toHaveLength(1);
});
