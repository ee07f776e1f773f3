/** Policies that positions of the bench's population stand behind: one a position, sold, locked and half as old as it gets. */
import type { WithoutSystemFields } from "convex/server";
import type { Doc, Id } from "../../../convex/_generated/dataModel";
import { coverageOf, floorPrice, initialLock } from "../../domain/coverage";
import { boundsOf, type Exposure, HIGHEST_PRICE, lockTrigger, triggersOf } from "../../domain/health";
import { DEFAULT_RULES, type Tier } from "../../domain/tiers";
import type { Token } from "../../domain/tokens";

type Fields<Table extends "policies" | "backings" | "health"> = WithoutSystemFields<Doc<Table>>;

/** The tier and token whose positions back policies: what is locked behind them is a part of what they cover. */
export const BACKED = { tier: "Aggressive", token: "sBTC" } as const;
const RULES = DEFAULT_RULES[BACKED.tier][BACKED.token];
/** Seconds: policies are so old, and last as long again. */
const AGE = 15 * 86_400;
const QUANTITY = 800_000n;
const PREMIUM = 10_000n;
const USD = 1_000_000n;

/** Of most policies, and of those that the price comes to first. */
export const STRIKES = { far: 50_000n * USD, near: 70_000n * USD };
/** Prices of BTC at which no position is due, at which the locks of those with the near strike are, and at which they are called. */
export const BTC = { calm: 60_000n * USD, lower: 59_000n * USD, locks: 56_000n * USD, called: 46_000n * USD };

/** The floor is a fixed part of the strike, so all strikes have the same coverage. */
const COVERAGE = coverageOf({
  strikeUsdMicros: STRIKES.far,
  floorPriceUsdMicros: floorPrice(STRIKES.far, RULES),
  quantity: QUANTITY,
});
export const LOCK = initialLock(COVERAGE, RULES);

export function isBacked({ tier, token }: { tier: Tier; token: Token }): boolean {
  return tier === BACKED.tier && token === BACKED.token;
}

interface Sold {
  policyId: bigint;
  positionId: Id<"positions">;
  buyer: string;
  strike: bigint;
  /** What the position has beside the lock, base units. */
  available: bigint;
  /** Block time, unix seconds. */
  now: number;
}

export function backedPolicy({ policyId, positionId, buyer, strike: strikeUsdMicros, available, now }: Sold): {
  policy: Fields<"policies">;
  backing: Fields<"backings">;
  health: Fields<"health">;
} {
  const floorPriceUsdMicros = floorPrice(strikeUsdMicros, RULES);
  const share = { quantity: QUANTITY, coverage: COVERAGE };
  const put = { strikeUsdMicros, ...share };
  const [startedAt, expiresAt] = [now - AGE, now + AGE];
  const exposure: Exposure = { policyId, ...put, lock: LOCK, expiresAt };
  const { worseAt, betterAt } = boundsOf("Healthy", triggersOf([exposure], available, RULES));
  return {
    policy: {
      ...{ policyId, buyer, underlying: "BTC", ...BACKED, ...put, floorPriceUsdMicros, premium: PREMIUM, lock: LOCK },
      ...{ quotedAtUsdMicros: BTC.calm, expiresAt, termsExpireAt: startedAt, signature: "0".repeat(130) },
      ...{ status: "active", startedAt, locked: LOCK, lockTarget: LOCK, earned: 0n, earnedUntil: startedAt },
      ...{ exercisedAtMs: null, outcome: null },
    },
    backing: { policyId, positionId, ...share, locked: LOCK, reserved: 0n },
    health: {
      ...{ positionId, ...BACKED, status: "Healthy", exposures: [exposure], worseAt },
      ...{
        betterAt: betterAt ?? HIGHEST_PRICE,
        lockAt: lockTrigger(exposure, RULES.marginCallBuffer, RULES.floorRate),
      },
      ...{ dueAt: null, isStuck: false, ratio: null, asOf: now },
    },
  };
}
