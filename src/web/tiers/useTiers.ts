/** What is known of every tier, live: what is in it, what it asks, and by which rules it writes policies. */
import { type UseQueryResult, useQuery_experimental as useLiveQuery } from "convex/react";
import type { FunctionReturnType } from "convex/server";
import { api } from "../../../convex/_generated/api";
import type { PolicyRules } from "../../domain/policies";
import type { Tier, TierTerms } from "../../domain/tiers";
import type { Token } from "../../domain/tokens";

/** One tier in one token. Amounts are base units, rates millionths. */
export interface TierView {
  tier: Tier;
  token: Token;
  terms: TierTerms;
  rules: PolicyRules;
  capital: bigint;
  locked: bigint;
  /** Locked by capital, millionths. */
  utilization: number;
  providers: number;
  activePolicies: number;
  /** All yield ever credited here. */
  yieldSoFar: bigint;
  /** Of the capacity, what no capital fills; null: no limit. Open commitments may hold a part of it. */
  capacityLeft: bigint | null;
}

type Stats = FunctionReturnType<typeof api.liquidity.getTierStats>[number];
type Terms = FunctionReturnType<typeof api.liquidity.getTierTerms>[number];
type Rules = FunctionReturnType<typeof api.policies.getTierRules>[number];

function viewOf(stats: Stats, { capacityLimit, minimumPosition, minimumHoldSeconds }: Terms, rules: Rules): TierView {
  const { tierName: tier, token, totalCapital_virtual: capital } = stats;
  const left = capacityLimit === null ? null : capacityLimit - capital;
  return {
    tier,
    token,
    terms: { capacityLimit, minimumPosition, minimumHoldSeconds },
    rules,
    capital,
    locked: stats.totalLocked_virtual,
    utilization: stats.utilization_estimate,
    providers: stats.providerCount,
    activePolicies: stats.activePolicyCount,
    yieldSoFar: stats.totalYieldAccrued_virtual,
    capacityLeft: left !== null && left < 0n ? 0n : left,
  };
}

/** A row a tier and token, in the order of the stats; what is not known in full is left out. */
export function joinTiers(stats: Stats[], terms: Terms[], rules: Rules[]): TierView[] {
  return stats.flatMap((row) => {
    const isSame = (other: { tier: Tier; token: Token }) => other.tier === row.tierName && other.token === row.token;
    const [asked, written] = [terms.find(isSame), rules.find(isSame)];
    return asked && written ? [viewOf(row, asked, written)] : [];
  });
}

export function useTiers(): UseQueryResult<TierView[]> {
  const stats = useLiveQuery({ query: api.liquidity.getTierStats, args: {} });
  const terms = useLiveQuery({ query: api.liquidity.getTierTerms, args: {} });
  const rules = useLiveQuery({ query: api.policies.getTierRules, args: {} });
  if (stats.status !== "success") return stats;
  if (terms.status !== "success") return terms;
  if (rules.status !== "success") return rules;
  return { ...stats, data: joinTiers(stats.data, terms.data, rules.data) };
}
