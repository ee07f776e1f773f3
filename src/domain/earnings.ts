/**
 * A premium is earned linearly over its policy's life by the positions behind it, less the shares of insurance and fees.
 *
 * All of it is cumulative: what anyone has got once so much is earned follows from that sum alone, so neither the number
 * of calls nor their times change a unit of it, as long as shares stay the same. Where they change, whoever leaves keeps
 * what it had, and what is earned from then on is divided by the new shares, to the unit.
 */
import { WHOLE } from "./policies";
import { type Share, splitGrowing } from "./shares";

/** Unix seconds of block time. */
interface Life {
  startedAt: number;
  expiresAt: number;
}

/** Base units of a premium that are earned at a time, rounded down; all of it from the expiry on. */
export function earnedAt(premium: bigint, { startedAt, expiresAt, at }: Life & { at: number }): bigint {
  if (at >= expiresAt) return premium;
  if (at <= startedAt) return 0n;
  return (premium * BigInt(at - startedAt)) / BigInt(expiresAt - startedAt);
}

/** How a premium is shared: rates in millionths, and the policy's backings by their weight. */
export interface EarningShares {
  insuranceShare: number;
  feeShare: number;
  backings: Share[];
}

/** Who gets how much of what was earned, base units; together exactly that. */
export interface Earning {
  insurance: bigint;
  fees: bigint;
  backings: Map<string, bigint>;
}

/** What each has got once so much is earned. The backings' part is rounded down, fees too: what is left is insurance's. */
function earningUpTo(earned: bigint, { insuranceShare, feeShare, backings }: EarningShares): Earning {
  const house = BigInt(insuranceShare + feeShare);
  const isBacked = backings.some(({ weight }) => weight > 0n);
  const yields = isBacked ? (earned * (BigInt(WHOLE) - house)) / BigInt(WHOLE) : 0n;
  const kept = earned - yields;
  const fees = house === 0n ? 0n : (kept * BigInt(feeShare)) / house;
  return { insurance: kept - fees, fees, backings: isBacked ? splitGrowing(yields, backings) : new Map() };
}

/** What each gets as what is earned of a premium grows from one sum to another, base units: never less than nothing. */
export function splitEarning({ from, to }: { from: bigint; to: bigint }, shares: EarningShares): Earning {
  if (from < 0n || to < from) throw new Error(`What is earned can't go from ${from} to ${to}`);
  if (shares.insuranceShare < 0 || shares.feeShare < 0 || shares.insuranceShare + shares.feeShare > WHOLE)
    throw new Error("Insurance and fees can't take more than the whole premium");
  const before = earningUpTo(from, shares);
  const after = earningUpTo(to, shares);
  return {
    insurance: after.insurance - before.insurance,
    fees: after.fees - before.fees,
    backings: new Map([...after.backings].map(([id, amount]) => [id, amount - (before.backings.get(id) ?? 0n)])),
  };
}
