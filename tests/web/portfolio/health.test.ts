/** A position's health at the price of now: what is told of it is what the books' own rule says. */
import { expect, test } from "vitest";
import { collateralization, type HealthStatus, triggersOf } from "../../../src/domain/health";
import { DEFAULT_RULES } from "../../../src/domain/tiers";
import { type HealthFacts, viewHealth } from "../../../src/web/portfolio/healthView";
import { turnInWords, whatNext } from "../../../src/web/portfolio/healthWords";
import { position, SHARE } from "./sample";

const RULES = DEFAULT_RULES.Balanced.sBTC;
const USD = 1_000_000n;
const triggers = triggersOf([SHARE], 20_000_000n, RULES);

function backing(healthStatus: HealthStatus, changes: Partial<HealthFacts> = {}) {
  const own = { token: "sBTC" as const, available: 20_000_000n, locked: SHARE.lock, exposures: [SHARE] };
  return position({ ...own, healthStatus, triggerPriceUsdMicros: triggers.warning, ...changes });
}

test("the price moves the ratio and the distance, and not the status, which is the books'", () => {
  const view = viewHealth(backing("Healthy"), RULES, 50_000n * USD);
  expect(view).toMatchObject({ status: "Healthy", coming: null, missing: null });
  expect(view.ratio).toBe(collateralization([SHARE], 20_000_000n, 50_000n * USD, RULES));
  expect(view.worse).toMatchObject({ priceUsdMicros: triggers.warning, becomes: "Warning" });
  expect(view.worse?.away).toBe(Number(((triggers.warning - 50_000n * USD) * 1_000_000n) / (50_000n * USD)));
  expect(viewHealth(backing("Healthy"), RULES, triggers.warning)).toMatchObject({
    status: "Healthy",
    coming: "Warning",
  });
  expect(viewHealth(backing("Healthy"), RULES, triggers.warning + 1n).coming).toBeNull();
});

test("without a good price or the tier's rules the books' last word stands", () => {
  const known = backing("Healthy", { collateralizationRatio: 1_234_567 });
  expect(viewHealth(known, RULES, null)).toMatchObject({ ratio: 1_234_567, missing: null, coming: null });
  const bare = viewHealth(known, null, 50_000n * USD);
  expect(bare).toMatchObject({ ratio: 1_234_567, triggers: null, worse: { becomes: "Warning" } });
  expect(viewHealth(backing("MarginCall"), null, null).worse?.becomes).toBe("Liquidating");
});

test("a call says what it lacks", () => {
  const called = backing("MarginCall", { triggerPriceUsdMicros: triggers.liquidation });
  const { missing, worse } = viewHealth(called, RULES, triggers.marginCall);
  expect(worse?.becomes).toBe("Liquidating");
  expect(missing?.toEndCall ?? 0n).toBeGreaterThan(0n);
  expect(missing?.toBeHealthy ?? 0n).toBeGreaterThan(missing?.toEndCall ?? 0n);
});

test.each<[string, HealthFacts, bigint | null, RegExp]>([
  ["no policies", position(), 50_000n * USD, /backs no policies/],
  ["all covered", backing("Healthy", { triggerPriceUsdMicros: null }), 50_000n * USD, /Healthy at any price/],
  [
    "below",
    backing("Healthy", { triggerPriceUsdMicros: 40_000n * USD }),
    50_000n * USD,
    /Warning at \$40,000\.00, 20% below now\.$/,
  ],
  [
    "no price",
    backing("Healthy", { triggerPriceUsdMicros: 40_000n * USD }),
    null,
    /Changes to Warning at \$40,000\.00\.$/,
  ],
  [
    "both ways",
    backing("Warning", { triggerPriceUsdMicros: triggers.marginCall, betterAtUsdMicros: 55_000n * USD }),
    50_000n * USD,
    /^Changes to MarginCall at .+ below now\. Healthy again at \$55,000\.00, 10% above now\.$/,
  ],
])("the turn in words: %s", (_, facts, price, words) => {
  expect(turnInWords(facts, viewHealth(facts, RULES, price))).toMatch(words);
});

test("each state but Healthy says what happens next", () => {
  const facts = { dueAt: Date.UTC(2027, 0, 10, 10), isStuck: false };
  expect(whatNext(facts, "Healthy")).toBeNull();
  expect(whatNext(facts, "Warning")).toMatch(/Nothing is stopped/);
  expect(whatNext(facts, "MarginCall")).toMatch(/You have until .*2027.* to add capital/);
  expect(whatNext(facts, "Liquidating")).toMatch(/one at a time/);
  expect(whatNext({ ...facts, isStuck: true }, "Liquidating")).toMatch(/Nobody can take/);
});
