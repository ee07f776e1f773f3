/** Division of amounts that are not negative, rounded up: what the pool is owed is never a unit short. */
export function ceilDiv(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}
