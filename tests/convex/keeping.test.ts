/** What the policies behind which a position stands keep of its capital: from its owner, and from other policies. */
import { beforeEach, describe, expect, test } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import { addExposure } from "../../convex/health/model";
import { applyEntry } from "../../convex/ledger/model";
import { allocate, availabilityOf } from "../../convex/policies/allocation";
import { addPolicies, findPosition, setProviderHealthStatus } from "../../convex/positions/model";
import { recordPrice } from "../../convex/prices/model";
import type { HealthStatus } from "../../src/domain/health";
import { makeEntry } from "../../src/domain/ledger";
import { ALICE, as, BOB } from "./backend";
import { type Desk, openDesk, refusal } from "./desk";
import { agreed, priceTime } from "./pricing";

const BALANCED = { tier: "Balanced", token: "STX" } as const;

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
  const changes = { warningBuffer: 400_000, floorRate: 20_000, maxUtilization: 600_000 };
  await desk.backend.mutation(internal.tiers.terms.setRules, { ...BALANCED, changes, actor: "Ada", reason: "test" });
});

const STX = 1_000_000n;
/** 10 STX at $2. With a buffer of 40% it needs 0.6 x 1.4 x 10 / 1.4 = 6 STX at $1.40, and 8.4 STX at $1.25. */
const SHARE = {
  policyId: 7n,
  strikeUsdMicros: 2_000_000n,
  quantity: 10n * STX,
  coverage: 10n * STX,
  lock: 4n * STX,
  expiresAt: 1_900_000_000,
};

/** The position stands behind the share, and has locked for it. */
function backs(provider: string) {
  return desk.backend.run(async (ctx) => {
    const position = await findPosition(ctx, { provider, ...BALANCED });
    if (!position) throw new Error(`${provider} has no position`);
    const pocket = (name: "available" | "locked") =>
      ({ kind: "position", positionId: position._id, pocket: name }) as const;
    const locks = [
      { account: pocket("available"), amount: -SHARE.lock },
      { account: pocket("locked"), amount: SHARE.lock },
    ];
    await applyEntry(ctx, makeEntry(`test:${provider}`, "STX", locks), 1);
    await addPolicies(ctx, position._id, 1);
    await addExposure(ctx, position._id, SHARE, 1);
    return position._id;
  });
}

/** A price that nothing follows from by itself: what a position keeps is asked before anybody adds to its locks. */
async function priced(usdMicros: bigint, ageMs = 0) {
  prices += 1;
  const at = (await priceTime(desk.backend)) - ageMs + prices;
  await desk.backend.run(async (ctx) => void (await recordPrice(ctx, "STX", agreed(usdMicros, at), at)));
}
let prices = 0;

function becomes(provider: string, status: HealthStatus) {
  return desk.backend.run(async (ctx) => {
    const position = await findPosition(ctx, { provider, ...BALANCED });
    if (!position) throw new Error(`${provider} has no position`);
    const row = await ctx.db
      .query("health")
      .withIndex("by_position", (q) => q.eq("positionId", position._id))
      .unique();
    await ctx.db.patch("health", row?._id as never, { status });
    await setProviderHealthStatus(ctx, position._id, status);
  });
}

const quote = (who: string) => as(desk.backend, who).query(api.liquidity.quoteWithdrawal, BALANCED);
const move = (who: string, amount: bigint) => desk.move(who, { amount });

