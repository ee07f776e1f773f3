/** Quotes as anyone gets them: exactly what the rules make of the price and the chain of now, or why there is none. */
import { getAddressFromPrivateKey } from "@stacks/transactions";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import { realisedVolatility } from "../../convex/prices/model";
import { TOKEN_OF, type Underlying } from "../../src/domain/policies";
import { quote } from "../../src/domain/quotes";
import { DEFAULT_RULES, TIERS, type Tier } from "../../src/domain/tiers";
import type { Token } from "../../src/domain/tokens";
import { ALICE, apply, as, type Backend, BOB, openBackend, PaperVault, settle, sync } from "./backend";
import { agreed, setPrice } from "./pricing";
import { refusal } from "./withdrawing";

const DAY = 86_400;
const USD = 1_000_000n;
const BTC = 100_000_000n;
const PRICE = { BTC: 50_000n * USD, STX: 2n * USD };
const AUTHOR = { actor: "Ada", reason: "a test" };

let backend: Backend;
let vault: PaperVault;

afterEach(() => void vi.useRealTimers());
beforeEach(async () => {
  // Nobody but the tests looks at the chain.
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  backend = await openBackend();
  vault = new PaperVault();
});

const tip = () => vault.timeOf(vault.height);

/** Lets block time pass, and sync see it. */
async function pass(seconds: number) {
  vault.mine(Math.ceil(seconds / 10));
  await sync(backend, vault);
}

async function deposited(who: string, tier: Tier, token: Token, amount: bigint) {
  const asked = { tier, token, amount };
  const { reference } = await as(backend, who).action(api.liquidity.requestCommitCapital, asked);
  vault.deposit(who, token, amount, reference);
  await settle(backend, vault);
}

/** A tier with capital, and a price of its token. */
async function market(tier: Tier = "Balanced", underlying: Underlying = "BTC", amount = 10n * BTC) {
  await sync(backend, vault);
  await deposited(ALICE, tier, TOKEN_OF[underlying], amount);
  await setPrice(backend, underlying, PRICE[underlying]);
}

const asked = (change: object = {}) => ({
  underlying: "BTC",
  tier: "Balanced",
  strikeUsdMicros: PRICE.BTC,
  quantity: BTC,
  expiresAt: (tip() + 30 * DAY) * 1_000,
  ...change,
});
const quoted = (change: object = {}) => backend.query(api.policies.quotePolicy, asked(change));
const refused = (code: string, facts: Record<string, unknown> = {}, change: object = {}) =>
  expect(quoted(change)).rejects.toEqual(refusal(code, facts));
const available = (key: object = {}) =>
  backend.query(api.liquidity.getTierAvailability, { tier: "Balanced", token: "sBTC", ...key });

describe.each(TIERS)("%s", (tier) => {
  test.each(["BTC", "STX"] as const)("quotes a put on %s exactly as the rules say, to anybody", async (underlying) => {
    const token = TOKEN_OF[underlying];
    await market(tier, underlying, 20n * BTC);
    const strikeUsdMicros = (PRICE[underlying] * 9n) / 10n;
    const request = { underlying, tier, strikeUsdMicros, quantity: 12_345_678n, expiresAt: tip() + 9 * DAY };
    const rules = DEFAULT_RULES[tier][token];
    const { volatility } = rules;
    const priceUsdMicros = PRICE[underlying];
    const answer = quote(request, { rules, priceUsdMicros, volatility, now: tip(), burst: vault.settlementCap / 2n });
    if (!answer.ok) throw new Error(answer.refusal.message);
    const expiresAt = request.expiresAt * 1_000;
    expect(await backend.query(api.policies.quotePolicy, { ...request, expiresAt })).toEqual({
      ...{ ...request, expiresAt, ...answer.value },
      ...{ volatility, priceUsdMicros, asOf: tip() * 1_000 },
      pricePublishedAt: expect.any(Number),
    });
  });
});

