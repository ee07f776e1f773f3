/** Positions in a market that falls and recovers: states, their history, the hour of a margin call, and locks that grow. */
import { beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import { lockNeed } from "../../src/domain/health";
import { DEFAULT_RULES } from "../../src/domain/tiers";
import { ALICE, as, BOB } from "./backend";
import { HOUR, Market } from "./healthDesk";
import { PRICE } from "./policyDesk";
import { agreed, priceTime } from "./pricing";
import { refusal } from "./withdrawing";

const RULES = DEFAULT_RULES.Aggressive.sBTC;
/** 0.1 BTC at the money with cover down to half: 0.1 BTC of coverage. */
const COVERAGE = 10_000_000n;
let market: Market;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
  market = await Market.open();
});

test("a market that stays far from the triggers changes nothing and reads no position", async () => {
  await market.deposited(ALICE, 20_000_000n);
  await market.bought();
  const before = await market.row(ALICE);
  expect(before).toMatchObject({ status: "Healthy", exposures: [{ coverage: COVERAGE }] });
  await market.falls(990);
  expect(await market.row(ALICE)).toEqual(before);
  expect(await market.changes()).toEqual([]);
});

test("a lock grows as the price falls: set aside at once, locked when the vault has it, and never above the coverage", async () => {
  await market.deposited(ALICE, 30_000_000n);
  const policyId = await market.bought();
  const { lock } = await market.desk.policy(policyId);
  const price = await market.falls(750);
  const policy = await market.desk.policy(policyId);
  const exposure = (await market.row(ALICE))?.exposures[0];
  if (!exposure) throw new Error("Alice backs nothing");
  expect(policy.locked).toBe(lock);
  expect(policy.lockTarget).toBe(lockNeed(exposure, (price * 97n) / 100n, RULES.marginCallBuffer, RULES.floorRate));
  expect(policy.lockTarget).toBeGreaterThan(lock);
  expect(exposure.lock).toBe(policy.lockTarget);
  expect(await market.position(ALICE)).toMatchObject({
    locked: lock,
    reserved: policy.lockTarget - lock,
    healthStatus: "Healthy",
  });
  expect(await market.desk.owed()).toEqual([{ kind: "lock", token: "sBTC", policyId, amount: policy.lockTarget }]);
  await market.desk.expectExact();

  // The same price again, and one a little lower, owe nothing more; nor does what is on its way.
  await market.moves(price - 1_000_000n);
  expect((await market.desk.owed()).length).toBe(1);
  await market.desk.serve();
  await market.settle();
  expect(await market.position(ALICE)).toMatchObject({ locked: policy.lockTarget, reserved: 0n });
  await market.desk.expectExact();

  await market.falls(400);
  await market.desk.serve();
  await market.falls(300);
  expect(await market.position(ALICE)).toMatchObject({ locked: COVERAGE, reserved: 0n, healthStatus: "Healthy" });
  expect((await market.desk.owed()).length).toBe(2);
  await market.desk.expectExact();
});

