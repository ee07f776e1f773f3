/** What a policy pays, and who of those behind it pays how much. */
import type { Put } from "./policies";
import { splitByShare } from "./shares";

/** Base units owed at this price, rounded down: nothing at or above the strike, never above the coverage. */
export function payoutOf({ strikeUsdMicros, quantity, coverage }: Put, priceUsdMicros: bigint): bigint {
  if (priceUsdMicros <= 0n) throw new Error(`A price of ${priceUsdMicros} micro-dollars can't be`);
  if (priceUsdMicros >= strikeUsdMicros) return 0n;
  const owed = ((strikeUsdMicros - priceUsdMicros) * quantity) / priceUsdMicros;
  return owed < coverage ? owed : coverage;
}

/** One position behind a policy. */
export interface Behind {
  positionId: string;
  /** Its part of the policy's coverage. */
  coverage: bigint;
  /** What of it is locked behind the policy, or on its way to be. */
  held: bigint;
}

/** Each position's part of the payout, never above its part of the coverage. */
export function duesOf(payout: bigint, behind: Behind[]): Map<string, bigint> {
  return splitByShare(
    payout,
    behind.map(({ positionId, coverage }) => ({ id: positionId, weight: coverage })),
  );
}

export interface TopUp {
  /** What each position adds out of its free capital. */
  added: { positionId: string; amount: bigint }[];
  /** What insurance adds for those that can't. */
  insured: bigint;
  /** What nobody can add: the buyer gets this much less. */
  missing: bigint;
}

/**
 * What has to be added before the payout: each position for itself as far as it can, insurance for the rest. What is locked
 * behind the policy is paid out in any case, so only what all of that together does not cover is missing.
 * @param available each position's free capital
 */
export function topUpFor(
  payout: bigint,
  behind: Behind[],
  { available, insurance }: { available: Map<string, bigint>; insurance: bigint },
): TopUp {
  const dues = duesOf(payout, behind);
  const added: TopUp["added"] = [];
  let short = 0n;
  let held = 0n;
  for (const { positionId, held: own } of behind) {
    const lacking = atLeastZero((dues.get(positionId) ?? 0n) - own);
    const amount = least(lacking, atLeastZero(available.get(positionId) ?? 0n));
    if (amount > 0n) added.push({ positionId, amount });
    short += lacking - amount;
    held += own + amount;
  }
  const insured = least(short, atLeastZero(insurance));
  return { added, insured, missing: atLeastZero(payout - held - insured) };
}

export interface Payers {
  positions: Map<string, bigint>;
  insurance: bigint;
}

/**
 * Who pays the payout: each position its due as far as it holds that behind the policy, then what insurance has put there,
 * then what the other positions have there beyond their dues. Sums to the payout, or to all that is held if that is less.
 * @param insured what insurance has put behind the policy
 */
export function payersOf(payout: bigint, behind: Behind[], insured: bigint): Payers {
  const dues = duesOf(payout, behind);
  const positions = new Map<string, bigint>();
  let short = 0n;
  for (const { positionId, held } of behind) {
    const due = dues.get(positionId) ?? 0n;
    const pays = least(due, held);
    positions.set(positionId, pays);
    short += due - pays;
  }
  const insurance = least(short, insured);
  const spare = behind.map(({ positionId, held }) => ({
    id: positionId,
    weight: held - (positions.get(positionId) ?? 0n),
  }));
  const fromOthers = least(
    short - insurance,
    spare.reduce((sum, { weight }) => sum + weight, 0n),
  );
  if (fromOthers > 0n) {
    for (const [id, more] of splitByShare(fromOthers, spare)) positions.set(id, (positions.get(id) ?? 0n) + more);
  }
  return { positions, insurance };
}

const least = (one: bigint, other: bigint) => (one < other ? one : other);
const atLeastZero = (amount: bigint) => (amount > 0n ? amount : 0n);