describe("without a good price there is no quote:", () => {
  test("none at all, and one of another underlying", async () => {
    await sync(backend, vault);
    await deposited(ALICE, "Balanced", "sBTC", 10n * BTC);
    await refused("NO_GOOD_PRICE", { underlying: "BTC" });
    await setPrice(backend, "STX", PRICE.STX);
    await refused("NO_GOOD_PRICE", { underlying: "BTC" });
    await setPrice(backend, "BTC", PRICE.BTC);
    expect((await quoted()).priceUsdMicros).toBe(PRICE.BTC);
  });

  test("one from more than five minutes ago, by block time", async () => {
    await market();
    await pass(300);
    expect((await quoted()).premium > 0n).toBe(true);
    await pass(10);
    await refused("NO_GOOD_PRICE", { ageMs: 310_000 });
    await setPrice(backend, "BTC", PRICE.BTC);
    expect((await quoted()).premium > 0n).toBe(true);
  });

  test("sources that disagree, until they agree again", async () => {
    await market();
    const at = (tip() + 1) * 1_000;
    const [one] = agreed(PRICE.BTC, at);
    const [, two] = agreed(PRICE.BTC + PRICE.BTC / 20n, at);
    if (!one || !two) throw new Error("There are two sources");
    await backend.mutation(internal.prices.record.recordLook, { looks: [{ underlying: "BTC", quotes: [one, two] }] });
    await refused("NO_GOOD_PRICE");
    await setPrice(backend, "BTC", PRICE.BTC, at + 1);
    expect((await quoted()).priceUsdMicros).toBe(PRICE.BTC);
  });
});

describe("after a move of 10%, up or down, nothing is sold for an hour:", () => {
  test.each([
    ["up", 55_000n * USD, 54_999n * USD],
    ["down", 45_454n * USD, 45_455n * USD],
  ])("%s", async (_, moved, almost) => {
    await market();
    const strike = { strikeUsdMicros: 45_000n * USD };
    await pass(60);
    await setPrice(backend, "BTC", almost);
    expect((await quoted(strike)).priceUsdMicros).toBe(almost);
    await pass(3_000);
    await setPrice(backend, "BTC", moved);
    await refused("MARKET_MOVING", { limit: 100_000, underlying: "BTC" }, strike);
    await pass(3_590);
    await setPrice(backend, "BTC", moved);
    await refused("MARKET_MOVING", {}, strike);
    await pass(4_000);
    await setPrice(backend, "BTC", moved);
    expect((await quoted(strike)).priceUsdMicros).toBe(moved);
  });
});

test("a market wilder than the rules is priced as it is", async () => {
  await market();
  const calm = await quoted();
  for (let hour = 1; hour <= 26; hour++) {
    await pass(3_600);
    await setPrice(backend, "BTC", PRICE.BTC + (hour % 2 === 0 ? 0n : 1_500n * USD));
  }
  const wild = await quoted();
  const realised = await backend.run((ctx) => realisedVolatility(ctx, "BTC", tip() * 1_000));
  expect(realised.day).toBeGreaterThan(calm.volatility);
  expect(wild.volatility).toBe(Math.max(realised.day ?? 0, realised.month ?? 0));
  expect(wild.premium > calm.premium).toBe(true);
});

describe("what stops sales", () => {
  test("nothing is known of the chain yet, or the vault is not launched", async () => {
    await refused("NOT_SYNCED");
    await apply(backend, { ...vault.observation(0n), accounts: [] });
    await refused("NOT_LAUNCHED");
  });

  test("the guardian's pause", async () => {
    await market();
    vault.paused = true;
    await pass(10);
    await refused("VAULT_PAUSED");
    await expect(available()).rejects.toEqual(refusal("VAULT_PAUSED"));
    vault.paused = false;
    await pass(10);
    expect((await quoted()).quantity).toBe(BTC);
  });

  test("the breaker of policies, and no other one", async () => {
    await market();
    const breakers = internal.breakers.control;
    for (const capability of ["commit", "withdraw", "settle", "sync"] as const)
      await backend.mutation(breakers.tripBreaker, { capability, ...AUTHOR });
    expect((await quoted()).quantity).toBe(BTC);
    await backend.mutation(breakers.tripBreaker, { capability: "policies", ...AUTHOR });
    await refused("STOPPED", { capability: "policies" });
    await backend.mutation(breakers.resetBreaker, { capability: "policies", ...AUTHOR });
    expect((await quoted()).quantity).toBe(BTC);
  });

  test("a restore, until what was signed before it has expired", async () => {
    await market();
    await backend.mutation(internal.breakers.restore.begin, AUTHOR);
    await refused("RESTORING");
  });
});

