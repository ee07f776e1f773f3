/** What a price is good for now: it decides for five minutes from its publication on, if the last look brought it. */
import type { FunctionReturnType } from "convex/server";
import type { api } from "../../../convex/_generated/api";
import type { Underlying } from "../../domain/policies";
import { isFresh, PRICE_RULES } from "../../domain/prices";

export type PriceRow = FunctionReturnType<typeof api.prices.getPrices>[number];

export type Standing =
  /** Nothing has been believed yet. */
  | { kind: "none"; trouble: string | null }
  | { kind: "good"; priceUsdMicros: bigint; ageMs: number }
  /** Known, and too old or too doubtful to decide anything. */
  | { kind: "stale"; priceUsdMicros: bigint; ageMs: number; trouble: string | null };

/** @param now ms */
export function standingOf(row: PriceRow | undefined, now: number): Standing {
  if (!row || row.priceUsdMicros === null || row.publishedAt === null) {
    return { kind: "none", trouble: row?.trouble ?? null };
  }
  const { underlying, priceUsdMicros, publishedAt, isGood, trouble } = row;
  const ageMs = Math.max(0, now - publishedAt);
  const isUsable = isGood && isFresh({ publishedAtMs: publishedAt }, now, PRICE_RULES[underlying]);
  return isUsable ? { kind: "good", priceUsdMicros, ageMs } : { kind: "stale", priceUsdMicros, ageMs, trouble };
}

/** When a price stops deciding, if no other comes; null: it does not decide, or is not there. */
export function goodUntil(row: PriceRow | undefined): number | null {
  if (!row?.isGood || row.publishedAt === null) return null;
  return row.publishedAt + PRICE_RULES[row.underlying].maxAgeMs;
}

/** "just now", "12 s ago", "4 min ago", "3 h ago". */
export function readableAge(ageMs: number): string {
  const seconds = Math.floor(ageMs / 1_000);
  if (seconds < 2) return "just now";
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min ago`;
  return `${Math.floor(seconds / 3_600)} h ago`;
}

/** One sentence for a price that decides nothing; null for a good one. */
export function standingInWords(standing: Standing, underlying: Underlying): string | null {
  if (standing.kind === "good") return null;
  const why = standing.trouble ? ` ${standing.trouble}` : "";
  if (standing.kind === "none") return `There is no price of ${underlying} yet.${why}`;
  return `The price of ${underlying} is old: from ${readableAge(standing.ageMs)}. Nothing is decided by it; the next good one comes by itself.${why}`;
}
