/**
 * The outbox's locks, settlements and releases on the real local stack. The test sells its policies itself with the
 * authoriser's key, so to the backend they are a thief's.
 */
import { cvToValue, hexToBytes } from "@clarigen/core";
import { ConvexHttpClient } from "convex/browser";
import { afterAll, beforeAll, expect, test } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import { signPolicyTerms } from "../../src/stacks/authorization";
import { vaultCalls } from "../../src/stacks/deployment";
import { PATIENCE_MS } from "../engines/patience";
import { BY, type OutboxStack, startOutboxStack } from "./outboxStack";

const HOUR = 3_600;
const LIVE = [1n, 2n, 3n, 4n, 5n];
/** Nobody bought it. */
const BAD = 99n;
const [PREMIUM, LOCK, RAISED, COVERAGE, PAYOUT] = [10_000_000n, 20_000_000n, 30_000_000n, 40_000_000n, 25_000_000n];

let outbox: OutboxStack;
let convex: ConvexHttpClient;
beforeAll(async () => {
  outbox = await startOutboxStack();
  convex = new ConvexHttpClient(outbox.stack.urls.convex);
});
afterAll(() => outbox?.close());

const wallet = (n: number) => {
  const found = outbox.stack.wallets[n];
  if (!found) throw new Error(`There is no wallet ${n}`);
  return found;
};
const calls = () => vaultCalls(outbox.stack.deployment);
const state = async () => cvToValue(await outbox.client.read(calls().getVaultState()));
const policy = async (id: bigint) =>
  cvToValue<{ lock: bigint } | null>(await outbox.client.read(calls().getPolicy(id)));
const locks = async () => Promise.all(LIVE.map(async (id) => (await policy(id))?.lock));

async function sell(policyId: bigint, now: bigint): Promise<string> {
  const buyer = wallet(0);
  const terms = { lock: LOCK, coverage: COVERAGE, releaseAfter: now + BigInt(HOUR), expiresAt: now + 600n };
  const sold = { buyer: buyer.address, policyId, token: "STX" as const, premium: PREMIUM, ...terms };
  const signature = hexToBytes(signPolicyTerms(outbox.stack.deployment, sold, outbox.authoriserPrivateKey));
  const call = calls().payPremium(policyId, PREMIUM, null, terms, signature);
  return outbox.client.call(buyer, call, { postConditionMode: "allow" });
}

/** Waits until the books have all that the vault told, and nothing is pending. */
async function synced() {
  const { sequence } = await state();
  await expect
    .poll(async () => (await convex.query(api.liquidity.getSyncStatus, {})).watermark, { timeout: PATIENCE_MS })
    .toBe(sequence);
}

/** The end of each call by its key, with the vault's error by name. */
const failed = async () =>
  Object.fromEntries((await outbox.admin.list()).failed.map(({ key, outcome }) => [key, outcome]));

test("policies are bought, and the backend that did not sell them stops what moves money", async () => {
  const deposit = calls().depositFunds(1_000_000_000n, null, 0n);
  await outbox.client.succeeded(await outbox.client.call(wallet(1), deposit, { postConditionMode: "allow" }));
  const { block_time } = await outbox.chain.get("/extended/v2/blocks/latest");
  for (const id of LIVE) await outbox.client.succeeded(await sell(id, BigInt(block_time)));
  await synced();
  expect((await state()).stx).toMatchObject({ balance: 1_050_000_000n, locked: 100_000_000n });
  const { breakers } = await outbox.admin.call("query", internal.breakers.control.status, {});
  expect(breakers.map(({ capability }) => capability).sort()).toEqual(["commit", "policies", "settle", "withdraw"]);
});

test("a batch of locks with one bad policy is tried in halves: the others are raised, the bad one is named", async () => {
  const raised = [...LIVE.slice(0, 3), BAD, ...LIVE.slice(3)];
  // Stopped, so that all of them wait, and leave together.
  await outbox.admin.call("mutation", internal.outbox.control.pause, BY);
  await Promise.all(
    raised.map((policyId) =>
      outbox.admin.ask(`lock:${policyId}`, { kind: "lock", token: "STX", policyId, amount: RAISED }),
    ),
  );
  await outbox.admin.call("mutation", internal.outbox.control.resume, BY);
  await outbox.admin.atRest();
  expect(await locks()).toEqual(LIVE.map(() => RAISED));
  expect(await policy(BAD)).toBeNull();
  expect(await failed()).toEqual({ [`lock:${BAD}`]: expect.stringContaining("errPolicyNotLive") });
  const sent = await outbox.chain.sentBy(outbox.service.address);
  const statuses = sent.sort((one, other) => one.nonce - other.nonce).map(({ tx_status }) => tx_status);
  // All six; then three of them, and three that hold the bad one; then two, and at last the bad one alone.
  expect(statuses[0]).toBe("abort_by_response");
  expect(statuses.filter((status) => status !== "success")).toEqual(Array(4).fill("abort_by_response"));
  expect(statuses.length).toBeLessThan(10);
});

test("a settlement waits for its breaker, then pays the buyer once, and frees the rest of the lock", async () => {
  const held = async () => BigInt((await outbox.chain.get(`/extended/v1/address/${wallet(0).address}/stx`)).balance);
  const before = await held();
  await outbox.admin.ask("settle:3", { kind: "settle", token: "STX", policyId: 3n, amount: PAYOUT });
  await outbox.client.mined(await outbox.client.transferStx(wallet(1), wallet(2).address, 1n));
  expect((await outbox.admin.list()).waiting.map(({ key }) => key)).toEqual(["settle:3"]);
  expect(await held()).toBe(before);

  await synced();
  await outbox.admin.call("mutation", internal.breakers.control.resetBreaker, { capability: "settle", ...BY });
  await outbox.admin.atRest();
  expect((await held()) - before).toBe(PAYOUT);
  expect((await state()).stx).toMatchObject({ balance: 1_050_000_000n - PAYOUT, locked: 4n * RAISED });
});

test("releases before their time fail by name; after it they end the policies, and one that had ended is done", async () => {
  const release = (policyId: bigint, key = `release:${policyId}`) =>
    outbox.admin.ask(key, { kind: "release", token: "STX", policyId });
  await release(1n, "early");
  await outbox.admin.atRest();
  expect((await failed()).early).toContain("errReleaseTooEarly");

  await outbox.chain.control("advance", { seconds: HOUR });
  await Promise.all(LIVE.map((id) => release(id)));
  await outbox.admin.atRest();
  expect(Object.keys(await failed()).sort()).toEqual(["early", `lock:${BAD}`]);
  expect((await state()).stx.locked).toBe(0n);

  await synced();
  const [stx] = await convex.query(api.liquidity.getProof, {});
  expect(stx).toMatchObject({
    token: "STX",
    holds: true,
    counted: 1_050_000_000n - PAYOUT,
    booked: 1_050_000_000n - PAYOUT,
  });
});