test("what no tier and no underlying of that name sells is said so", async () => {
  await market();
  await refused("UNKNOWN_TIER", {}, { tier: "Reckless" });
  await refused("UNKNOWN_UNDERLYING", {}, { underlying: "sBTC" });
  await expect(available({ tier: "Reckless" })).rejects.toEqual(refusal("UNKNOWN_TIER"));
  await expect(available({ token: "DOGE" })).rejects.toEqual(refusal("UNKNOWN_TOKEN"));
});

test("strike, age and quantity end where the rules of the tier end", async () => {
  await market();
  await refused("STRIKE_OUT_OF_RANGE", { min: 30_000n * USD, max: 52_500n * USD }, { strikeUsdMicros: 0n });
  const [first, last] = [(tip() + DAY) * 1_000, (tip() + 60 * DAY) * 1_000];
  for (const expiresAt of [first - 1_000, first + 1, last + 1_000, 0, tip(), Number.NaN]) {
    await refused("EXPIRY_OUT_OF_RANGE", { min: first, max: last }, { expiresAt });
  }
  expect((await quoted({ expiresAt: first })).expiresAt).toBe(first);
  expect((await quoted({ expiresAt: last })).expiresAt).toBe(last);
  await refused("QUANTITY_OUT_OF_RANGE", { min: 19_999n }, { quantity: 19_998n });
  expect((await quoted({ quantity: 19_999n })).lock).toBe(10_000n);
});

test("new rules count from the next quote on", async () => {
  await market();
  const before = await quoted();
  const changes = { initialMargin: 800_000, floor: 400_000, loading: 0 };
  await backend.mutation(internal.tiers.terms.setRules, { tier: "Balanced", token: "sBTC", changes, ...AUTHOR });
  const after = await quoted();
  expect(after).toMatchObject({ floorPriceUsdMicros: 20_000n * USD, coverage: (BTC * 3n) / 2n, lock: (BTC * 6n) / 5n });
  expect(after.premium).toBe(after.fairValue);
  expect(before.premium > before.fairValue).toBe(true);
  const rules = await backend.query(api.policies.getTierRules, {});
  expect(rules.map(({ tier, token }) => `${tier} ${token}`)).toHaveLength(6);
  expect(rules[3]).toEqual({ tier: "Balanced", token: "sBTC", ...DEFAULT_RULES.Balanced.sBTC, ...changes });
  expect(rules[5]).toEqual({ tier: "Aggressive", token: "sBTC", ...DEFAULT_RULES.Aggressive.sBTC });
});

describe("the vault's cap on settlements", () => {
  const capped = async (cap: bigint) => {
    vault.settlementCap = cap;
    await pass(10);
  };

  test("bounds a policy's coverage by half of it, to the unit", async () => {
    await market();
    await capped(2n * BTC + 1n);
    expect((await quoted()).coverage).toBe(BTC);
    await refused("QUANTITY_OUT_OF_RANGE", { max: BTC }, { quantity: BTC + 1n });
    expect(await available()).toMatchObject({ largestLock: BTC / 2n });
    await capped(2n * BTC - 1n);
    await refused("QUANTITY_OUT_OF_RANGE", { max: BTC - 1n });
  });

  test("closes all of it where it is closed, or not known", async () => {
    await market();
    await capped(0n);
    await refused("SETTLEMENTS_CLOSED");
    expect(await available()).toMatchObject({ largestLock: 0n, isAvailable: false });
    await capped(4n * BTC);
    expect((await quoted()).quantity).toBe(BTC);
    await backend.run(async (ctx) => {
      const mirror = await ctx.db.query("chainMirror").unique();
      if (!mirror) throw new Error("Nothing was seen");
      const accounts = mirror.accounts.map(({ settlementCap: _, ...account }) => account);
      await ctx.db.patch("chainMirror", mirror._id, { accounts });
    });
    await refused("SETTLEMENTS_CLOSED");
  });
});

