/**
 * What a policy is worth, and what it costs: Black-Scholes without interest, in the underlying's own token.
 *
 * In that token the payout is min(quantity x (strike / price - 1), coverage): a call on the reciprocal of the price, capped
 * at the coverage. Its buyer may exercise at any time. Without interest that is worth nothing while the payout can still
 * grow, and all of it once it can't: at the price where the coverage is reached, holding on can only lose. So the value is
 * that of a call on the reciprocal which pays the coverage as soon as that price is touched (M. Broadie and J. Detemple,
 * "American Capped Call Options on Dividend-Paying Assets", Review of Financial Studies 8, 1995), and has a closed form by
 * reflection. A European put, cut at the coverage, would be worth less than its own payout close to the floor.
 *
 * The formula is floating point; the money that comes out is rounded up, at least what exercise pays now, at most the
 * coverage, and a bigint.
 */
import { normalBelow } from "./normal";
import { type PolicyRules, type Put, WHOLE } from "./policies";
import { ceilDiv } from "./rounding";

/** The market never closes, so a year has all of its days. */
export const YEAR_SECONDS = 31_536_000;

/** What a value depends on beside the put itself. */
export interface Market {
  priceUsdMicros: bigint;
  /** Annual, millionths. */
  volatility: number;
  /** Until the expiry. */
  seconds: number;
}

/** Parts of a base unit of quantity that the formula's result is taken in: as fine as floating point can tell. */
const PRECISION = 1e15;

/** The policy's mark, base units. */
export function fairValue(put: Put, market: Market): bigint {
  requireSane(put, market);
  const intrinsic = intrinsicValue(put, market.priceUsdMicros);
  if (intrinsic >= put.coverage || market.seconds === 0) return intrinsic;
  const perUnit = BigInt(Math.ceil(valuePerUnit(put, market) * PRECISION));
  const value = ceilDiv(perUnit * put.quantity, BigInt(PRECISION));
  if (value < intrinsic) return intrinsic;
  return value < put.coverage ? value : put.coverage;
}

/** What an exercise at this price is worth, base units, rounded up: the payout itself is rounded down. */
function intrinsicValue({ strikeUsdMicros: strike, quantity, coverage }: Put, price: bigint): bigint {
  if (price >= strike) return 0n;
  const value = ceilDiv((strike - price) * quantity, price);
  return value < coverage ? value : coverage;
}

function requireSane({ strikeUsdMicros, quantity, coverage }: Put, { priceUsdMicros, volatility, seconds }: Market) {
  const amounts = [strikeUsdMicros, quantity, coverage, priceUsdMicros];
  const isSane = amounts.every((amount) => amount > 0n) && volatility > 0 && Number.isFinite(volatility);
  if (!isSane || !(seconds >= 0 && Number.isFinite(seconds))) {
    throw new Error(`Nothing to price: ${amounts.join(", ")}, volatility ${volatility}, ${seconds} s`);
  }
}

/** Of one base unit of quantity. By all figures as multiples of the price's reciprocal: `strike`, and the `barrier` where
 * the coverage is reached. */
function valuePerUnit(put: Put, { priceUsdMicros, volatility, seconds }: Market): number {
  const price = Number(priceUsdMicros);
  const cap = Number(put.coverage) / Number(put.quantity);
  const strike = price / Number(put.strikeUsdMicros);
  const barrier = strike * (1 + cap);
  const deviation = (volatility / WHOLE) * Math.sqrt(seconds / YEAR_SECONDS);
  const untouched =
    callBelow(1, strike, barrier, deviation) - barrier ** -1 * callBelow(barrier ** 2, strike, barrier, deviation);
  const value = untouched / strike + cap * touchProbability(barrier, deviation);
  return value > 0 ? value : 0;
}

/** A call that pays only where the end is below the barrier: from a start, over one deviation of its logarithm. */
function callBelow(start: number, strike: number, barrier: number, deviation: number): number {
  const between = (shift: number) =>
    normalBelow(Math.log(start / strike) / deviation + shift) -
    normalBelow(Math.log(start / barrier) / deviation + shift);
  return start * between(deviation / 2) - strike * between(-deviation / 2);
}

/** The probability that a start of 1 touches the barrier above it. */
function touchProbability(barrier: number, deviation: number): number {
  const distance = Math.log(barrier) / deviation;
  return normalBelow(-distance - deviation / 2) + barrier ** -1 * normalBelow(-distance + deviation / 2);
}

/** A value with the tier's loading on top, rounded up; nothing is sold for nothing. Base units. */
export function premiumOf(value: bigint, { loading }: Pick<PolicyRules, "loading">): bigint {
  const premium = ceilDiv(value * BigInt(WHOLE + loading), BigInt(WHOLE));
  return premium > 0n ? premium : 1n;
}

/** What policies are priced with: the largest that is known. Realised figures are null where samples are missing. */
export function volatilityOf(known: { configured: number; day: number | null; month: number | null }): number {
  return Math.max(known.configured, known.day ?? 0, known.month ?? 0);
}

/** The highest price at which the payout returns the premium, micro-dollars; only above the floor price it is one. */
export function breakEvenPrice({ strikeUsdMicros, quantity }: Put, premium: bigint): bigint {
  return (strikeUsdMicros * quantity) / (quantity + premium);
}
