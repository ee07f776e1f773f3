/**
 * How much of the underlying's own token a put may ever need, and how much of it is locked when it is sold.
 *
 * The payout (strike - price) x quantity / price grows without bound as the price falls, so a floor price bounds it: down
 * to there the coverage pays in full, below it the payout stays at the coverage. All of it is exact in integers.
 */
import { type PolicyRules, WHOLE } from "./policies";
import { ceilDiv } from "./rounding";

const whole = BigInt(WHOLE);

/** Micro-dollars, rounded down: a lower floor protects its buyer further. 0 where the strike is too small to have one. */
export function floorPrice(strikeUsdMicros: bigint, { floor }: Pick<PolicyRules, "floor">): bigint {
  return (strikeUsdMicros * BigInt(floor)) / whole;
}

/** What has a strike and a floor price below it, both above 0. */
export interface Protected {
  strikeUsdMicros: bigint;
  floorPriceUsdMicros: bigint;
}

function requireRange({ strikeUsdMicros: strike, floorPriceUsdMicros: floor }: Protected) {
  if (floor <= 0n || floor >= strike) throw new Error(`No floor price for strike ${strike}: ${floor}`);
}

/** Base units, rounded up: the payout at the floor price is never more. */
export function coverageOf(put: Protected & { quantity: bigint }): bigint {
  requireRange(put);
  return ceilDiv((put.strikeUsdMicros - put.floorPriceUsdMicros) * put.quantity, put.floorPriceUsdMicros);
}

/** What is locked at the sale, base units, rounded up. */
export function initialLock(coverage: bigint, { initialMargin }: Pick<PolicyRules, "initialMargin">): bigint {
  return ceilDiv(coverage * BigInt(initialMargin), whole);
}

/** The largest quantity whose coverage is at most `coverage`; 0 if not even one base unit's is. */
export function quantityWithin(coverage: bigint, { strikeUsdMicros: strike, floorPriceUsdMicros: floor }: Protected) {
  requireRange({ strikeUsdMicros: strike, floorPriceUsdMicros: floor });
  return (coverage * floor) / (strike - floor);
}

/** The largest coverage whose initial lock is at most `lock`. */
export function coverageWithin(lock: bigint, { initialMargin }: Pick<PolicyRules, "initialMargin">): bigint {
  return (lock * whole) / BigInt(initialMargin);
}

/** The smallest quantity whose initial lock is at least `lock`. */
export function quantityFor(lock: bigint, put: Protected, rules: Pick<PolicyRules, "initialMargin">): bigint {
  return lock <= 0n ? 0n : quantityWithin(coverageWithin(lock - 1n, rules), put) + 1n;
}
