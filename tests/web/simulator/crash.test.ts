import fc from "fast-check";
import { expect, test } from "vitest";
import { WHOLE } from "../../../src/domain/policies";
import { TIERS } from "../../../src/domain/tiers";
import { TOKENS } from "../../../src/domain/tokens";
import { type Assumed, crashAt, fallenBy, fallTo, worked } from "../../../src/web/simulator/crash";
import { momentsOf } from "../../../src/web/simulator/words";
import { tierView } from "../tiers/views";

const USD = 1_000_000n;
const BTC = 100_000_000n;

function assume(changes: Partial<Assumed> & Pick<Assumed, "tier">): Assumed {
  const token = changes.token ?? "sBTC";
  const { rules } = tierView(changes.tier, token);
  return { token, rules, capital: BTC, priceUsdMicros: 60_000n * USD, utilization: rules.maxUtilization, ...changes };
}

/** At a strike of the price itself: what docs/rules.md tells of the locks of a new deployment is told at such a strike. */
function atTheMoney(tier: Assumed["tier"]): Assumed {
  const assumed = assume({ tier });
  return { ...assumed, rules: { ...assumed.rules, maxStrike: WHOLE } };
}

test("what Balanced locks is enough for a fall by a third, what Aggressive locks for a fall by a fifth", () => {
  for (const [tier, price] of [
    ["Balanced", 40_000n * USD],
    ["Aggressive", 48_000n * USD],
  ] as const) {
    const position = worked(atTheMoney(tier));
    const { lock } = position.policy?.exposure ?? { lock: 0n };
    expect(crashAt(position, price).paid).toBe(lock);
    expect(crashAt(position, price - USD).paid).toBeGreaterThan(lock);
    expect(crashAt(position, price + USD).paid).toBeLessThan(lock);
  }
});

test("Conservative can't fall short: healthy at any price, it pays at most its lock, and has it all at half of the strike", () => {
  const position = worked(assume({ tier: "Conservative" }));
  expect(position.policy?.exposure).toMatchObject({ lock: 90_000_000n, coverage: 90_000_000n, quantity: 90_000_000n });
  const floor = crashAt(position, 30_000n * USD);
  expect(floor).toMatchObject({ status: "Healthy", paid: 90_000_000n, locked: 90_000_000n, leftIfTakenOver: null });
  expect(crashAt(position, USD).paid).toBe(90_000_000n);
  expect(momentsOf(position).map(({ name }) => name)).toEqual(["Break-even", "12 March 2020", "Floor price"]);
});

test("Balanced at its most covers 120% of the capital: all of it can go, and what is owed beyond is told", () => {
  const position = worked(assume({ tier: "Balanced" }));
  expect(position.policy?.exposure.coverage).toBe(120_000_000n);
  const bottom = crashAt(position, 18_000n * USD);
  expect(bottom).toMatchObject({ status: "Liquidating", paid: BTC, beyond: 20_000_000n, left: bottom.earned });
});

test("12 March 2020 by hand: 37% down, a policy on 0.9 of a coin", () => {
  const assumed = { ...assume({ tier: "Conservative" }), priceUsdMicros: 8_000n * USD };
  const after = crashAt(worked(assumed), 5_040n * USD);
  // (8000 - 5040) x 0.9 / 5040 = 0.52857142…
  expect(after.paid).toBe(52_857_142n);
  expect(after.left).toBe(BTC - 52_857_142n + after.earned);
});

test("states come in their order, and each moment is the highest price of its state", () => {
  for (const tier of ["Balanced", "Aggressive"] as const) {
    const position = worked(assume({ tier }));
    for (const [name, status] of [
      ["Warning", "Warning"],
      ["Margin call", "MarginCall"],
      ["Liquidating", "Liquidating"],
    ] as const) {
      const moment = momentsOf(position).find((known) => known.name === name);
      const price = moment?.priceUsdMicros ?? 0n;
      expect(crashAt(position, price).status).toBe(status);
      expect(crashAt(position, price + 1n).status).not.toBe(status);
    }
  }
});