test("a position falls through its states and comes back a little above where it fell; its owner is told each time", async () => {
  await market.deposited(ALICE, 6_000_000n);
  await market.bought();
  const warned = (await market.row(ALICE))?.worseAt ?? 0n;
  await market.moves(warned + 1n);
  expect(await market.changes()).toEqual([]);
  await market.moves(warned);
  expect((await market.position(ALICE)).healthStatus).toBe("Warning");

  const called = (await market.row(ALICE))?.worseAt ?? 0n;
  expect(called).toBeLessThan(warned);
  await market.moves(called);
  const atCall = await market.position(ALICE);
  expect(atCall.healthStatus).toBe("MarginCall");
  // All of 6,000,000 is a little less than what 20% above the put's worth asks for; the next state is at 10%.
  expect(atCall.collateralizationRatio).toBe(999_999);
  expect(atCall.triggerPriceUsdMicros).toBe((await market.row(ALICE))?.worseAt);
  expect(atCall.triggerPriceUsdMicros ?? 0n).toBeLessThan(called);
  await market.moves((called * 102n) / 100n);
  expect((await market.position(ALICE)).healthStatus).toBe("MarginCall");
  await market.moves((called * 102n) / 100n + 1n);
  expect((await market.position(ALICE)).healthStatus).toBe("Warning");
  await market.moves((warned * 102n) / 100n);
  expect((await market.position(ALICE)).healthStatus).toBe("Warning");
  await market.moves((warned * 102n) / 100n + 1n);
  expect((await market.position(ALICE)).healthStatus).toBe("Healthy");

  const mine = as(market.desk.backend, ALICE);
  const first = { paginationOpts: { numItems: 2, cursor: null } };
  const { page: history } = await mine.query(api.policies.getHealthHistory, {
    token: "sBTC",
    tier: "Aggressive",
    ...first,
  });
  const recovered = (warned * 102n) / 100n + 1n;
  expect(history).toMatchObject([
    { from: "Warning", to: "Healthy", priceUsdMicros: recovered },
    { from: "MarginCall" },
  ]);
  const { page: told } = await mine.query(api.policies.getNotifications, first);
  expect(told.map(({ kind }) => kind)).toEqual(["health.Healthy", "health.Warning"]);
  const others = as(market.desk.backend, BOB);
  const { page: toldOthers } = await others.query(api.policies.getNotifications, first);
  expect(toldOthers.map(({ kind }) => kind)).toEqual(["policy.started"]);
  await expect(
    others.query(api.policies.getHealthHistory, { token: "sBTC", tier: "Aggressive", ...first }),
  ).rejects.toEqual(refusal("NO_POSITION"));

  const states = ["Healthy -> Warning", "Warning -> MarginCall", "MarginCall -> Warning", "Warning -> Healthy"];
  expect(await market.changes()).toEqual(states);
  expect(await market.told(ALICE)).toEqual(["Warning", "MarginCall", "Warning", "Healthy"].map((to) => `health.${to}`));
});

test("more capital ends a margin call at the next look, without a price", async () => {
  await market.deposited(ALICE, 6_000_000n);
  await market.bought();
  await market.falls(650);
  expect((await market.position(ALICE)).healthStatus).toBe("MarginCall");
  await market.deposited(ALICE, 10_000_000n);
  await market.settle();
  expect((await market.position(ALICE)).healthStatus).toBe("Healthy");
});

test("a margin call lasts one hour of block time, and not a second longer", async () => {
  await market.deposited(ALICE, 6_000_000n);
  await market.bought();
  const price = await market.falls(650);
  expect(await market.changes()).toEqual(["Healthy -> MarginCall"]);
  const since = market.desk.now;
  expect((await market.row(ALICE))?.dueAt).toBe(since + 3_600);
  market.desk.vault.mine(HOUR - 2);
  await market.moves(price);
  expect([market.desk.now - since, (await market.position(ALICE)).healthStatus]).toEqual([3_590, "MarginCall"]);
  await market.moves(price);
  expect((await market.position(ALICE)).healthStatus).toBe("Liquidating");
});

test("below the hard floor a position is liquidated at once", async () => {
  await market.deposited(ALICE, 6_000_000n);
  await market.bought();
  await market.falls(500);
  expect(await market.changes()).toEqual(["Healthy -> Liquidating"]);
});

test("without a good price nobody is judged: neither by one that is old, nor while the sources disagree", async () => {
  await market.deposited(ALICE, 6_000_000n);
  await market.bought();
  const price = await market.falls(650);
  market.desk.vault.mine(2 * HOUR);
  await market.desk.scene.sync();
  await market.watch();
  expect((await market.position(ALICE)).healthStatus).toBe("MarginCall");
  const at = await priceTime(market.desk.backend);
  const quotes = [...agreed(price, at).slice(1), ...agreed(2n * price, at).slice(1)];
  await market.desk.backend.mutation(internal.prices.record.recordLook, { looks: [{ underlying: "BTC", quotes }] });
  await market.watch();
  expect((await market.position(ALICE)).healthStatus).toBe("MarginCall");
  await market.moves(price);
  expect((await market.position(ALICE)).healthStatus).toBe("Liquidating");
});

test("a fully covered position never moves", async () => {
  const safe = await Market.open("Conservative");
  await safe.deposited(ALICE, 30_000_000n);
  await safe.bought({ strikeUsdMicros: PRICE.BTC });
  await safe.falls(100);
  expect(await safe.row(ALICE)).toMatchObject({ status: "Healthy", worseAt: 0n, lockAt: 0n });
  expect([await safe.changes(), await safe.desk.owed()]).toEqual([[], []]);
});
