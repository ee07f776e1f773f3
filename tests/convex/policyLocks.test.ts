/** What stands behind a policy: raised by its positions and by insurance, locked by the vault's events, paid out and returned. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { applyEntry } from "../../convex/ledger/model";
import { raiseLocks } from "../../convex/policies/locks";
import { makeEntry } from "../../src/domain/ledger";
import { payoutOf } from "../../src/domain/payout";
import { ALICE, BOB } from "./backend";
import { operatorsTold } from "./operatorsTold";
import { Desk, PRICE } from "./policyDesk";

const CAROL = "ST2JHG361ZXG51QTKY2NQCVBPPRRE2KZB1HR05NNC";
const AGGRESSIVE = { underlying: "STX", tier: "Aggressive" } as const;
const CAPITAL = 60_000_000n;
const CRASH = PRICE.STX / 2n;
let desk: Desk;
let policyId: bigint;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
  desk = await Desk.open();
  for (const who of [ALICE, CAROL]) await desk.scene.deposited(who, CAPITAL, { token: "STX", tier: "Aggressive" });
  await desk.price("STX");
  policyId = await desk.bought(desk.wanted("STX", "Aggressive"));
});

const positionId = (who: string) =>
  desk.backend.run(async (ctx) => {
    const row = await ctx.db
      .query("positions")
      .withIndex("by_provider_and_tier_and_token", (q) =>
        q.eq("provider", who).eq("tier", "Aggressive").eq("token", "STX"),
      )
      .unique();
    if (!row) throw new Error(`${who} has no position`);
    return row._id;
  });

async function raises(parts: [string, bigint][]) {
  const named = await Promise.all(parts.map(async ([who, amount]) => ({ positionId: await positionId(who), amount })));
  return desk.backend.run((ctx) => raiseLocks(ctx, policyId, named, desk.now));
}

/** What a position has free goes where a test wants it: the market's other business. */
async function drains(who: string, left = 0n) {
  const { available } = await desk.position(who, AGGRESSIVE);
  const id = await positionId(who);
  const entry = makeEntry(`test:drain:${who}`, "STX", [
    { account: { kind: "position", positionId: id, pocket: "available" }, amount: left - available },
    { account: { kind: "suspense", principal: who }, amount: available - left },
  ]);
  await desk.backend.run((ctx) => applyEntry(ctx, entry, desk.now));
}

/** Out of Carol's position: where it comes from is not what is tried here. */
async function insures(amount: bigint) {
  const id = await positionId(CAROL);
  const entry = makeEntry("test:insures", "STX", [
    { account: { kind: "position", positionId: id, pocket: "available" }, amount: -amount },
    { account: { kind: "insurance" }, amount },
  ]);
  await desk.backend.run((ctx) => applyEntry(ctx, entry, desk.now));
}

const insurance = async () => desk.scene.account("insurance");
const available = async (who: string) => (await desk.position(who, AGGRESSIVE)).available;
const paid = () => desk.vault.events.findLast(({ event }) => event.kind === "settlement")?.event;

describe("a lock that is raised", () => {
  test("is set aside at once, and locked when the vault says so", async () => {
    const { lock } = await desk.policy(policyId);
    const before = await desk.position(ALICE, AGGRESSIVE);
    expect(await raises([[ALICE, 1_000n]])).toBe(1_000n);
    expect(await desk.policy(policyId)).toMatchObject({ locked: lock, lockTarget: lock + 1_000n });
    expect(await desk.position(ALICE, AGGRESSIVE)).toMatchObject({
      available: before.available - 1_000n,
      reserved: 1_000n,
      locked: before.locked,
    });
    expect(await desk.owed()).toEqual([{ kind: "lock", token: "STX", policyId, amount: lock + 1_000n }]);
    await desk.expectExact();
    await desk.serve();
    expect(await desk.policy(policyId)).toMatchObject({ locked: lock + 1_000n, lockTarget: lock + 1_000n });
    expect(await desk.position(ALICE, AGGRESSIVE)).toMatchObject({ reserved: 0n, locked: before.locked + 1_000n });
    expect(await desk.stopped()).toEqual({});
    await desk.expectExact();
  });

  test("takes what is free and what the coverage allows, not more", async () => {
    const backing = async (who: string) => {
      const id = await positionId(who);
      return (await desk.backings(policyId)).find((known) => known.positionId === id);
    };
    await drains(ALICE, 300n);
    const carols = await backing(CAROL);
    const room = (carols?.coverage ?? 0n) - (carols?.locked ?? 0n);
    await drains(CAROL, room + 5n);
    expect(
      await raises([
        [ALICE, 1_000n],
        [CAROL, room + 5n],
      ]),
    ).toBe(300n + room);
    expect(await raises([[CAROL, 5n]])).toBe(0n);
    expect((await desk.owed()).length).toBe(1);
    expect((await backing(CAROL))?.coverage).toBe(carols?.coverage);
    await desk.expectExact();
  });

  test("by parts, twice or not at all is exact at every event", async () => {
    const { lock } = await desk.policy(policyId);
    await raises([
      [ALICE, 700n],
      [CAROL, 300n],
    ]);
    await raises([[CAROL, 50n]]);
    desk.locks("STX", [{ policyId, amount: 820n }]);
    await desk.scene.settle();
    expect(await desk.policy(policyId)).toMatchObject({ locked: lock + 820n, lockTarget: lock + 1_050n });
    await desk.expectExact();
    desk.locks("STX", [{ policyId, amount: 0n }]);
    desk.locks("STX", [{ policyId, amount: 230n }]);
    await desk.scene.settle();
    expect(await desk.policy(policyId)).toMatchObject({ locked: lock + 1_050n, lockTarget: lock + 1_050n });
    expect(await desk.stopped()).toEqual({});
    await desk.expectExact();
  });

  test("for a policy that has ended, or whose payout is fixed, is not raised; what was on its way returns", async () => {
    await desk.exercise(policyId);
    await raises([[ALICE, 400n]]);
    await desk.price("STX", PRICE.STX * 2n);
    expect((await desk.policy(policyId)).status).toBe("worthless");
    expect(await raises([[ALICE, 1n]])).toBe(0n);
    await desk.expires(policyId);
    const { lock } = await desk.policy(policyId);
    desk.releases("STX", [{ policyId, amount: lock }]);
    await desk.scene.settle();
    for (const who of [ALICE, CAROL])
      expect(await desk.position(who, AGGRESSIVE)).toMatchObject({ available: CAPITAL, reserved: 0n, locked: 0n });
    expect(await raises([[ALICE, 1n]])).toBe(0n);
    expect(await desk.stopped()).toEqual({});
    await desk.expectExact();
  });
});

