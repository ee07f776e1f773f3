/** Policies in words: what a status means and what comes next, and what went wrong with a wish, at the field it is about. */
import type { FunctionReturnType } from "convex/server";
import type { api } from "../../../convex/_generated/api";
import { type Underlying, WHOLE } from "../../domain/policies";
import { type PolicyStatus, STATUS_WORDS } from "../../domain/policyStatus";
import type { Refusal } from "../../domain/refusal";
import type { Tier } from "../../domain/tiers";
import { formatAmount } from "../../domain/tokens";
import { readableAmount } from "../amounts/typing";
import { readableTime, readableUsd } from "../amounts/words";
import type { Tone } from "../ui/tones";
import { roundStrikes } from "./strikes";

export type Policy = FunctionReturnType<typeof api.policies.getPolicy>;
export type Quote = FunctionReturnType<typeof api.policies.quotePolicy>;

/** A status as a badge says it. */
export const STATUS_NAMES: Record<PolicyStatus, string> = {
  quoted: "Not paid yet",
  lapsed: "Lapsed",
  active: "Covered",
  exercising: "Exercised",
  expiring: "Expired",
  settling: "Being paid",
  settled: "Paid",
  worthless: "Pays nothing",
  releasing: "Ended",
  released: "Ended",
};

export const TONES: Record<PolicyStatus, Tone> = {
  quoted: "warning",
  lapsed: "neutral",
  active: "good",
  exercising: "info",
  expiring: "info",
  settling: "info",
  settled: "good",
  worthless: "neutral",
  releasing: "neutral",
  released: "neutral",
};

/** Something about it is still to come by itself. */
export function isWaiting(status: PolicyStatus): boolean {
  return status === "exercising" || status === "expiring" || status === "settling";
}

/** Of one whole coin, exact as far as a person types it: "$54,000.00", "$1.215", "$0.3375". */
export function readablePrice(usdMicros: bigint): string {
  const decimals = usdMicros >= 1_000_000_000n ? 2 : 6;
  const [whole = "", fraction = ""] = formatAmount(usdMicros, "STX").split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return `$${grouped}.${fraction.slice(0, decimals).padEnd(2, "0")}`;
}

/** Micro-dollars, to the nearest cent: for what a payout is worth, which is rounded down in tokens already. */
export function nearestUsd(usdMicros: bigint): string {
  return readableUsd(usdMicros >= 1_000_000n ? usdMicros + 5_000n : usdMicros);
}

/** "1,000 STX below $1.45". */
export function protectionOf({
  quantity,
  token,
  strikeUsdMicros,
}: Pick<Policy, "quantity" | "token" | "strikeUsdMicros">) {
  return `${readableAmount(quantity, token)} ${token} below ${readablePrice(strikeUsdMicros)}`;
}

/** What is true now and what happens next, in one or two sentences; null where the badge says it all. */
export function nextInWords(policy: Policy): string {
  const { status, underlying, expiresAt, outcome, token } = policy;
  switch (status) {
    case "quoted":
      return "Cover starts in the block that your premium is paid in. If you don't pay in time the quote lapses and nothing has happened.";
    case "active":
      return `Exercise at any time before ${readableTime(expiresAt)}. What is in the money then settles by itself.`;
    case "exercising":
      return `Waits for the next price of ${underlying}: the first one that is published after your request decides.`;
    case "expiring":
      return "Waits for the price of its last minute, which decides by itself.";
    case "settling":
      return "The payout is fixed. It is in the vault's queue of settlements, first come first served; what is locked for it stays.";
    case "worthless":
      return `Decided at or above the strike, so it pays nothing. Its capital is free again after ${readableTime(expiresAt)}.`;
    case "settled":
      return outcome && outcome.missing > 0n
        ? `Paid to its buyer, ${readableAmount(outcome.missing, token)} ${token} less than owed.`
        : "Paid to its buyer.";
    default:
      return `${STATUS_WORDS[status].charAt(0).toUpperCase()}${STATUS_WORDS[status].slice(1)}.`;
  }
}

/** "2 d 4 h", "3 h 12 min", "4 min 05 s". */
export function readableSpan(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const [days, hours] = [Math.floor(seconds / 86_400), Math.floor((seconds % 86_400) / 3_600)];
  const minutes = Math.floor((seconds % 3_600) / 60);
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`;
}

export type WishField = "quantity" | "strike" | "until" | "tier";

/** Where a refusal of a quote is shown; null: it is about none of the fields. */
export function fieldOf(code: string): WishField | null {
  if (code.startsWith("STRIKE") || code.startsWith("PRICE_NOT") || code === "PREMIUM_ABOVE_COVERAGE") return "strike";
  if (code.startsWith("EXPIRY")) return "until";
  if (code.startsWith("QUANTITY") || code.startsWith("AMOUNT")) return "quantity";
  return code === "TIER_UNAVAILABLE" || code === "TIER_STOPPED" ? "tier" : null;
}

const OF_ITSELF: Record<string, string> = {
  NO_GOOD_PRICE: "There is no good price now, and nothing is sold without one. It is asked again by itself.",
  STOPPED: "Nothing is sold now: an operator has to look at something first. What you own is not touched by it.",
  NOT_SYNCED: "The service has not caught up with the chain yet. It is asked again by itself.",
};

/** A refusal as the page says it: prices in dollars, times in the reader's zone. */
export function refusalInWords(refusal: Refusal, { tier, underlying }: { tier: Tier; underlying: Underlying }): string {
  const { code, message, min, max } = refusal;
  if (code === "STRIKE_OUT_OF_RANGE" && typeof min === "bigint" && typeof max === "bigint") {
    const { least, most } = roundStrikes({ min, max });
    return `${tier} sells ${underlying} at strikes from ${readablePrice(least)} to ${readablePrice(most)} now.`;
  }
  if (code === "EXPIRY_OUT_OF_RANGE" && typeof min === "number" && typeof max === "number") {
    return `${tier} sells from ${readableTime(min)} to ${readableTime(max)}.`;
  }
  return OF_ITSELF[code] ?? message;
}

/** Millionths of one, as the part of a price: "60% to 105%". */
export function rangeInWords(least: number, most: number): string {
  return `${(least * 100) / WHOLE}% to ${(most * 100) / WHOLE}%`;
}
