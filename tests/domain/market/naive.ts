/**
 * What a policy is worth to whom, told in exact fractions straight from DESIGN section 5, one sentence a function. Nothing of
 * src/domain but the words for its numbers.
 */
import { type Fraction, least, most, ratio, times, up, whole, ZERO } from "./fraction";

export interface NaivePut {
  strikeUsdMicros: bigint;
  quantity: bigint;
  coverage: bigint;
}

/** "own-token coverage = (strike - floor) x quantity / floor, rounded up". */
export function exactCoverage(put: Omit<NaivePut, "coverage">, floorPriceUsdMicros: bigint): Fraction {
  return ratio((put.strikeUsdMicros - floorPriceUsdMicros) * put.quantity, floorPriceUsdMicros);
}

/** What the put is owed at a price, in its own token, if there were no cap. */
export function exactPayoff({ strikeUsdMicros, quantity }: NaivePut, priceUsdMicros: bigint): Fraction {
  return most(ZERO, ratio((strikeUsdMicros - priceUsdMicros) * quantity, priceUsdMicros));
}

/** "Payout = min(USD payoff / price, coverage)". */
export function exactPayout(put: NaivePut, priceUsdMicros: bigint): Fraction {
  return least(exactPayoff(put, priceUsdMicros), whole(put.coverage));
}

export interface Buffers {
  buffer: number;
  floorRate: number;
}

/** "max(intrinsic x (1 + buffer), floor rate x strike) x quantity / S, never above coverage". */
export function exactNeed(put: NaivePut, priceUsdMicros: bigint, { buffer, floorRate }: Buffers): Fraction {
  const intrinsic = most(ZERO, whole(put.strikeUsdMicros - priceUsdMicros));
  const buffered = times(intrinsic, ratio(1_000_000 + buffer, 1_000_000));
  const least_ = times(whole(put.strikeUsdMicros), ratio(floorRate, 1_000_000));
  const dollars = times(most(buffered, least_), whole(put.quantity));
  return least(times(dollars, ratio(1, priceUsdMicros)), whole(put.coverage));
}

/** What all of a position's policies need, each rounded up by itself. */
export function needOfAll(puts: NaivePut[], priceUsdMicros: bigint, buffers: Buffers): bigint {
  return puts.reduce((sum, put) => sum + up(exactNeed(put, priceUsdMicros, buffers)), 0n);
}

/** "A premium is earned linearly over the policy's life". */
export function exactEarned(premium: bigint, { from, to, at }: { from: number; to: number; at: number }): Fraction {
  if (at <= from) return ZERO;
  return at >= to ? whole(premium) : times(whole(premium), ratio(at - from, to - from));
}

/** The part of each of some weights, exactly. */
export function exactShares(total: Fraction, weights: bigint[]): Fraction[] {
  const all = weights.reduce((sum, weight) => sum + weight, 0n);
  return weights.map((weight) => (all === 0n ? ZERO : times(total, ratio(weight, all))));
}
