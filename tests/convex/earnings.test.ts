/** Premiums become yield, insurance and fees: lazily, exactly, and to whoever stood behind the policy at the time. */
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { internal } from "../../convex/_generated/api";
import { earn, earnRest } from "../../convex/earnings/model";
import { Books } from "../../convex/ledger/model";
import { backingsOf, replaceBacking, requirePolicy } from "../../convex/policies/model";
import { ALICE, BOB } from "./backend";
import { expectBooksToFold } from "./books";
import { DAY_BLOCKS, type Desk, openDesk } from "./desk";
import { earnings, PAYER, positionOf, type Sale, sell } from "./earning";

let desk: Desk;
let alice: Sale["backings"][number]["positionId"];
let bob: typeof alice;
let now: number;

beforeEach(async () => {
  desk = await openDesk();
  await desk.deposited(ALICE, 5_000_000n, "Balanced");
  await desk.deposited(BOB, 5_000_000n, "Balanced");
  await desk.strayed(PAYER, 10_000_000_000n);
  [alice, bob] = [await positionOf(desk.backend, ALICE), await positionOf(desk.backend, BOB)];
  now = desk.vault.timeOf(desk.vault.height);
});

const DAY = 86_400;

function sold(policyId: bigint, changes: Partial<Sale> = {}) {
  const backings = [
    { positionId: alice, coverage: 3_000n },
    { positionId: bob, coverage: 1_000n },
  ];
  return sell(desk.backend, {
    policyId,
    premium: 1_000n,
    startedAt: now,
    expiresAt: now + 10 * DAY,
    backings,
    ...changes,
  });
}

const earnUntil = (policyId: bigint, until: number) =>
  desk.backend.run(async (ctx) => {
    const books = new Books(ctx);
    const done = await earn(ctx, books, await requirePolicy(ctx, policyId), until);
    await books.writeBalances();
    return done;
  });

const earnAll = (policyId: bigint, at: number) =>
  desk.backend.run(async (ctx) => {
    const books = new Books(ctx);
    await earnRest(ctx, books, await requirePolicy(ctx, policyId), at);
    await books.writeBalances();
  });

const policy = (policyId: bigint) => desk.backend.run((ctx) => requirePolicy(ctx, policyId));
const accrue = () => desk.backend.mutation(internal.earnings.job.accrue, {});

async function passDays(days: number) {
  desk.vault.mine(days * DAY_BLOCKS);
  await desk.strayed(PAYER, 1n);
}

