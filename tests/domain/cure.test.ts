/** What cures a position is enough, and one unit less is not: held against the rule that decides its state. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { missingCapital } from "../../src/domain/cure";
import { type Exposure, type HealthStatus, statusAt, triggersOf } from "../../src/domain/health";
import { DEFAULT_RULES } from "../../src/domain/tiers";

const RULES = DEFAULT_RULES.Aggressive.STX;
const exposure = fc
  .record({
    strikeUsdMicros: fc.bigInt(1n, 10_000_000n),
    quantity: fc.bigInt(1n, 10n ** 12n),
    locked: fc.integer({ min: 0, max: 100 }),
  })
  .map(
    ({ strikeUsdMicros, quantity, locked }, n = 0): Exposure => ({
      ...{ policyId: BigInt(n), strikeUsdMicros, quantity, coverage: quantity, expiresAt: 0 },
      lock: (quantity * BigInt(locked)) / 100n,
    }),
  );
const situation = fc.record({
  exposures: fc.array(exposure, { minLength: 1, maxLength: 4 }),
  available: fc.bigInt(0n, 10n ** 12n),
  price: fc.bigInt(1n, 12_000_000n),
});

/** Where it is at the price, with so much more, after a state. */
const after = (
  was: HealthStatus,
  { exposures, available, price }: typeof situation extends fc.Arbitrary<infer S> ? S : never,
) => statusAt(was, triggersOf(exposures, available, RULES), price);

test.each([
  ["MarginCall", "toEndCall", ["Warning", "Healthy"]],
  ["Liquidating", "toEndCall", ["Warning", "Healthy"]],
  ["Warning", "toBeHealthy", ["Healthy"]],
  ["MarginCall", "toBeHealthy", ["Healthy"]],
] as const)("after %s, %s is the least that is enough", (was, which, cured) => {
  fc.assert(
    fc.property(situation, (at) => {
      const missing = missingCapital(at.exposures, at.available, at.price, RULES)[which];
      const withMore = (more: bigint) => after(was, { ...at, available: at.available + more });
      expect(cured).toContain(withMore(missing));
      if (missing > 0n) expect(cured).not.toContain(withMore(missing - 1n));
    }),
    { numRuns: 300 },
  );
});
