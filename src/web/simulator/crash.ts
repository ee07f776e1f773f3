/**
 * What a fall of the price does to capital in a tier: the rules of the domain, played over one position that is worked as
 * assumed. No rule is told a second time here; what is assumed is listed in words.ts.
 */
import { coverageWithin, floorPrice, quantityWithin } from "../../domain/coverage";
import { splitEarning } from "../../domain/earnings";
import { type Exposure, type HealthStatus, statusAt, type Triggers, triggersOf } from "../../domain/health";
import { payersOf, payoutOf, topUpFor } from "../../domain/payout";
import { type PolicyRules, UNDERLYING_OF, WHOLE } from "../../domain/policies";
import { breakEvenPrice } from "../../domain/premium";
import { quote, strikesAt } from "../../domain/quotes";
import type { Tier } from "../../domain/tiers";
import { MAX_AMOUNT, type Token } from "../../domain/tokens";
import { topUps } from "../../domain/topUps";
import { transferAtMark } from "../../domain/transfer";

export interface Assumed {
  token: Token;
  tier: Tier;
  rules: PolicyRules;
  /** Base units. */
  capital: bigint;
  /** When the policy is sold; micro-dollars. */
  priceUsdMicros: bigint;
  /** Of the capital, locked at the sale: millionths. */
  utilization: number;
}

/** A position right after a policy was sold on it. */
export interface Worked {
  assumed: Assumed;
  /** Null: so little is worked that nothing can be sold. */
  policy: Sold | null;
}

interface Sold {
  exposure: Exposure;
  /** Beside the lock. */
  available: bigint;
  seconds: number;
  floorPriceUsdMicros: bigint;
  premium: bigint;
  /** The provider's part of it. */
  earned: bigint;
  triggers: Triggers;
  /** The price at which an exercise costs what was earned. */
  breakEvenUsdMicros: bigint;
}

/** A month, or what the tier sells of it. */
const USUAL_SECONDS = 30 * 86_400;
const OWN = "own";

/** One policy on as much as the lock allows, at the highest strike that the tier sells. */
export function worked(assumed: Assumed): Worked {
  const { rules, tier, token, capital, priceUsdMicros, utilization } = assumed;
  const strikeUsdMicros = strikesAt(priceUsdMicros, rules).max;
  const floorPriceUsdMicros = floorPrice(strikeUsdMicros, rules);
  if (floorPriceUsdMicros <= 0n) return { assumed, policy: null };
  const lockable = (capital * BigInt(utilization)) / BigInt(WHOLE);
  const quantity = quantityWithin(coverageWithin(lockable, rules), { strikeUsdMicros, floorPriceUsdMicros });
  const seconds = Math.max(rules.minSeconds, Math.min(USUAL_SECONDS, rules.maxSeconds));
  const request = { underlying: UNDERLYING_OF[token], tier, strikeUsdMicros, quantity, expiresAt: seconds };
  const sold = quote(request, { rules, priceUsdMicros, volatility: rules.volatility, now: 0, burst: MAX_AMOUNT });
  if (!sold.ok) return { assumed, policy: null };
  const { coverage, lock, premium } = sold.value;
  const exposure: Exposure = { policyId: 1n, strikeUsdMicros, quantity, coverage, lock, expiresAt: seconds };
  const available = capital - lock;
  const { insuranceShare, feeShare } = rules;
  const shares = { insuranceShare, feeShare, backings: [{ id: OWN, weight: coverage }] };
  const earned = splitEarning({ from: 0n, to: premium }, shares).backings.get(OWN) ?? 0n;
  return {
    assumed,
    policy: {
      ...{ exposure, available, seconds, floorPriceUsdMicros, premium, earned },
      triggers: triggersOf([exposure], available, rules),
      breakEvenUsdMicros: breakEvenPrice(exposure, earned),
    },
  };
}

/** What stands at one price, base units. */
export interface CrashPoint {
  priceUsdMicros: bigint;
  status: HealthStatus;
  /** Behind the policy, after what is free has been added to it. */
  locked: bigint;
  /** Paid by this position if the policy is exercised here. */
  paid: bigint;
  /** Owed to the buyer beyond all that the position has: insurance's, or missing. */
  beyond: bigint;
  earned: bigint;
  /** Capital and earnings after that. */
  left: bigint;
  /** What is left if others take the policy over here instead; null: nobody has to, or nobody can. */
  leftIfTakenOver: bigint | null;
}

/** The price falls there in one go, and the policy is exercised. */
export function crashAt({ assumed, policy }: Worked, priceUsdMicros: bigint): CrashPoint {
  const { capital, rules } = assumed;
  if (!policy) {
    const idle = { status: "Healthy" as const, locked: 0n, paid: 0n, beyond: 0n, earned: 0n };
    return { priceUsdMicros, ...idle, left: capital, leftIfTakenOver: null };
  }
  const { exposure, available, earned, triggers } = policy;
  const locked = topUps([exposure], available, priceUsdMicros, rules).get(exposure.policyId) ?? exposure.lock;
  const free = capital - locked;
  const payout = payoutOf(exposure, priceUsdMicros);
  const behind = { positionId: OWN, coverage: exposure.coverage, held: locked };
  const purse = { available: new Map([[OWN, free]]), insurance: 0n };
  const { added, missing } = topUpFor(payout, [behind], purse);
  const held = added.reduce((sum, { amount }) => sum + amount, locked);
  const paid = payersOf(payout, [{ ...behind, held }], 0n).positions.get(OWN) ?? 0n;
  const status = statusAt("Healthy", triggers, priceUsdMicros);
  return {
    ...{ priceUsdMicros, status, locked, paid, beyond: missing, earned },
    left: capital - paid + earned,
    leftIfTakenOver: status === "Liquidating" ? afterTakeover(assumed, policy, { locked, priceUsdMicros }) : null,
  };
}

/** Right after the sale, so that nothing is earned yet and most of the policy's time is left: the dearest takeover. */
function afterTakeover(
  { capital, rules }: Assumed,
  { exposure, seconds }: Sold,
  { locked, priceUsdMicros }: { locked: bigint; priceUsdMicros: bigint },
): bigint | null {
  const market = { priceUsdMicros, volatility: rules.volatility, seconds };
  const taker = { id: "taker", put: exposure, lock: locked };
  const leaver = { lock: locked, available: capital - locked };
  const transfer = transferAtMark(leaver, [taker], { market, penaltyRate: rules.penalty });
  return transfer.ok ? capital - locked + transfer.value.returned : null;
}

/** The price after a fall by so much, millionths; at least a micro-dollar. */
export function fallenBy(priceUsdMicros: bigint, fall: number): bigint {
  return (priceUsdMicros * BigInt(WHOLE - fall)) / BigInt(WHOLE) || 1n;
}

/** How far below another a price is, millionths, rounded down. */
export function fallTo(from: bigint, to: bigint): number {
  return Number(((from - to) * BigInt(WHOLE)) / from);
}
