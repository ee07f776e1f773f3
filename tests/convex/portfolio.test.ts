/** What a provider sees of its own capital beyond its balances: what is on its way out, and what its health follows from. */
import { expect, test, vi } from "vitest";
import { missingCapital } from "../../src/domain/cure";
import { collateralization, triggersOf } from "../../src/domain/health";
import { DEFAULT_RULES } from "../../src/domain/tiers";
import { ALICE, BOB } from "./backend";
import { Market } from "./healthDesk";
import { HOUR, Scene } from "./withdrawing";

const open = async (scene: Scene, who = ALICE) => (await scene.portfolio(who)).openWithdrawals;

test("withdrawals are listed from their authorisation until the chain has ended them, to their owner alone", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  const scene = await Scene.open();
  const SBTC = { token: "sBTC", tier: "Conservative" };
  await scene.deposited(ALICE, 5_000_000n);
  await scene.deposited(ALICE, 50_000n, SBTC);
  await scene.sent(ALICE, 70n, "sBTC");
  await scene.deposited(BOB, 5_000_000n);
  expect(await open(scene)).toEqual([]);
  const stx = await scene.request(ALICE, 2_000_000n);
  await scene.request(ALICE, 50_000n, SBTC);
  await scene.requestSuspense(ALICE, 60n, { token: "sBTC" });
  const expiresAt = Number(stx.authorization.expiresAt) * 1_000;
  const first = { withdrawalId: stx.withdrawalId, token: "STX", tier: "Balanced", amount: 2_000_000n, expiresAt };
  expect(await open(scene)).toMatchObject([
    { ...first, status: "authorised" },
    { ...SBTC, amount: 50_000n },
    { token: "sBTC", tier: null, amount: 60n },
  ]);
  expect(await open(scene, BOB)).toEqual([]);
  await scene.cancel(ALICE, stx.withdrawalId);
  expect(await open(scene)).toContainEqual({ ...first, status: "cancelling" });
  scene.vault.withdraw(ALICE, "STX", 2_000_000n, stx.authorization.id);
  await scene.settle();
  expect(await open(scene)).toHaveLength(2);
  scene.vault.mine(HOUR);
  await scene.settle();
  expect(await open(scene)).toEqual([]);
});

test("from what is shown of a position its health can be told at any price, and what cures it", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  const rules = DEFAULT_RULES.Aggressive.sBTC;
  const market = await Market.open();
  await market.deposited(ALICE, 6_000_000n);
  expect(await market.position(ALICE)).toMatchObject({ exposures: [], dueAt: null, isStuck: false });
  const policyId = await market.bought();
  const sold = await market.position(ALICE);
  expect(sold).toMatchObject({ exposures: [{ policyId, lock: sold.locked }], betterAtUsdMicros: null });
  expect(triggersOf(sold.exposures, sold.available, rules).warning).toBe(sold.triggerPriceUsdMicros);

  const price = await market.falls(650);
  const called = await market.position(ALICE);
  const dueAt = (market.desk.now + 3_600) * 1_000;
  expect(called).toMatchObject({ healthStatus: "MarginCall", dueAt });
  expect(called.betterAtUsdMicros ?? 0n).toBeGreaterThan(price);
  expect(collateralization(called.exposures, called.available, price, rules)).toBe(called.collateralizationRatio);
  const { toBeHealthy } = missingCapital(called.exposures, called.available, price, rules);
  await market.deposited(ALICE, toBeHealthy);
  await market.settle();
  expect(await market.position(ALICE)).toMatchObject({ healthStatus: "Healthy", dueAt: null });
});
