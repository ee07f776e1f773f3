/** Which locks a position raises out of what it has free when the price has fallen, and to how much. */
import { type Exposure, lockNeed, lockTrigger } from "./health";
import { type PolicyRules, WHOLE } from "./policies";
import { ceilDiv } from "./rounding";

/** A lock is raised to what it needs at a price so much lower, so that not every small move is a transaction; millionths. */
export const AHEAD = 30_000;
/** Less than this part of the coverage is not worth a transaction by itself; millionths. */
export const SMALLEST = 1_000;

type LockRules = Pick<PolicyRules, "marginCallBuffer" | "floorRate">;

/**
 * New locks by policy, of those that change: each at most the coverage, together at most `available` more. Where that is
 * short, what fell short first is raised first, to what it needs now before any is raised ahead.
 */
export function topUps(
  exposures: Exposure[],
  available: bigint,
  price: bigint,
  { marginCallBuffer: buffer, floorRate }: LockRules,
): Map<bigint, bigint> {
  const ahead = (price * BigInt(WHOLE - AHEAD)) / BigInt(WHOLE) || 1n;
  const short = exposures
    .map((exposure) => ({ exposure, trigger: lockTrigger(exposure, buffer, floorRate) }))
    .filter(({ trigger }) => trigger >= price)
    .sort(
      (one, other) =>
        descending(one.trigger, other.trigger) || descending(other.exposure.policyId, one.exposure.policyId),
    )
    .map(({ exposure }) => exposure);
  const locks = new Map<bigint, bigint>();
  let free = available;
  for (const target of [price, ahead]) {
    for (const exposure of short) {
      const before = locks.get(exposure.policyId) ?? exposure.lock;
      const wanted = lockNeed(exposure, target, buffer, floorRate) - before;
      const amount = wanted < free ? wanted : free;
      if (amount <= 0n || isDust(amount, wanted, exposure.coverage)) continue;
      locks.set(exposure.policyId, before + amount);
      free -= amount;
    }
  }
  return locks;
}

/** Of what is wanted, a part that is not worth its transaction. */
function isDust(amount: bigint, wanted: bigint, coverage: bigint): boolean {
  return amount < wanted && amount < ceilDiv(coverage * BigInt(SMALLEST), BigInt(WHOLE));
}

function descending(one: bigint, other: bigint): number {
  return one === other ? 0 : one > other ? -1 : 1;
}
