/** Looks at a real node whose chain grows and turns, by somebody who keeps books as naively as possible. */
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ChainClient } from "../../src/local/chainClient";
import { launchVault } from "../../src/local/launch";
import { stacksApi } from "../../src/stacks/api";
import { DeepReorganisation } from "../../src/stacks/canonical";
import { localDeployment, vaultCalls } from "../../src/stacks/deployment";
import { startTestNode, type TestNode } from "../local/stacksNode/harness";
import { digest, Follower } from "./follower";

const FINALITY = 3;

let node: TestNode;
let deployment: ReturnType<typeof localDeployment>;
/** Told of each request before it is sent. */
let onRequest: (path: string) => Promise<unknown>;
let asked: string[];

const fetcher: typeof fetch = async (url, init) => {
  const path = String(url).slice(node.url.length);
  asked.push(path);
  await onRequest(path);
  return fetch(url, init);
};

beforeAll(async () => {
  node = await startTestNode();
  const { wallets } = node.client;
  const [admin, ...funded] = wallets.filter(({ name }) => name !== "faucet");
  const service = wallets.find(({ name }) => name === "faucet");
  if (!admin || !service) throw new Error("no wallets");
  deployment = localDeployment(admin.address);
  const authoriserPrivateKey = `${"1".repeat(64)}01`;
  await launchVault(new ChainClient(node.url), deployment, {
    admin,
    authoriserPrivateKey,
    service: service.address,
    funded,
  });
});

beforeEach(() => {
  asked = [];
  onRequest = async () => {};
});

afterAll(() => node.remove());

async function deposit(amount: number): Promise<void> {
  const call = vaultCalls(deployment).depositFunds({ amount, token: null, reference: 0 });
  const depositor = node.client.wallets.find(({ name }) => name === "wallet_1") ?? node.client.wallet(1);
  await new ChainClient(node.url).call(depositor, call, { postConditionMode: "allow" });
}

async function reorganise(depth: number, wish: object = {}): Promise<void> {
  expect((await node.client.post("/control/reorganise", { depth, ...wish })).status).toBe(200);
}

const newFollower = () => new Follower({ api: stacksApi(node.url, { fetcher }), deployment, finality: FINALITY });

/** What the chain holds now, read from its beginning without any of the above. */
async function fresh(): Promise<string[]> {
  const follower = newFollower();
  await follower.catchUp();
  return follower.seen();
}

/** The vault's prints in the order in which the node lists them, oldest first. */
async function listed(): Promise<string[]> {
  const ids: string[] = [];
  for (let offset = 0; ; offset += 50) {
    const route = `/extended/v1/contract/${deployment.vaultContract}/events?limit=50&offset=${offset}`;
    const { results } = await node.client.get(route);
    ids.push(...results.map(({ tx_id }: { tx_id: string }) => tx_id));
    if (results.length < 50) return ids.reverse();
  }
}

test("a look asks for what is new alone, however much waits", async () => {
  for (let n = 1; n <= 5; n += 1) await deposit(n);
  const follower = newFollower();
  await follower.catchUp();
  expect(follower.pending.length).toBeGreaterThan(1);
  expect(follower.seen().map((line) => line.split(" ")[1])).toEqual(await listed());
  await deposit(6);
  asked = [];
  const seen = await follower.look();
  expect(seen).toMatchObject({ kind: "seen", observation: { events: [{ event: { kind: "deposit", amount: 6n } }] } });
  expect(asked.length).toBeLessThanOrEqual(10);
  expect(asked.filter((path) => path.includes("/tx/multiple"))).toHaveLength(1);
  await node.client.mine(1);
  asked = [];
  expect(await follower.look()).toMatchObject({ observation: { events: [] } });
  expect(asked.length).toBeLessThanOrEqual(6);
});

test("what a fork left out is found by its block, and what it holds instead is read", async () => {
  const follower = newFollower();
  await follower.catchUp();
  await deposit(11);
  await deposit(12);
  await follower.catchUp();
  const before = follower.seen();
  await reorganise(2, { keepTransactions: false, fallenOut: "dropped" });
  await node.client.mine(1, 1);
  const { after } = await follower.catchUp();
  expect(follower.seen()).toEqual(before.slice(0, Number(after)));
  expect(follower.seen().length).toBeLessThan(before.length);
  expect(follower.seen()).toEqual(await fresh());
  await deposit(13);
  await follower.catchUp();
  expect(follower.pending.at(-1)?.event).toMatchObject({ amount: 13n });
});

