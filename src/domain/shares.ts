/** Dividing whole units among shares, so that the parts come to exactly what was divided. */

/** Who gets a part, and how much of it beside the others: 0 for none. */
export interface Share {
  id: string;
  weight: bigint;
}

function weightOf(shares: Share[]): bigint {
  const whole = shares.reduce((sum, { weight }) => sum + weight, 0n);
  if (whole <= 0n || shares.some(({ weight }) => weight < 0n)) throw new Error("Shares need weights above 0");
  return whole;
}

const byId = (one: Share, other: Share) => (one.id < other.id ? -1 : 1);

/** Each share's part rounded down, and what is left over: fewer units than there are shares. */
function roundedDown(total: bigint, shares: Share[]): { parts: Map<string, bigint>; rest: bigint } {
  const whole = weightOf(shares);
  const parts = new Map(shares.map(({ id, weight }) => [id, (total * weight) / whole]));
  let rest = total;
  for (const part of parts.values()) rest -= part;
  return { parts, rest };
}

/**
 * Divides by largest remainder: each part is its exact value rounded down or up, and those that are rounded up lost most by
 * rounding down; ties go to the lower id. Ids are distinct.
 */
export function splitByShare(total: bigint, shares: Share[]): Map<string, bigint> {
  if (total < 0n) throw new Error(`Can't split ${total}`);
  const whole = weightOf(shares);
  const { parts, rest } = roundedDown(total, shares);
  const lost = (share: Share) => (total * share.weight) % whole;
  const first = [...shares].sort((one, other) => {
    const difference = lost(other) - lost(one);
    return difference === 0n ? byId(one, other) : difference > 0n ? 1 : -1;
  });
  for (const { id } of first.slice(0, Number(rest))) parts.set(id, (parts.get(id) ?? 0n) + 1n);
  return parts;
}

/**
 * Divides a sum that grows, so that no part ever shrinks: each unit goes to the share that has least for its weight once it
 * has it (the divisor method of greatest divisors), ties to the lower id. By largest remainder a part may lose a unit when
 * the sum grows by one, and money that was credited would have to be taken back.
 */
export function splitGrowing(total: bigint, shares: Share[]): Map<string, bigint> {
  if (total < 0n) throw new Error(`Can't split ${total}`);
  // No part is ever below its exact value rounded down, so only the few units that are left have to be dealt out.
  const { parts, rest } = roundedDown(total, shares);
  const sorted = [...shares].sort(byId);
  const next = (share: Share) => (parts.get(share.id) ?? 0n) + 1n;
  for (let left = rest; left > 0n; left -= 1n) {
    const taker = sorted.reduce((best, share) =>
      share.weight * next(best) > best.weight * next(share) ? share : best,
    );
    parts.set(taker.id, next(taker));
  }
  return parts;
}
