/** What a buyer compares tiers by: their rules, live, and what one policy can get of each, asked when it is looked at. */
import { useConvex, useQuery } from "convex/react";
import { useEffect, useState } from "react";
import { api } from "../../../convex/_generated/api";
import { type PolicyRules, TOKEN_OF, type Underlying } from "../../domain/policies";
import { TIERS, type Tier } from "../../domain/tiers";

export interface OfferedTier {
  tier: Tier;
  rules: PolicyRules;
  /** The largest lock that one policy can get now, base units; null: not known. */
  largestLock: bigint | null;
}

/** Asked again each minute, and with each `occasion`. */
const EVERY_MS = 60_000;

function useLargestLocks(underlying: Underlying, occasion: unknown): Partial<Record<Tier, bigint>> {
  const convex = useConvex();
  const [locks, setLocks] = useState<Partial<Record<Tier, bigint>>>({});
  // biome-ignore lint/correctness/useExhaustiveDependencies: an occasion only asks again.
  useEffect(() => {
    let isCurrent = true;
    const ask = async () => {
      const token = TOKEN_OF[underlying];
      const rows = await Promise.all(
        TIERS.map((tier) => convex.query(api.liquidity.getTierAvailability, { tier, token }).catch(() => null)),
      );
      if (isCurrent) setLocks(Object.fromEntries(rows.flatMap((row) => (row ? [[row.tier, row.largestLock]] : []))));
    };
    void ask();
    const timer = setInterval(ask, EVERY_MS);
    return () => {
      isCurrent = false;
      clearInterval(timer);
    };
  }, [convex, underlying, occasion]);
  return locks;
}

/** Empty while they are read. */
export function useOfferedTiers(underlying: Underlying, occasion: unknown): OfferedTier[] {
  const rows = useQuery(api.policies.getTierRules) ?? [];
  const locks = useLargestLocks(underlying, occasion);
  return rows
    .filter(({ token }) => token === TOKEN_OF[underlying])
    .map((rules) => ({ tier: rules.tier, rules, largestLock: locks[rules.tier] ?? null }));
}

/** The tier's own volatility, by which what is held can be valued; null while it is read. */
export function useVolatilities() {
  const rows = useQuery(api.policies.getTierRules) ?? [];
  return (tier: Tier, underlying: Underlying): number | null =>
    rows.find((row) => row.tier === tier && row.token === TOKEN_OF[underlying])?.volatility ?? null;
}
