/**
 * Policies on the real local stack: its contract checks what the backend signs, its market decides, its vault pays. One is
 * exercised in the money and needs more than its lock, another expires out of it.
 */
import { cvToValue } from "@clarigen/core";
import { ConvexHttpClient } from "convex/browser";
import { afterAll, beforeAll, expect, test } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import { payoutOf } from "../../src/domain/payout";
import { vaultCalls } from "../../src/stacks/deployment";
import { signMessage } from "../../src/stacks/wallet";
import { PATIENCE_MS } from "../engines/patience";
import { type OutboxStack, startOutboxStack } from "./outboxStack";
import { expectDescribed, expectRefusals, listedPolicies } from "./readApi";

const HOUR = 3_600;
const CAPITAL = 1_000_000_000n;
const QUANTITY = 100_000_000n;
/** The market begins there. */
const PRICE = 1_500_000n;
const CRASH = PRICE / 2n;
const WAIT = { timeout: PATIENCE_MS, interval: 300 };

let outbox: OutboxStack;
let provider: ConvexHttpClient;
let buyers: ConvexHttpClient[];

const wallet = (n: number) => {
  const found = outbox.stack.wallets[n];
  if (!found) throw new Error(`There is no wallet ${n}`);
  return found;
};

async function signedIn(n: number): Promise<ConvexHttpClient> {
  const convex = new ConvexHttpClient(outbox.stack.urls.convex);
  const { address } = wallet(n);
  const { challenge, message } = await convex.action(api.session.requestChallenge, { address });
  const { token } = await convex.action(api.session.signIn, { challenge, ...signMessage(wallet(n), message) });
  convex.setAuth(token);
  return convex;
}

beforeAll(async () => {
  outbox = await startOutboxStack();
  provider = await signedIn(1);
  buyers = [await signedIn(0), await signedIn(2)];
});
afterAll(() => outbox?.close());

const buyer = (n: 0 | 1) => buyers[n] as ConvexHttpClient;
const statusOf = async (policyId: bigint) => (await provider.query(api.policies.getPolicy, { policyId })).status;
const onChain = async (policyId: bigint) =>
  cvToValue<{ lock: bigint; buyer: string } | null>(
    await outbox.client.read(vaultCalls(outbox.stack.deployment).getPolicy(policyId)),
  );
const blockTime = async () => Number((await outbox.chain.get("/extended/v2/blocks/latest")).block_time);

/** Sets a price and waits until the backend believes it. */
async function priced(priceUsdMicros: bigint) {
  await outbox.stack.market.setPrice("STX", priceUsdMicros);
  await expect
    .poll(async () => {
      const { prices } = await outbox.admin.call("query", internal.prices.loop.status, {});
      const known = prices.find(({ underlying }) => underlying === "STX");
      return known?.isGood ? known.accepted?.priceUsdMicros : null;
    }, WAIT)
    .toBe(priceUsdMicros);
}

async function bought(n: 0 | 1, strikeUsdMicros: bigint) {
  const expiresAt = ((await blockTime()) + 26 * HOUR) * 1_000;
  const wanted = { underlying: "STX", tier: "Balanced", strikeUsdMicros, quantity: QUANTITY, expiresAt };
  const sold = await buyer(n).action(api.policies.requestPolicy, wanted);
  await outbox.client.succeeded(await outbox.client.sign(wallet(n === 0 ? 0 : 2), sold.transaction));
  await expect.poll(() => statusOf(sold.policyId), WAIT).toBe("active");
  expect(await onChain(sold.policyId)).toMatchObject({ lock: sold.lock, buyer: wallet(n === 0 ? 0 : 2).address });
  return { ...sold, strikeUsdMicros, quantity: QUANTITY };
}

test("bought, exercised and settled; expired and released: the proof holds, and nothing is stopped", async () => {
  const commitment = { token: "STX", tier: "Balanced", amount: CAPITAL };
  const { transaction } = await provider.action(api.liquidity.requestCommitCapital, commitment);
  await outbox.client.succeeded(await outbox.client.sign(wallet(1), transaction));
  const position = async () => (await provider.query(api.liquidity.getProviderPortfolio, {})).positions[0];
  await expect.poll(async () => (await position())?.available, WAIT).toBe(CAPITAL);
  await priced(PRICE);

  const low = await bought(1, (PRICE * 6n) / 10n);
  const exercised = await bought(0, PRICE);
  expect(await position()).toMatchObject({ locked: low.lock + exercised.lock, reserved: 0n });

  const held = async () => BigInt((await outbox.chain.get(`/extended/v1/address/${wallet(0).address}/stx`)).balance);
  const before = await held();
  // What the market says first after the request decides; so it has fallen before.
  await priced(CRASH);
  const asked = await buyer(0).action(api.policies.exercise, { policyId: exercised.policyId });
  expect(await buyer(0).action(api.policies.exercise, { policyId: exercised.policyId })).toEqual(asked);
  await expect(buyer(1).action(api.policies.exercise, { policyId: exercised.policyId })).rejects.toMatchObject({
    data: { code: "NO_POLICY" },
  });
  await expect.poll(() => statusOf(exercised.policyId), WAIT).toBe("settled");
  const { outcome } = await provider.query(api.policies.getPolicy, { policyId: exercised.policyId });
  const payout = payoutOf(exercised, CRASH);
  expect(payout).toBeGreaterThan(exercised.lock);
  expect(outcome).toEqual({ priceUsdMicros: CRASH, payout, missing: 0n });
  expect((await held()) - before).toBe(payout);
  expect(await onChain(exercised.policyId)).toMatchObject({ lock: 0n });

  await priced(PRICE);
  await outbox.chain.control("advance", { seconds: 27 * HOUR });
  await expect.poll(() => statusOf(low.policyId), WAIT).toBe("released");
  await outbox.admin.atRest();
  expect(await onChain(low.policyId)).toMatchObject({ lock: 0n });
  await expect.poll(async () => (await position())?.available, WAIT).toBe(CAPITAL - payout);
  expect(await position()).toMatchObject({ locked: 0n, reserved: 0n });
  const { breakers } = await outbox.admin.call("query", internal.breakers.control.status, {});
  expect(breakers).toEqual([]);
  for (const proof of await provider.query(api.liquidity.getProof, {})) expect(proof).toMatchObject({ holds: true });
}, 900_000);

test("programs read over HTTP what has happened, and whatever else they send is told in a sentence", async () => {
  const site = outbox.stack.urls.convexSite;
  const listed = await listedPolicies(site);
  const known = await Promise.all(
    buyers.map(async (convex) => {
      const paginationOpts = { numItems: 10, cursor: null };
      const { page } = await convex.query(api.policies.getMyPolicies, { paginationOpts });
      return page.map(({ policyId }) => String(policyId));
    }),
  );
  expect([...listed].sort()).toEqual(known.flat().sort());
  expect(listed).toHaveLength(2);
  const { authorization } = await provider.action(api.liquidity.requestWithdrawal, {
    ...{ token: "STX", tier: "Balanced", amount: 1_000_000n },
  });
  const [policyId = ""] = listed;
  await expectDescribed(site, { tier: "Balanced", token: "STX", policyId, id: String(authorization.id) });
  await expectRefusals(site);
});
