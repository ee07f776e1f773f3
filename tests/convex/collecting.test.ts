/** Taking what was earned: once, exactly, and also out of a position that is otherwise empty. */
import { beforeEach, describe, expect, test } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import { earnRest } from "../../convex/earnings/model";
import { Books } from "../../convex/ledger/model";
import { requirePolicy } from "../../convex/policies/model";
import { ALICE, as, BOB, settle } from "./backend";
import { expectBooksToFold } from "./books";
import { type Desk, openDesk, refusal } from "./desk";
import { earnings, PAYER, positionOf, sell } from "./earning";

const BALANCED = { token: "STX", tier: "Balanced" };
/** 85% of the premium. */
const YIELD = 850n;
let desk: Desk;

beforeEach(async () => {
  desk = await openDesk();
  await desk.deposited(ALICE, 5_000_000n, "Balanced");
  await desk.strayed(PAYER, 1_000n);
  const now = desk.vault.timeOf(desk.vault.height);
  const backings = [{ positionId: await positionOf(desk.backend, ALICE), coverage: 1n }];
  await sell(desk.backend, { policyId: 1n, premium: 1_000n, startedAt: now, expiresAt: now + 1_000, backings });
  await desk.backend.run(async (ctx) => {
    const books = new Books(ctx);
    await earnRest(ctx, books, await requirePolicy(ctx, 1n), now);
    await books.writeBalances();
  });
});

const collect = (who: string, more: { tier?: string; token?: string; idempotencyKey?: string } = {}) =>
  as(desk.backend, who).action(api.policies.collectYield, { ...BALANCED, ...more });

async function position(who: string) {
  const [found] = (await desk.portfolio(who)).positions;
  return { available: found?.available, accruedYield: found?.accruedYield, total: found?.total };
}

const tier = async () =>
  (await desk.backend.query(api.liquidity.getTierStats, {})).find(
    ({ tierName, token }) => tierName === "Balanced" && token === "STX",
  );

/** What the vault on paper pays of an authorisation. */
async function withdraw(who: string, amount: bigint) {
  const { authorization } = await desk.withdraw(who, amount, "Balanced");
  desk.vault.withdraw(who, "STX", amount, authorization.id);
  await settle(desk.backend, desk.vault);
}

test("yield becomes free capital of the same position, and counts as accrued once", async () => {
  expect(await position(ALICE)).toEqual({ available: 5_000_000n, accruedYield: YIELD, total: 5_000_000n });
  expect(await tier()).toMatchObject({ totalCapital_virtual: 5_000_000n, totalYieldAccrued_virtual: YIELD });
  expect(await collect(ALICE)).toMatchObject({ amount: YIELD });
  expect(await position(ALICE)).toEqual({ available: 5_000_850n, accruedYield: 0n, total: 5_000_850n });
  expect(await tier()).toMatchObject({ totalCapital_virtual: 5_000_850n, totalYieldAccrued_virtual: YIELD });
  expect(await earnings(desk.backend)).toMatchObject({ insurance: 100n, fees: 50n });
  await expectBooksToFold(desk.backend);
});

test("what was earned leaves with the rest, to the unit", async () => {
  await collect(ALICE);
  await withdraw(ALICE, 5_000_850n);
  expect(await position(ALICE)).toEqual({ available: 0n, accruedYield: 0n, total: 0n });
  await expectBooksToFold(desk.backend);
});

test("a position that is otherwise empty has its yield like any other, though it is below the tier's minimum", async () => {
  await withdraw(ALICE, 5_000_000n);
  expect(await position(ALICE)).toEqual({ available: 0n, accruedYield: YIELD, total: 0n });
  await collect(ALICE);
  await withdraw(ALICE, YIELD);
  expect(await position(ALICE)).toEqual({ available: 0n, accruedYield: 0n, total: 0n });
  expect(await tier()).toMatchObject({ totalCapital_virtual: 0n, providerCount: 0 });
});

test("a full tier takes it all the same, as no new money comes in", async () => {
  await desk.limitCapacity("Balanced", 0n);
  expect(await collect(ALICE)).toMatchObject({ amount: YIELD });
});

test("the same key gives the same answer, and takes nothing more; another one finds nothing", async () => {
  const first = await collect(ALICE, { idempotencyKey: "one" });
  const before = await desk.written();
  expect(await collect(ALICE, { idempotencyKey: "one" })).toEqual(first);
  expect(await desk.written()).toEqual(before);
  await desk.refused(() => collect(ALICE, { idempotencyKey: "two" }), "NOTHING_TO_COLLECT");
  await desk.refused(() => collect(ALICE), "NOTHING_TO_COLLECT");
  await desk.refused(() => collect(ALICE, { idempotencyKey: "one", token: "sBTC" }), "IDEMPOTENCY_KEY_REUSED");
});

describe("refused, and nothing changes:", () => {
  test.each([
    ["NO_POSITION", BOB, {}],
    ["NO_POSITION", ALICE, { tier: "Aggressive" }],
    ["NO_POSITION", ALICE, { token: "sBTC" }],
    ["UNKNOWN_TIER", ALICE, { tier: "Reckless" }],
    ["UNKNOWN_TOKEN", ALICE, { token: "DOGE" }],
    ["IDEMPOTENCY_KEY_TOO_LONG", ALICE, { idempotencyKey: "k".repeat(1_000) }],
  ])("%s for %s %o", async (code, who, more) => {
    await desk.refused(() => collect(who, more), code);
    expect(await position(ALICE)).toMatchObject({ accruedYield: YIELD });
  });

  test("STOPPED while withdrawals are", async () => {
    const change = { capability: "withdraw" as const, actor: "Ada", reason: "test" };
    await desk.backend.mutation(internal.breakers.control.tripBreaker, change);
    await desk.refused(() => collect(ALICE), "STOPPED");
  });

  test("NOT_SIGNED_IN for whoever is not", async () => {
    await expect(desk.backend.action(api.policies.collectYield, BALANCED)).rejects.toEqual(refusal("NOT_SIGNED_IN"));
  });
});
