/**
 * The local stack as strangers meet it: only its URLs, Convex's own clients and plain `@stacks/transactions`. Nothing of
 * the product's code takes part on the caller's side.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import {
  broadcastTransaction,
  Cl,
  getAddressFromPrivateKey,
  makeContractCall,
  Pc,
  type StacksTransactionWire,
} from "@stacks/transactions";
import { ConvexClient, ConvexHttpClient } from "convex/browser";
import { anyApi, type FunctionReturnType } from "convex/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { api as Api } from "../../convex/_generated/api";
import { VAULT_ERRORS } from "../../src/domain/vaultErrors";
import type { LocalStack } from "../../src/local/stack";
import { PATIENCE_MS } from "../engines/patience";
import { startPreparedStack } from "../engines/preparedStack";
import { messageSigner } from "./messageSigner";

const api = anyApi as unknown as typeof Api;
type Portfolio = FunctionReturnType<typeof Api.liquidity.getProviderPortfolio>;

let stateDir: string;
let stack: LocalStack;
let network: { network: "devnet"; client: { baseUrl: string } };
const SECRET = "a secret of the hook's";
const told: { authorization: string | undefined; body: string }[] = [];
const hook = createServer((request, response) => {
  text(request).then(
    (body) => {
      told.push({ authorization: request.headers.authorization, body });
      response.end();
    },
    // The stack was closed while it told.
    () => {},
  );
});

beforeAll(async () => {
  stateDir = await mkdtemp(path.join(tmpdir(), "bithedge-test-"));
  await new Promise<void>((resolve) => hook.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
  stack = await startPreparedStack({
    stateDir,
    ports: { stacks: 0, convex: 0, convexSite: 0 },
    blockIntervalMs: 300,
    node: { hook: { url, secret: SECRET } },
  });
  network = { network: "devnet", client: { baseUrl: stack.urls.stacksApi } };
});

afterAll(async () => {
  await stack?.close();
  hook.close();
  await rm(stateDir, { recursive: true, force: true });
});

function walletKey(n: number): string {
  const key = stack.wallets[n]?.privateKey;
  if (!key) throw new Error(`There is no wallet ${n}`);
  return key;
}

async function session(privateKey: string): Promise<string> {
  const convex = new ConvexHttpClient(stack.urls.convex);
  const address = getAddressFromPrivateKey(privateKey, "testnet");
  const { challenge, message } = await convex.action(api.session.requestChallenge, { address });
  return (await convex.action(api.session.signIn, { challenge, ...messageSigner(privateKey)(message) })).token;
}

async function signedIn(privateKey: string): Promise<ConvexHttpClient> {
  const convex = new ConvexHttpClient(stack.urls.convex);
  convex.setAuth(await session(privateKey));
  return convex;
}

function subscribed(token: string) {
  const client = new ConvexClient(stack.urls.convex);
  client.setAuth(async () => token);
  const seen: Portfolio[] = [];
  client.onUpdate(api.liquidity.getProviderPortfolio, {}, (portfolio) => void seen.push(portfolio));
  return { seen, close: () => client.close() };
}

async function depositCall(senderKey: string, amount: bigint, reference: bigint, nonce?: bigint) {
  const [contractAddress = "", contractName = ""] = stack.deployment.vaultContract.split(".");
  const sender = getAddressFromPrivateKey(senderKey, "testnet");
  return makeContractCall({
    contractAddress,
    contractName,
    functionName: "deposit-funds",
    functionArgs: [Cl.uint(amount), Cl.none(), Cl.uint(reference)],
    postConditions: [Pc.principal(sender).willSendEq(amount).ustx()],
    postConditionMode: "deny",
    senderKey,
    ...network,
    ...(nonce === undefined ? {} : { nonce }),
  });
}

async function accepted(transaction: StacksTransactionWire): Promise<string> {
  const reply = await broadcastTransaction({ transaction, ...network });
  if ("error" in reply) throw new Error(JSON.stringify(reply));
  return reply.txid;
}

async function until<T>(what: string, probe: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; ) {
    const found = await probe();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited in vain for ${what}`);
}

test("a deposit by a foreign script reaches an open subscription without asking again", async () => {
  const key = walletKey(0);
  const { seen, close } = subscribed(await session(key));
  await until("the first result", () => seen[0]);
  expect(seen[0]).toMatchObject({ positions: [], pendingDeposits: [] });
  const convex = await signedIn(key);
  const request = { token: "STX", amount: 5_000_000n, tier: "Balanced" };
  const { reference } = await convex.action(api.liquidity.requestCommitCapital, request);
  await accepted(await depositCall(key, 5_000_000n, reference));
  const credited = await until("the credit", () => seen.find(({ positions }) => positions.length > 0));
  expect(credited.positions).toMatchObject([{ tier: "Balanced", token: "STX", available: 5_000_000n }]);
  await close();
});

test("a deposit that no commitment claims stands in its sender's suspense, and the proof still holds", async () => {
  const key = walletKey(1);
  const txid = await accepted(await depositCall(key, 777n, 0n));
  const convex = await signedIn(key);
  await until("the suspense", async () => {
    const { suspense } = await convex.query(api.liquidity.getProviderPortfolio, {});
    return suspense.some((row) => row.amount === 777n) ? suspense : undefined;
  });
  const proofs = await until("the proof", async () => {
    const rows = await convex.query(api.liquidity.getProof, {});
    return rows.every(({ pending }) => pending === 0n) ? rows : undefined;
  });
  expect(proofs.map(({ holds }) => holds)).toEqual([true, true]);
  const ofDeposit = await until("the web hook", () => told.find(({ body }) => body.includes(txid)));
  expect(ofDeposit.authorization).toBe(`Bearer ${SECRET}`);
  expect(ofDeposit.body).toContain(stack.deployment.vaultContract);
});

test("the routes for tests are not served unless they are asked for", async () => {
  expect((await fetch(`${stack.urls.stacksApi}/control/mine`, { method: "POST", body: "{}" })).status).toBe(404);
});

test("one session never shows or moves another provider's capital", async () => {
  const [owner, other] = [await signedIn(walletKey(0)), await signedIn(walletKey(2))];
  expect((await owner.query(api.liquidity.getProviderPortfolio, {})).positions).toHaveLength(1);
  expect((await other.query(api.liquidity.getProviderPortfolio, {})).positions).toEqual([]);
  const request = { token: "STX", amount: 1_000_000n, tier: "Balanced" };
  await expect(other.action(api.liquidity.requestWithdrawal, request)).rejects.toMatchObject({
    data: { code: "NO_POSITION" },
  });
});

test("without a session, with a foreign or a tampered one, nothing is answered", async () => {
  const anonymous = new ConvexHttpClient(stack.urls.convex);
  await expect(anonymous.query(api.liquidity.getProviderPortfolio, {})).rejects.toMatchObject({
    data: { code: "NOT_SIGNED_IN" },
  });
  const token = await session(walletKey(0));
  const [head = "", payload = "", mac = ""] = token.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
  const forged = Buffer.from(JSON.stringify({ ...claims, sub: stack.wallets[1]?.address })).toString("base64url");
  for (const bad of [`${head}.${forged}.${mac}`, `${head}.${payload}.`, "nonsense"]) {
    const convex = new ConvexHttpClient(stack.urls.convex);
    convex.setAuth(bad);
    await expect(convex.query(api.liquidity.getProviderPortfolio, {})).rejects.toThrow();
  }
});

test("amounts outside int64, internal functions and unknown functions are refused at the wire", async () => {
  const convex = await signedIn(walletKey(0));
  const request = { token: "STX", tier: "Balanced" };
  for (const amount of [2n ** 63n, -(2n ** 63n) - 1n, 1.5 as unknown as bigint, "5" as unknown as bigint]) {
    await expect(convex.action(api.liquidity.requestCommitCapital, { ...request, amount })).rejects.toThrow();
    await expect(convex.action(api.liquidity.requestWithdrawal, { ...request, amount })).rejects.toThrow();
  }
  await expect(convex.mutation(anyApi.sync?.loop?.wake as never, {})).rejects.toThrow("Could not find public function");
  await expect(convex.mutation(anyApi.breakers?.control?.resetBreaker as never, {})).rejects.toThrow("public function");
});

test("a forged authorisation is refused by the contract, garbage by the node, and the pool does not move", async () => {
  const key = walletKey(2);
  const convex = new ConvexHttpClient(stack.urls.convex);
  const before = await convex.query(api.liquidity.getPoolStats, {});
  const [contractAddress = "", contractName = ""] = stack.deployment.vaultContract.split(".");
  const forged = await makeContractCall({
    contractAddress,
    contractName,
    functionName: "withdraw-funds",
    functionArgs: [
      Cl.uint(1_000n),
      Cl.none(),
      Cl.tuple({ id: Cl.uint(1), "expires-at": Cl.uint(4_000_000_000n) }),
      Cl.bufferFromHex("ab".repeat(65)),
    ],
    postConditionMode: "deny",
    postConditions: [Pc.principal(stack.deployment.vaultContract).willSendEq(1_000n).ustx()],
    senderKey: key,
    ...network,
  });
  const txId = await accepted(forged);
  const mined = await until("the refusal", async () => {
    const tx = (await (await fetch(`${stack.urls.stacksApi}/extended/v1/tx/${txId}`)).json()) as {
      tx_status: string;
      tx_result: { repr: string };
    };
    return tx.tx_status === "pending" ? undefined : tx;
  });
  expect(mined).toMatchObject({
    tx_status: "abort_by_response",
    tx_result: { repr: `(err u${VAULT_ERRORS.errInvalidSignature})` },
  });
  for (const body of ["", "garbage", "00".repeat(400), new Uint8Array([0x80, 0, 0, 0])]) {
    const headers = { "content-type": "application/octet-stream" };
    const reply = await fetch(`${stack.urls.stacksApi}/v2/transactions`, { method: "POST", headers, body });
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ error: "transaction rejected" });
  }
  expect(await convex.query(api.liquidity.getPoolStats, {})).toEqual(before);
});
