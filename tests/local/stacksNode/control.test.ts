/** What tests may do to a node: faults of its answers that come where they were asked for and nowhere else; and that
 * two nodes that are told the same are the same, byte by byte. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { Cl, cvToHex, makeSTXTokenTransfer } from "@stacks/transactions";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Reply, startTestNode, type TestNode } from "./harness";

const GENESIS_MS = 1_800_000_000_000;
const startManual = () => startTestNode({ blockIntervalMs: 3_600_000, now: () => GENESIS_MS });

let node: TestNode;
beforeAll(async () => {
  node = await startTestNode();
});
afterAll(() => node.remove());
beforeEach(() => setFaults());

async function setFaults(...faults: object[]): Promise<void> {
  const { status, reply } = await node.client.post("/control/faults", { faults });
  if (status !== 200) throw new Error(reply.message);
}
const statusOf = async (route: string) => (await fetch(node.url + route)).status;

test("no page of a browser moves the chain or spoils its answers, whatever it sends", async () => {
  for (const route of ["advance", "mine", "drop", "reorganise", "faults"]) {
    const headers = { origin: "http://127.0.0.1:5173", "content-type": "text/plain" };
    const answer = await fetch(`${node.url}/control/${route}`, { method: "POST", headers, body: "{}" });
    expect([route, answer.status]).toEqual([route, 403]);
  }
});

test("a status for the next requests that match, then answers as ever; cleared at any time", async () => {
  const fault = { requests: "^GET /v2/info", fault: { kind: "status", status: 503 }, next: 2 };
  await setFaults(fault);
  const statuses = [];
  for (const route of ["/v2/info", "/extended", "/v2/info", "/v2/info"]) statuses.push(await statusOf(route));
  expect(statuses).toEqual([503, 200, 503, 200]);
  await setFaults(fault);
  await setFaults();
  expect(await statusOf("/v2/info")).toBe(200);
});

test("by a seed: the same requests are hit each time, not all and not none", async () => {
  const draw = async (seed: number) => {
    await setFaults({
      requests: "/v2/info",
      fault: { kind: "status", status: 500 },
      chance: 0.5,
      seed,
      next: 100,
    });
    const statuses = [];
    for (let n = 0; n < 20; n += 1) statuses.push(await statusOf("/v2/info"));
    return statuses;
  };
  const first = await draw(7);
  expect(new Set(first).size).toBe(2);
  expect(await draw(7)).toEqual(first);
  expect(await draw(8)).not.toEqual(first);
});

test("late, and cut off in the middle", async () => {
  await setFaults({ requests: "/v2/info", fault: { kind: "delay", ms: 300 } });
  const started = performance.now();
  expect(await statusOf("/v2/info")).toBe(200);
  expect(performance.now() - started).toBeGreaterThan(290);
  await setFaults({ requests: "/v2/info", fault: { kind: "cut" } });
  await expect(node.client.get("/v2/info")).rejects.toThrow();
  expect(await statusOf("/v2/info")).toBe(200);
});

test("out of date: the first answer again; twice: the request is carried out two times", async () => {
  await setFaults({ requests: "/blocks/latest", fault: { kind: "stale" }, next: 2 });
  const seen = [];
  for (let n = 0; n < 4; n += 1) {
    seen.push((await node.client.get("/extended/v2/blocks/latest")).height);
    await node.client.mine(1);
  }
  const [first = 0] = seen;
  expect(seen).toEqual([first, first, first, first + 3]);

  const [wallet, other] = [node.client.wallet(1), node.client.wallet(2).address];
  const base = { recipient: other, amount: 7n, fee: 300, nonce: 0, senderKey: wallet.privateKey };
  const transfer = await makeSTXTokenTransfer({ ...base, ...node.client.network });
  await setFaults({ requests: "^POST /v2/transactions", fault: { kind: "twice" } });
  // The first is mined at once, so that the second finds its nonce spent.
  expect(await node.client.broadcast(transfer)).toMatchObject({ reason: "BadNonce" });
  const mined = await node.client.get(`/extended/v1/tx/${transfer.txid()}`);
  expect(mined).toMatchObject({ tx_status: "success" });
});

test("a body that makes no sense is a 400 that says what is wrong", async () => {
  for (const [body, why] of [
    [{}, "faults"],
    [{ faults: [{ requests: "(", fault: { kind: "cut" } }] }, "regular expression"],
    [{ faults: [{ requests: "x", fault: { kind: "explode" } }] }, "kind"],
    [{ faults: [{ requests: "x", fault: { kind: "status", status: 200 } }] }, "status"],
    [{ faults: [{ requests: "x", fault: { kind: "cut" }, next: 0 }] }, "next"],
  ] as const) {
    const { status, reply } = await node.client.post("/control/faults", body);
    expect([status, reply.message]).toEqual([400, expect.stringContaining(why)]);
  }
});

test("without control there is none of it", async () => {
  const plain = await startTestNode({ control: false });
  for (const route of ["mine", "advance", "drop", "reorganise", "faults"]) {
    expect((await plain.client.post(`/control/${route}`)).status).toBe(404);
  }
  await plain.remove();
});

test("two nodes that are told the same have the same journal and give the same answers", async () => {
  const live = async () => {
    const twin = await startManual();
    const { client } = twin;
    await client.deployProbe();
    await client.mine(1, 1);
    const [wallet, other] = [client.wallet(1), Cl.principal(client.wallet(2).address)];
    await client.call(wallet, "bump", [Cl.uint(2)], { nonce: 0 });
    await client.call(wallet, "crash", [], { nonce: 1 });
    await client.call(wallet, "pay", [Cl.uint(9), other], { nonce: 2, postConditionMode: "deny" });
    const dropped = await client.call(client.wallet(2), "bump", [Cl.uint(1)], { nonce: 0 });
    await client.post("/control/drop", { txid: dropped.tx_id });
    await client.mine(1);
    await client.post("/control/advance", { seconds: 1_234 });
    await client.post("/control/reorganise", { depth: 3 });
    await client.call(wallet, "bump", [Cl.uint(1)], { nonce: 3 });
    await client.post("/control/reorganise", { depth: 2, keepTransactions: false, burnBlocks: 1, blocks: 3 });
    await client.mine(2, 2);
    const routes = [
      "/extended/v2/blocks?limit=30",
      `/extended/v1/contract/${client.probe}/events`,
      `/extended/v1/tx/${dropped.tx_id}`,
      `/v2/accounts/${wallet.address}`,
    ];
    const answers: Reply[] = await Promise.all(routes.map((route) => client.get(route)));
    const [address, name] = client.probe.split(".");
    const entry = await client.post(`/v2/map_entry/${address}/${name}/notes`, cvToHex(Cl.uint(3)));
    const journal = readFileSync(path.join(twin.stateDir, "chain.jsonl"), "utf8");
    await twin.remove();
    return { answers: [...answers, entry], journal };
  };
  const [one, two] = [await live(), await live()];
  expect(one.journal.split("\n").length).toBeGreaterThan(15);
  expect(two.journal).toBe(one.journal);
  expect(two.answers).toEqual(one.answers);
  expect(one.answers[1].results).toHaveLength(2);
});
