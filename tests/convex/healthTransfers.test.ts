/** Positions in liquidation: others take over at mark, or nobody can; the money adds up, and the buyer feels nothing. */
import { beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import { requireNoneStuck } from "../../convex/health/model";
import { payoutOf } from "../../src/domain/payout";
import { DEFAULT_RULES } from "../../src/domain/tiers";
import { ALICE, as } from "./backend";
import { CAROL, DAVE, Market } from "./healthDesk";
import { operatorsTold } from "./operatorsTold";
import { refusal } from "./withdrawing";

const PENALTY = BigInt(DEFAULT_RULES.Aggressive.sBTC.penalty);
let market: Market;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
  market = await Market.open();
});

/** Alice alone stands behind a policy of 0.1 BTC; what others bring comes later. */
async function aliceBacks(capital = 6_000_000n): Promise<bigint> {
  await market.deposited(ALICE, capital);
  return market.bought();
}

const total = async (who: string) => {
  const { total: capital, accruedYield } = await market.position(who);
  return capital + accruedYield;
};
const insurance = () => market.desk.scene.account("insurance", "sBTC");
const stuckActs = () =>
  market.desk.backend.run(async (ctx) =>
    (await ctx.db.query("acts").take(50)).map(({ act }) => act).filter((act) => act.startsWith("health.")),
  );

test("a taker gets the policy and its mark, insurance the penalty, the leaver the rest; the vault's lock stays", async () => {
  const policyId = await aliceBacks();
  await market.falls(680);
  await market.desk.serve();
  await market.settle();
  await market.deposited(CAROL, 100_000_000n);
  const before = { alice: await total(ALICE), carol: await total(CAROL), insurance: await insurance() };
  const { locked } = await market.desk.policy(policyId);
  const price = await market.falls(640);
  const policy = await market.desk.policy(policyId);
  expect(await market.row(ALICE)).toBe(null);
  expect(await market.position(ALICE)).toMatchObject({ locked: 0n, reserved: 0n, healthStatus: "Healthy" });
  expect(policy).toMatchObject({ locked, status: "active" });
  const [backing, ...others] = await market.desk.backings(policyId);
  expect([backing?.quantity, backing?.coverage, others]).toEqual([policy.quantity, policy.coverage, []]);
  expect((await market.row(CAROL))?.exposures).toMatchObject([{ policyId, quantity: policy.quantity }]);

  // Yield was earned until then; it is Alice's, and so is none of the mark.
  const after = { alice: await total(ALICE), carol: await total(CAROL), insurance: await insurance() };
  const paid = after.carol - before.carol;
  expect(paid).toBeGreaterThanOrEqual(payoutOf(policy, price));
  expect(paid).toBeLessThanOrEqual(locked);
  const penalty = ((locked - paid) * PENALTY + 999_999n) / 1_000_000n;
  const { earned } = policy;
  const aliceEarned = (await market.position(ALICE)).accruedYield;
  expect(after.alice - before.alice).toBe(aliceEarned - paid - penalty);
  expect(after.insurance - before.insurance).toBeGreaterThanOrEqual(penalty);
  expect(after.insurance - before.insurance - penalty + aliceEarned).toBeLessThanOrEqual(earned);
  expect(await market.told(CAROL)).toContain("health.policyTakenOver");
  expect(await market.told(ALICE)).toContain("health.policyTransferred");
  await market.desk.expectExact();

  // The taker pays the buyer in the end.
  await market.desk.exercise(policyId);
  await market.falls(630);
  await market.desk.serve();
  await market.desk.serve();
  expect(await market.desk.policy(policyId)).toMatchObject({ status: "settled", outcome: { missing: 0n } });
  await market.desk.expectExact();
});

test("who does not accept policies, and who would not be Healthy with it, takes over nothing", async () => {
  const policyId = await aliceBacks();
  await market.deposited(CAROL, 100_000_000n);
  await as(market.desk.backend, CAROL).action(api.liquidity.setAcceptingPolicies, {
    token: "sBTC",
    tier: "Aggressive",
    accepting: false,
  });
  await market.deposited(DAVE, 5_900_000n);
  await market.falls(680);
  await market.desk.serve();
  await market.settle();
  await market.falls(640);
  expect((await market.position(ALICE)).healthStatus).toBe("Liquidating");
  expect((await market.desk.backings(policyId)).length).toBe(1);
  expect([await market.row(CAROL), await market.row(DAVE)]).toEqual([null, null]);
  expect(await market.row(ALICE)).toMatchObject({ isStuck: true });
});

