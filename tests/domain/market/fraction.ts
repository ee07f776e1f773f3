/** Exact fractions, so that what money should be can be told without any rounding. */
export interface Fraction {
  /** Of any sign. */
  top: bigint;
  /** Positive. */
  bottom: bigint;
}

export const ZERO: Fraction = { top: 0n, bottom: 1n };

export function whole(value: bigint | number): Fraction {
  return { top: BigInt(value), bottom: 1n };
}

export function ratio(top: bigint | number, bottom: bigint | number): Fraction {
  if (BigInt(bottom) <= 0n) throw new Error(`A fraction by ${bottom}`);
  return { top: BigInt(top), bottom: BigInt(bottom) };
}

function commonOf(one: bigint, other: bigint): bigint {
  return other === 0n ? one : commonOf(other, one % other);
}

/** In lowest terms, so that long sums stay short. */
export function plus(one: Fraction, other: Fraction): Fraction {
  const top = one.top * other.bottom + other.top * one.bottom;
  const bottom = one.bottom * other.bottom;
  const common = commonOf(bottom, top < 0n ? -top : top);
  return { top: top / common, bottom: bottom / common };
}

export function minus(one: Fraction, other: Fraction): Fraction {
  return plus(one, { top: -other.top, bottom: other.bottom });
}

export function times(one: Fraction, other: Fraction): Fraction {
  return { top: one.top * other.top, bottom: one.bottom * other.bottom };
}

export function isLess(one: Fraction, other: Fraction): boolean {
  return one.top * other.bottom < other.top * one.bottom;
}

export function isAtMost(one: Fraction, other: Fraction): boolean {
  return !isLess(other, one);
}

/** The largest whole number that is not above. */
export function down({ top, bottom }: Fraction): bigint {
  const near = top / bottom;
  return near * bottom > top ? near - 1n : near;
}

/** The smallest whole number that is not below. */
export function up(value: Fraction): bigint {
  return -down({ top: -value.top, bottom: value.bottom });
}

export function least(one: Fraction, other: Fraction): Fraction {
  return isLess(one, other) ? one : other;
}

export function most(one: Fraction, other: Fraction): Fraction {
  return isLess(one, other) ? other : one;
}

export function sumOf(all: Fraction[]): Fraction {
  return all.reduce(plus, ZERO);
}
