/** Risk tiers and the terms that deposits and withdrawals meet. */
import { accept, type Outcome, refuse } from "./refusal";
import type { Token } from "./tokens";

export const TIERS = ["Conservative", "Balanced", "Aggressive"] as const;
export type Tier = (typeof TIERS)[number];

/**
 * The smallest commitment, and the smallest position that may stay behind a withdrawal, in base units: 1 STX and
 * 10,000 satoshis. Below that the network's fee for moving the money eats a noticeable part of it.
 */
export const MINIMUM_POSITION: Record<Token, bigint> = { STX: 1_000_000n, sBTC: 10_000n };

export function parseTier(text: string): Outcome<Tier> {
  const tier = TIERS.find((known) => known === text);
  return tier
    ? accept(tier)
    : refuse("UNKNOWN_TIER", `There is no tier "${text}". Use "Conservative", "Balanced" or "Aggressive".`);
}
