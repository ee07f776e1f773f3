/**
 * The one subscription to prices that all of the page shares: whatever is worth something in dollars is reckoned here, so
 * that a new price asks for nothing else again.
 */
import { useQuery } from "convex/react";
import { useEffect } from "react";
import { api } from "../../../convex/_generated/api";
import { UNDERLYING_OF, type Underlying } from "../../domain/policies";
import type { Token } from "../../domain/tokens";
import { hearTime, useIsPast, useNow } from "./pageClock";
import { goodUntil, type PriceRow, type Standing, standingOf } from "./standing";

/** Micro-dollars for a whole token by token; null while none is known, or it is not good enough to decide by. */
export type TokenPrices = Record<Token, bigint | null>;

export function usePrices(): PriceRow[] {
  const prices = useQuery(api.prices.getPrices) ?? [];
  const newest = Math.max(0, ...prices.map(({ publishedAt }) => publishedAt ?? 0));
  useEffect(() => hearTime(newest), [newest]);
  return prices;
}

/** What is known of one price, with its age as it grows. */
export function usePrice(underlying: Underlying): Standing {
  const now = useNow(5_000);
  return standingOf(
    usePrices().find((row) => row.underlying === underlying),
    now,
  );
}

export function useTokenPrices(): TokenPrices {
  const prices = usePrices();
  const rowOf = (token: Token) => prices.find(({ underlying }) => underlying === UNDERLYING_OF[token]);
  const [stx, sbtc] = [rowOf("STX"), rowOf("sBTC")];
  const isOld = { STX: useIsPast(goodUntil(stx)), sBTC: useIsPast(goodUntil(sbtc)) };
  const of = (row: PriceRow | undefined, isPast: boolean) => (row?.isGood && !isPast ? row.priceUsdMicros : null);
  return { STX: of(stx, isOld.STX), sBTC: of(sbtc, isOld.sBTC) };
}