test("availability is what one policy can really get: all of it is sold, one unit more is not", async () => {
  await sync(backend, vault);
  await setPrice(backend, "BTC", PRICE.BTC);
  expect(await available()).toEqual({ tier: "Balanced", token: "sBTC", largestLock: 0n, isAvailable: false });
  await refused("TIER_UNAVAILABLE", { max: 0n });
  await deposited(ALICE, "Balanced", "sBTC", 1_000_001n);
  await deposited(BOB, "Balanced", "sBTC", 3_000_000n);
  await deposited(BOB, "Aggressive", "sBTC", 9_000_000n);
  await setPrice(backend, "BTC", PRICE.BTC);
  // 60% of each, rounded down.
  const largestLock = 600_000n + 1_800_000n;
  expect(await available()).toMatchObject({ largestLock, isAvailable: true });
  const fits = async (requiredCollateral: bigint) => (await available({ requiredCollateral })).isAvailable;
  expect([await fits(largestLock), await fits(largestLock + 1n), await fits(0n), await fits(-1n)]).toEqual([
    true,
    false,
    false,
    false,
  ]);
  // Half of the coverage is locked, and coverage is the quantity here.
  expect((await quoted({ quantity: 2n * largestLock })).lock).toBe(largestLock);
  await refused("TIER_UNAVAILABLE", { max: largestLock }, { quantity: 2n * largestLock + 1n });
});

test("whoever takes is held to the answer of whoever asks: the same terms, or the same refusal", async () => {
  await market("Balanced", "BTC", 3n * BTC);
  // Of three, 1.8 may be locked: three halves and a little, so that the last one finds too little left.
  const wishes = [
    {},
    { strikeUsdMicros: 30_000n * USD },
    { strikeUsdMicros: 30_000n * USD - 1n },
    { expiresAt: (tip() + DAY) * 1_000 },
    { expiresAt: (tip() + DAY) * 1_000 - 1_000 },
    { expiresAt: (tip() + DAY) * 1_000 + 1 },
    { quantity: 19_999n },
    { quantity: 19_998n },
    { quantity: BTC / 2n },
    { quantity: BTC / 2n },
  ];
  const told = (answer: Promise<unknown>) => answer.catch(({ data }) => ({ refused: data }));
  const outcomes: string[] = [];
  for (const [n, wish] of wishes.entries()) {
    const asks = asked(wish);
    const seen = (await told(quoted(wish))) as Record<string, unknown> & { refused?: { code: string } };
    const privateKey = `${(n + 1).toString(16).padStart(64, "0")}01`;
    const buyer = as(backend, getAddressFromPrivateKey(privateKey, "testnet"));
    const taken = (await told(buyer.action(api.policies.requestPolicy, asks))) as typeof seen;
    outcomes.push(seen.refused?.code ?? "sold");
    const { premium, lock, coverage, floorPriceUsdMicros } = seen;
    const sold = { premium, lock, coverage, floorPriceUsdMicros };
    if (seen.refused) expect(taken).toEqual(seen);
    else expect(taken).toMatchObject(sold);
  }
  const [strike, expiry, quantity] = ["STRIKE_OUT_OF_RANGE", "EXPIRY_OUT_OF_RANGE", "QUANTITY_OUT_OF_RANGE"];
  expect(outcomes.slice(0, 4)).toEqual(["sold", "sold", strike, "sold"]);
  expect(outcomes.slice(4)).toEqual([expiry, expiry, "sold", quantity, "sold", "TIER_UNAVAILABLE"]);
});