test("a fork below the final block is not followed: both hashes are named", async () => {
  await deposit(21);
  await node.client.mine(1, FINALITY);
  const follower = newFollower();
  const { tip, final } = await follower.catchUp();
  if (!final) throw new Error("nothing is final");
  await reorganise(tip.height - final.height + 1);
  await node.client.mine(1, 1);
  const before = follower.seen();
  const { hash } = await node.client.get(`/extended/v2/blocks/${final.height}`);
  const looked = follower.look();
  await expect(looked).rejects.toThrow(DeepReorganisation);
  await expect(looked).rejects.toThrow(`block ${final.height} was final as ${final.hash}`);
  await expect(looked).rejects.toThrow(`has ${hash} there`);
  expect(follower.seen()).toEqual(before);
  expect(hash).not.toBe(final.hash);
});

test("a node that is behind is not believed, though it be asked for ever", async () => {
  const follower = newFollower();
  const { tip } = await follower.catchUp();
  follower.tip = { ...tip, height: tip.height + 1 };
  expect(await follower.look()).toEqual({ kind: "behind" });
  follower.tip = { ...tip, height: 1, burnHeight: tip.burnHeight + 1 };
  expect(await follower.look()).toEqual({ kind: "behind" });
  // A fork with more burn blocks may have fewer blocks.
  follower.tip = { ...tip, height: tip.height + 100, burnHeight: tip.burnHeight - 1 };
  expect(await follower.look()).toMatchObject({ kind: "seen" });
});

test.each(["/extended/v1/contract/", "/extended/v1/tx/multiple"])(
  "a look during which the chain turns is thrown away (at %s), and the next one is right",
  async (moment) => {
    const follower = newFollower();
    await follower.catchUp();
    await deposit(31);
    await deposit(32);
    onRequest = async (path) => {
      if (!path.startsWith(moment)) return;
      onRequest = async () => {};
      await reorganise(4, { fallenOut: "dropped", keepTransactions: false });
      await node.client.mine(3, 3);
    };
    const before = follower.seen();
    await expect(follower.look()).rejects.toThrow(/changed during the look|not shown yet/);
    expect(follower.seen()).toEqual(before);
    await follower.catchUp();
    expect(follower.seen()).toEqual(await fresh());
  },
);

test("whatever the chain does within finality, looks end where a reader without a memory does", async () => {
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant("deposits" as const), count: fc.integer({ min: 1, max: 4 }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("mine" as const), burn: fc.integer({ min: 0, max: 2 }) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("reorganise" as const),
        depth: fc.integer({ min: 1, max: 5 }),
        keepTransactions: fc.boolean(),
        fallenOut: fc.constantFrom("pending" as const, "dropped" as const),
      }),
    },
    { weight: 4, arbitrary: fc.constant({ kind: "look" as const }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 10 }), async (steps) => {
      const follower = newFollower();
      await follower.catchUp();
      for (const one of steps) {
        if (one.kind === "deposits") for (let n = 0; n < one.count; n += 1) await deposit(1_000 + n);
        if (one.kind === "mine") await node.client.mine(1, one.burn);
        if (one.kind === "look") await follower.catchUp();
        if (one.kind === "reorganise") {
          const { depth, kind, ...wish } = one;
          const tip = await node.client.get("/extended/v2/blocks/latest");
          const deepest = tip.height - (follower.finalBlock?.height ?? tip.height);
          if (deepest > 0) await reorganise(Math.min(depth, deepest), wish);
        }
      }
      const booked = follower.final.map(digest);
      // What a fork left waiting is mined first, so that all of it is final after that.
      await node.client.mine(1, 1);
      await node.client.mine(1, FINALITY + 1);
      await follower.catchUp();
      expect(follower.seen()).toEqual(await fresh());
      expect(follower.final.map(digest).slice(0, booked.length)).toEqual(booked);
      expect(follower.seen().map((line) => line.split(" ")[1])).toEqual(await listed());
      expect(follower.pending).toEqual([]);
    }),
    { numRuns: 4 },
  );
});
