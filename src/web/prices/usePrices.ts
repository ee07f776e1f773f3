/**
 * The one subscription to prices that all of the page shares: whatever is worth something in dollars is reckoned here, so
 * that a new price asks for nothing else again.
 */
import { useQuery } from "convex/react";
import { api } from "../../../convex/_generated/api";
import { UNDERLYING_OF } from "../../domain/policies";
import type { Token } from "../../domain/tokens";

/** Micro-dollars for a whole token by token; null while none is known, or it is not good enough to decide by. */
export type TokenPrices = Record<Token, bigint | null>;

export function usePrices() {
  return useQuery(api.prices.getPrices) ?? [];
}

export function useTokenPrices(): TokenPrices {
  const prices = usePrices();
  const of = (token: Token) => {
    const row = prices.find(({ underlying }) => underlying === UNDERLYING_OF[token]);
    return row?.isGood ? row.priceUsdMicros : null;
  };
  return { STX: of("STX"), sBTC: of("sBTC") };
}