describe("a payout above the lock", () => {
  async function crash() {
    await desk.exercise(policyId);
    await desk.price("STX", CRASH);
    const policy = await desk.policy(policyId);
    const payout = payoutOf(policy, CRASH);
    expect(policy.status).toBe("settling");
    expect(payout).toBeGreaterThan(policy.lock);
    expect(policy.outcome?.payout).toBe(payout);
    await desk.expectExact();
    return { payout, missing: policy.outcome?.missing ?? -1n, lock: policy.lock };
  }

  test("is topped up by those behind it first, and paid in full", async () => {
    const { payout, missing } = await crash();
    expect(missing).toBe(0n);
    await desk.serve();
    expect(paid()).toMatchObject({ buyer: BOB, amount: payout });
    expect((await available(ALICE)) + (await available(CAROL))).toBe(2n * CAPITAL - payout);
    expect(await desk.stopped()).toEqual({});
    await desk.expectExact();
  });

  test("is topped up by insurance where one of them can't, and nothing of that stays behind", async () => {
    await insures(40_000_000n);
    await drains(CAROL);
    const held = (await desk.position(CAROL, AGGRESSIVE)).locked;
    const { payout, missing } = await crash();
    expect(missing).toBe(0n);
    const before = await insurance();
    await desk.serve();
    expect(paid()).toMatchObject({ amount: payout });
    expect(await desk.position(CAROL, AGGRESSIVE)).toMatchObject({ available: 0n, locked: 0n });
    expect(held).toBeLessThan(payout / 2n);
    for (const name of [`cover/${policyId}`, `covering/${policyId}`]) expect(await desk.scene.account(name)).toBe(0n);
    expect(await insurance()).toBeLessThan(40_000_000n);
    expect(await insurance()).toBe(before);
    await desk.expectExact();
  });

  test("that nobody can add to is paid out of the lock, and what is missing is told", async () => {
    for (const who of [ALICE, CAROL]) await drains(who);
    const { payout, missing, lock } = await crash();
    expect(payout - missing).toBeGreaterThanOrEqual(lock);
    expect(missing).toBeGreaterThan(0n);
    expect(await operatorsTold(desk.backend)).toEqual(["policy.payoutShort"]);
    await desk.serve();
    expect(paid()).toMatchObject({ amount: payout - missing });
    expect(await desk.policy(policyId)).toMatchObject({ status: "settled", outcome: { payout, missing } });
    expect(await available(ALICE)).toBe(0n);
    expect(await desk.stopped()).toEqual({});
    await desk.expectExact();
  });

  test("is paid out of what is locked, also beyond the dues of those who have it there", async () => {
    await raises([[ALICE, 30_000_000n]]);
    await desk.serve();
    await drains(CAROL);
    const { locked } = await desk.policy(policyId);
    const low = (PRICE.STX * 7n) / 10n;
    await desk.exercise(policyId);
    await desk.price("STX", low);
    const { outcome, ...policy } = await desk.policy(policyId);
    const payout = payoutOf(policy, low);
    expect(payout).toBeLessThan(locked);
    expect(outcome).toMatchObject({ payout, missing: 0n });
    await desk.serve();
    expect(paid()).toMatchObject({ amount: payout });
    expect(await desk.position(CAROL, AGGRESSIVE)).toMatchObject({ available: 0n, locked: 0n });
    expect(await desk.stopped()).toEqual({});
    await desk.expectExact();
  });
});