describe("Alice has 10 STX and stands behind a policy with 4 of them", () => {
  beforeEach(async () => {
    await desk.deposited(ALICE, 10n * STX, "Balanced");
    await desk.deposited(BOB, 10n * STX, "Balanced");
    await backs(ALICE);
  });

  test.each([
    [1_700_000n, 6n * STX, "available"],
    [1_400_000n, 4n * STX, "health"],
    [1_399_999n, 4n * STX - 15n, "health"],
    [1_250_000n, 1_600_000n, "health"],
    [1_166_666n, 0n, "health"],
    [600_000n, 0n, "health"],
  ] as const)("at %d micro-dollars %d may leave, by %s", async (price, max, binding) => {
    await priced(price);
    expect(await quote(ALICE)).toMatchObject({ max, binding, available: 6n * STX });
    await desk.refused(() => desk.withdraw(ALICE, max + 1n, "Balanced"), "WITHDRAWAL_ABOVE_MAXIMUM", { max, binding });
    await desk.refused(() => move(ALICE, max + 1n), "MOVE_ABOVE_MAXIMUM", { max, binding });
    expect(await quote(BOB)).toMatchObject({ max: 10n * STX, binding: "available" });
    if (max === 0n) return;
    await desk.withdraw(ALICE, max, "Balanced");
    // What is on its way out is no capital that could stay.
    if (binding === "health") await desk.refused(() => move(ALICE, 1n), "MOVE_ABOVE_MAXIMUM", { max: 0n });
  });

  test("all that may leave can move too", async () => {
    await priced(1_400_000n);
    await move(ALICE, 4n * STX);
    await desk.refused(() => desk.withdraw(ALICE, 1n, "Balanced"), "WITHDRAWAL_ABOVE_MAXIMUM", {
      max: 0n,
      binding: "health",
    });
  });

  test("without a good price nothing leaves, but what no policy needs does", async () => {
    await expect(quote(ALICE)).rejects.toEqual(refusal("NO_GOOD_PRICE"));
    await desk.refused(() => desk.withdraw(ALICE, 1n, "Balanced"), "NO_GOOD_PRICE");
    await desk.refused(() => move(ALICE, 1n * STX), "NO_GOOD_PRICE");
    await desk.withdraw(BOB, 10n * STX, "Balanced");
    expect(await desk.backend.run((ctx) => availabilityOf(ctx, BALANCED))).toBe(0n);
  });

  test("an old price is none", async () => {
    await priced(1_700_000n, 3_600_000);
    await expect(quote(ALICE)).rejects.toEqual(refusal("NO_GOOD_PRICE"));
    await desk.refused(() => desk.withdraw(ALICE, 1n, "Balanced"), "NO_GOOD_PRICE");
  });

  test.each(["MarginCall", "Liquidating"] as const)("nothing leaves in %s, whatever the price", async (status) => {
    await priced(1_900_000n);
    await becomes(ALICE, status);
    expect(await quote(ALICE)).toMatchObject({ max: 0n, binding: "health" });
    await desk.refused(() => desk.withdraw(ALICE, 1n, "Balanced"), "WITHDRAWAL_ABOVE_MAXIMUM", { max: 0n });
    await desk.refused(() => move(ALICE, STX), "MOVE_ABOVE_MAXIMUM", { max: 0n, binding: "health" });
  });
});

describe("a taker is Healthy with what it takes", () => {
  const ask = (
    lock: bigint,
    put: { quantity: bigint; coverage: bigint } = { quantity: 2n * lock, coverage: 2n * lock },
  ) => desk.backend.run((ctx) => allocate(ctx, { ...BALANCED, put: { strikeUsdMicros: 2_000_000n, ...put }, lock }));
  const available = () => desk.backend.run((ctx) => availabilityOf(ctx, BALANCED));

  test("what its policies need is not free, though its utilisation would allow it", async () => {
    await desk.deposited(ALICE, 10n * STX, "Balanced");
    await backs(ALICE);
    await priced(2_000_000n);
    expect(await available()).toBe(2n * STX);
    await priced(1_250_000n);
    expect(await available()).toBe(1_600_000n);
    await priced(1_166_666n);
    expect(await available()).toBe(0n);
    expect(await ask(STX)).toMatchObject({ refusal: { code: "TIER_UNAVAILABLE", max: 0n } });
  });

  test("a policy that needs more than its lock asks for more", async () => {
    await desk.deposited(BOB, 8n * STX, "Balanced");
    await priced(1_250_000n);
    // It needs 8.4 STX.
    const lost = { quantity: 10n * STX, coverage: 10n * STX };
    expect(await available()).toBe(4_800_000n);
    expect((await ask(4n * STX, lost)).ok).toBe(false);
    await desk.deposited(ALICE, STX * 5n, "Balanced");
    const shared = await ask(4n * STX, lost);
    if (!shared.ok) throw new Error("they can take it together");
    expect(shared.value.map(({ lock }) => lock).reduce((sum, lock) => sum + lock)).toBe(4n * STX);
    for (const { positionId, quantity } of shared.value) {
      const position = await desk.backend.run((ctx) => ctx.db.get("positions", positionId));
      expect((quantity * 84n) / 100n).toBeLessThanOrEqual(position?.available ?? 0n);
    }
  });
});