test("a takeover costs at least an exercise at that price, and leaves less the penalty", () => {
  const position = worked(assume({ tier: "Aggressive" }));
  const at = position.policy?.triggers.liquidation ?? 0n;
  const { leftIfTakenOver, left, earned } = crashAt(position, at);
  expect(leftIfTakenOver).not.toBeNull();
  expect(leftIfTakenOver ?? 0n).toBeLessThanOrEqual(left - earned);
});

test("what can't be sold is not at work: nothing is paid, nothing earned", () => {
  const position = worked(assume({ tier: "Balanced", capital: 10_000n, utilization: 100_000 }));
  expect(position.policy).toBeNull();
  expect(crashAt(position, USD)).toMatchObject({ left: 10_000n, paid: 0n, earned: 0n, status: "Healthy" });
});

/** The same in rational numbers of its own: no function of the product, numerator and denominator apart. */
function naive({ capital, rules, utilization, priceUsdMicros }: Assumed, price: bigint) {
  const million = 1_000_000;
  const [start, now, money] = [Number(priceUsdMicros), Number(price), Number(capital)];
  const strike = (start * rules.maxStrike) / million;
  const floor = (strike * rules.floor) / million;
  const coverage = (money * utilization) / rules.initialMargin;
  const quantity = (coverage * floor) / (strike - floor);
  const owed = Math.min(coverage, now >= strike ? 0 : ((strike - now) * quantity) / now);
  const need = (buffer: number) =>
    Math.min(
      coverage,
      Math.max(
        (money * utilization) / million,
        (Math.max((strike - now) * (1 + buffer / million), (rules.floorRate / million) * strike) * quantity) / now,
      ),
    );
  const isBelow = (buffer: number, slack: number) => need(buffer) > money * (1 + slack);
  return { paid: Math.min(owed, money), beyond: Math.max(0, owed - money), isBelow };
}

test("an independent model agrees: what is paid, what is beyond, and the state", () => {
  const cases = fc.record({
    tier: fc.constantFrom(...TIERS),
    token: fc.constantFrom(...TOKENS),
    capital: fc.bigInt(1_000_000_000n, 10n ** 15n),
    dollars: fc.bigInt(1n, 200_000n),
    work: fc.integer({ min: 1, max: 100 }),
    fall: fc.integer({ min: 0, max: 99 }),
  });
  fc.assert(
    fc.property(cases, ({ tier, token, capital, dollars, work, fall }) => {
      const { rules } = tierView(tier, token);
      const utilization = Math.floor((rules.maxUtilization * work) / 100);
      const assumed = { tier, token, rules, capital, utilization, priceUsdMicros: dollars * USD };
      const price = fallenBy(assumed.priceUsdMicros, fall * 10_000);
      const point = crashAt(worked(assumed), price);
      const model = naive(assumed, price);
      const close = Number(capital) * 1e-6;
      expect(Math.abs(Number(point.paid) - model.paid)).toBeLessThan(close);
      expect(Math.abs(Number(point.beyond) - model.beyond)).toBeLessThan(close);
      expect(point.left).toBe(capital - point.paid + point.earned);
      expect(point.locked).toBeLessThanOrEqual(capital);
      // Where the model is nearer to the edge than its own rounding it says nothing.
      for (const [buffer, states] of [
        [rules.warningBuffer, ["Warning", "MarginCall", "Liquidating"]],
        [rules.marginCallBuffer, ["MarginCall", "Liquidating"]],
        [rules.liquidationBuffer, ["Liquidating"]],
      ] as const) {
        const isIn = (states as readonly string[]).includes(point.status);
        if (model.isBelow(buffer, 1e-6)) expect(isIn).toBe(true);
        else if (!model.isBelow(buffer, -1e-6)) expect(isIn).toBe(false);
      }
    }),
    { numRuns: 300 },
  );
});

test("the further the price falls, the more is paid", () => {
  const position = worked(assume({ tier: "Balanced" }));
  const paid = Array.from({ length: 71 }, (_, n) => crashAt(position, fallenBy(60_000n * USD, n * 10_000)).paid);
  expect([...paid].sort((one, other) => (one < other ? -1 : 1))).toEqual(paid);
});

test("a fall and the price that it leads to", () => {
  expect(fallenBy(100n * USD, 370_000)).toBe(63n * USD);
  expect(fallTo(100n * USD, 63n * USD)).toBe(370_000);
  expect(fallenBy(1n, 999_999)).toBe(1n);
});
