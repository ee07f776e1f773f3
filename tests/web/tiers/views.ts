/** Tiers of a new deployment as the page knows them, with nothing in them but what a test puts there. */
import { DEFAULT_RULES, DEFAULT_TERMS, TIERS, type Tier } from "../../../src/domain/tiers";
import { TOKENS, type Token } from "../../../src/domain/tokens";
import type { TierView } from "../../../src/web/tiers/useTiers";

export function tierView(tier: Tier, token: Token, changes: Partial<TierView> = {}): TierView {
  const terms = DEFAULT_TERMS[tier][token];
  return {
    tier,
    token,
    terms,
    rules: DEFAULT_RULES[tier][token],
    capital: 0n,
    locked: 0n,
    utilization: 0,
    providers: 0,
    activePolicies: 0,
    yieldSoFar: 0n,
    capacityLeft: terms.capacityLimit,
    ...changes,
  };
}

export const allTiers = (): TierView[] => TIERS.flatMap((tier) => TOKENS.map((token) => tierView(tier, token)));