test("without a taker the backing stays, new policies stop and operators hear of it once; a taker solves it by itself", async () => {
  const policyId = await aliceBacks();
  await market.falls(680);
  await market.desk.serve();
  await market.settle();
  const low = await market.falls(640);
  const { locked } = await market.desk.policy(policyId);
  expect(await market.desk.backings(policyId)).toMatchObject([{ locked }]);
  const key = { tier: "Aggressive", token: "sBTC" } as const;
  const asked = () => market.desk.backend.run((ctx) => requireNoneStuck(ctx, key));
  await expect(asked()).rejects.toEqual(refusal("TIER_STOPPED"));
  await market.desk.backend.run((ctx) => requireNoneStuck(ctx, { ...key, tier: "Balanced" }));
  expect(await stuckActs()).toEqual(["health.stuck"]);
  await market.passes(700, low);
  expect(await stuckActs()).toEqual(["health.stuck"]);

  await market.deposited(CAROL, 100_000_000n);
  await market.passes(700, low);
  expect(await market.row(ALICE)).toBe(null);
  expect((await market.row(CAROL))?.exposures.length).toBe(1);
  expect(await asked()).toBe(null);
  expect(await stuckActs()).toEqual(["health.stuck", "health.solved"]);
  expect(await operatorsTold(market.desk.backend)).toEqual(["health.stuck"]);
  await market.desk.expectExact();
});

test("a crash that takes every taker leaves every lock where it is, and the buyer is paid what is locked", async () => {
  for (const who of [ALICE, CAROL, DAVE]) await market.deposited(who, 4_000_000n);
  const policyId = await market.bought({ quantity: 20_000_000n });
  const before = await market.desk.policy(policyId);
  await market.falls(300);
  for (let n = 0; n < 3; n++) {
    await market.desk.serve();
    await market.settle();
  }
  const after = await market.desk.policy(policyId);
  expect(after.locked).toBeGreaterThan(before.locked);
  const backings = await market.desk.backings(policyId);
  expect(backings.length).toBeGreaterThan(1);
  for (const who of [ALICE, CAROL, DAVE]) {
    const row = await market.row(who);
    if (row) expect(row).toMatchObject({ status: "Liquidating", isStuck: true });
  }
  await market.desk.exercise(policyId);
  await market.falls(300);
  await market.desk.serve();
  await market.desk.serve();
  const { outcome, status } = await market.desk.policy(policyId);
  expect(status).toBe("settled");
  if (!outcome) throw new Error("The payout is not fixed");
  expect(outcome.payout - outcome.missing).toBeGreaterThanOrEqual(
    outcome.payout < after.locked ? outcome.payout : after.locked,
  );
  await market.desk.expectExact();
});

test("nothing is transferred by a price that is not good, nor while settlements are stopped", async () => {
  const policyId = await aliceBacks();
  await market.falls(680);
  await market.desk.serve();
  await market.settle();
  const low = await market.falls(640);
  await market.deposited(CAROL, 100_000_000n);
  market.desk.vault.mine(100);
  await market.desk.scene.sync();
  await market.watch();
  expect((await market.desk.backings(policyId)).length).toBe(1);
  expect(await market.row(CAROL)).toBe(null);
  const operator = { capability: "settle" as const, actor: "Ada", reason: "test" };
  await market.desk.backend.mutation(internal.breakers.control.tripBreaker, operator);
  await market.moves(low);
  expect((await market.desk.backings(policyId)).length).toBe(1);
  expect(await market.row(CAROL)).toBe(null);
  await market.desk.backend.mutation(internal.breakers.control.resetBreaker, operator);
  await market.moves(low);
  expect((await market.row(CAROL))?.exposures.length).toBe(1);
});