describe("earning", () => {
  test("half the time earns half the premium: 85% by coverage, 10% to insurance, 5% to fees", async () => {
    await sold(1n);
    expect(await earnUntil(1n, now + 5 * DAY)).toBe(2);
    expect(await earnings(desk.backend)).toEqual({
      insurance: 50n,
      fees: 25n,
      unearned: 500n,
      yields: { [ALICE]: 319n, [BOB]: 106n },
    });
    expect(await policy(1n)).toMatchObject({ earned: 500n, earnedUntil: now + 5 * DAY });
    await expectBooksToFold(desk.backend);
  });

  test("the same time again, and an earlier one, earn nothing more; nor does anything after all is earned", async () => {
    await sold(1n);
    await earnUntil(1n, now + 5 * DAY);
    const before = await earnings(desk.backend);
    expect(await earnUntil(1n, now + 5 * DAY)).toBe(0);
    expect(await earnUntil(1n, now + 4 * DAY)).toBe(0);
    expect(await earnings(desk.backend)).toEqual(before);
    expect((await policy(1n)).earnedUntil).toBe(now + 5 * DAY);
    await earnAll(1n, now + 6 * DAY);
    const all = await earnings(desk.backend);
    expect(all).toEqual({ insurance: 100n, fees: 50n, unearned: 0n, yields: { [ALICE]: 638n, [BOB]: 212n } });
    // Its time goes on, but what an exercise has earned stays earned, and once.
    await earnUntil(1n, now + 7 * DAY);
    await earnAll(1n, now + 8 * DAY);
    await earnUntil(1n, now + 20 * DAY);
    expect(await earnings(desk.backend)).toEqual(all);
  });

  test("a policy whose premium was never paid earns nothing", async () => {
    await sold(1n);
    await desk.backend.run(async (ctx) => {
      await ctx.db.patch("policies", (await requirePolicy(ctx, 1n))._id, { startedAt: null, status: "quoted" });
    });
    await earnUntil(1n, now + 5 * DAY);
    await earnAll(1n, now + 5 * DAY);
    expect(await earnings(desk.backend)).toMatchObject({ unearned: 1_000n, insurance: 0n, yields: { [ALICE]: 0n } });
  });

  test("who leaves keeps what it earned until then, and the taker earns from then on", async () => {
    await sold(1n);
    await earnUntil(1n, now + 2 * DAY);
    await desk.backend.run(async (ctx) => {
      const [leaver] = (await backingsOf(ctx, 1n)).filter(({ positionId }) => positionId === alice);
      if (!leaver) throw new Error("Alice backs it");
      const { quantity, coverage, locked } = leaver;
      await replaceBacking(ctx, leaver, [{ positionId: bob, quantity, coverage, locked }]);
    });
    await earnUntil(1n, now + 10 * DAY);
    expect(await earnings(desk.backend)).toEqual({
      insurance: 100n,
      fees: 50n,
      unearned: 0n,
      yields: { [ALICE]: 128n, [BOB]: 722n },
    });
    await expectBooksToFold(desk.backend);
  });

  test("however often and whenever it is called, everybody gets the same in the end", async () => {
    let policyId = 1n;
    const life = 1_000;
    const arrangement = fc.record({
      premium: fc.bigInt({ min: 1n, max: 5_000n }),
      coverages: fc.tuple(fc.bigInt({ min: 1n, max: 900n }), fc.bigInt({ min: 1n, max: 900n })),
      times: fc.array(fc.integer({ min: -10, max: life + 10 }), { maxLength: 6 }),
    });
    const gained = async (premium: bigint, [one, other]: [bigint, bigint], times: number[]) => {
      policyId += 1n;
      const before = await earnings(desk.backend);
      const backings = [
        { positionId: alice, coverage: one },
        { positionId: bob, coverage: other },
      ];
      await sold(policyId, { premium, expiresAt: now + life, backings });
      for (const time of times) await earnUntil(policyId, now + time);
      await earnAll(policyId, now + life);
      const after = await earnings(desk.backend);
      const yields = [ALICE, BOB].map((who) => (after.yields[who] ?? 0n) - (before.yields[who] ?? 0n));
      return [after.insurance - before.insurance, after.fees - before.fees, ...yields];
    };
    await fc.assert(
      fc.asyncProperty(arrangement, async ({ premium, coverages, times }) => {
        const often = await gained(premium, coverages, times);
        expect(often).toEqual(await gained(premium, coverages, []));
        expect(often.reduce((sum, part) => sum + part, 0n)).toBe(premium);
      }),
      { numRuns: 20 },
    );
    expect((await earnings(desk.backend)).unearned).toBe(0n);
    await expectBooksToFold(desk.backend);
  });
});

describe("the job", () => {
  test("earns what nothing has touched for a day of final block time, and nothing younger", async () => {
    await sold(1n);
    await passDays(1);
    const { time } = await finalBlock();
    expect(time).toBe(now + DAY);
    await sold(2n, { startedAt: now - 1 });
    await accrue();
    expect([(await policy(1n)).earnedUntil, (await policy(2n)).earnedUntil]).toEqual([now, time]);
  });

  test("before any block is final it does nothing", async () => {
    await sold(1n);
    await desk.backend.run(async (ctx) => {
      const mirror = await ctx.db.query("chainMirror").unique();
      if (mirror) await ctx.db.patch("chainMirror", mirror._id, { final: null });
    });
    await accrue();
    expect((await policy(1n)).earned).toBe(0n);
  });

  test("works in batches until all is earned, and expired policies without a price do not hold it up", async () => {
    for (let id = 1n; id <= 25n; id += 1n) await sold(id, { expiresAt: now + DAY });
    await passDays(2);
    await accrue();
    const { unearned } = await earnings(desk.backend);
    expect(unearned).toBe(5_000n);
    await accrue();
    expect((await earnings(desk.backend)).unearned).toBe(0n);
    await sold(26n, { startedAt: (await finalBlock()).time - 2 * DAY });
    await accrue();
    expect((await policy(26n)).earned).toBeGreaterThan(0n);
    await expectBooksToFold(desk.backend);
  });
});

const finalBlock = () =>
  desk.backend.run(async (ctx) => (await ctx.db.query("chainMirror").unique())?.final as { time: number });
