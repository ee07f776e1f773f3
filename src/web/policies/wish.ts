/**
 * A policy while it is being asked for: what is typed, judged by the domain's own rules field by field. The service has the
 * last word: it also knows the newest block and what is free in the tier.
 */
import { coverageWithin, floorPrice, quantityWithin } from "../../domain/coverage";
import { type PolicyRules, TOKEN_OF, type Underlying } from "../../domain/policies";
import { checkExpiry, checkQuantity, checkStrike } from "../../domain/quotes";
import { accept, type Outcome, type Refusal, refuse } from "../../domain/refusal";
import type { Tier } from "../../domain/tiers";
import { formatAmount, MAX_AMOUNT } from "../../domain/tokens";
import { readTyped } from "../amounts/typing";
import { roundStrikes } from "./strikes";

export interface WishDraft {
  underlying: Underlying;
  tier: Tier;
  quantityText: string;
  /** Empty: nothing was typed, and a part of the price is filled in once that is known. */
  strikeText: string;
  /** Days from now on, or `moment`: `untilText`, as the browser's field for local times has it. */
  until: "7" | "30" | "moment";
  untilText: string;
}

export const FIRST_WISH: WishDraft = {
  underlying: "BTC",
  tier: "Balanced",
  quantityText: "0.1",
  strikeText: "",
  until: "7",
  untilText: "",
};

/** What a person would protect to see what it costs. */
export const FIRST_QUANTITY: Record<Underlying, string> = { BTC: "0.1", STX: "1000" };

export interface Wish {
  underlying: Underlying;
  tier: Tier;
  strikeUsdMicros: bigint;
  quantity: bigint;
  /** Days from the block time on at which it is asked, or ms of block time. */
  until: { days: number } | { at: number };
}

/** By which a draft is judged; what is not known yet judges nothing. */
export interface Known {
  rules: PolicyRules | null;
  priceUsdMicros: bigint | null;
  /** Ms. */
  now: number;
}

const DAY_MS = 86_400_000;

/** Dollars as people type or paste them, exact to the micro-dollar: "8300.50", "$54,000". */
export function parsePrice(text: string): Outcome<bigint> {
  // Micro-dollars have as many decimals as STX.
  const parsed = readTyped(text.trim().replace(/^\$|\s*USD$/gi, ""), "STX");
  if (parsed.ok) return parsed;
  const isFine = parsed.refusal.code === "AMOUNT_TOO_PRECISE";
  const message = isFine ? "A price has at most 6 decimals." : "Type a price in US dollars in digits, such as 8300.50.";
  return refuse("PRICE_NOT_A_NUMBER", message);
}

/** Whole coins as people type or paste them; a bitcoin's policy is in sBTC, which nobody calls so who protects BTC. */
export function parseQuantity(text: string, underlying: Underlying): Outcome<bigint> {
  return readTyped(underlying === "BTC" ? text.replace(/\s*s?BTC\s*$/i, "") : text, TOKEN_OF[underlying]);
}

function parseUntil({ until, untilText }: WishDraft): Outcome<Wish["until"]> {
  if (until !== "moment") return accept({ days: Number(until) });
  const ms = new Date(untilText).getTime();
  if (Number.isFinite(ms)) return accept({ at: Math.floor(ms / 1_000) * 1_000 });
  return refuse("EXPIRY_NOT_A_TIME", "Choose a day and a time.");
}

/** When a policy that is asked for at `now` (ms of block time) ends: a whole second. */
export function expiryOf(until: Wish["until"], now: number): number {
  return "at" in until ? until.at : Math.floor(now / 1_000) * 1_000 + until.days * DAY_MS;
}

export type Checked = { quantity: Outcome<bigint>; strike: Outcome<bigint>; until: Outcome<Wish["until"]> };

const judged = <T>(outcome: Outcome<T>, judge: (value: T) => { ok: false; refusal: Refusal } | null): Outcome<T> =>
  outcome.ok ? (judge(outcome.value) ?? outcome) : outcome;

export function checkDraft(draft: WishDraft, { rules, priceUsdMicros, now }: Known): Checked {
  const { underlying, tier } = draft;
  const strike = judged(parsePrice(draft.strikeText), (strikeUsdMicros) =>
    rules && priceUsdMicros !== null
      ? checkStrike({ strikeUsdMicros, underlying, tier }, { rules, priceUsdMicros })
      : null,
  );
  const quantity = judged(parseQuantity(draft.quantityText, underlying), (amount) => {
    if (!rules || !strike.ok || priceUsdMicros === null) return null;
    const asked = { underlying, tier, strikeUsdMicros: strike.value, quantity: amount };
    // What the vault's cap allows, only the service knows: here it is the least that counts.
    const refused: Refusal | undefined = checkQuantity(asked, { rules, burst: MAX_AMOUNT })?.refusal;
    const least = refused?.min;
    if (typeof least !== "bigint" || amount >= least) return null;
    const shown = `${formatAmount(least, TOKEN_OF[underlying])} ${underlying}`;
    return refuse("QUANTITY_TOO_SMALL", `At this strike ${tier} sells policies on ${shown} or more.`, { min: least });
  });
  const until = judged(parseUntil(draft), (wanted) =>
    rules
      ? checkExpiry({ expiresAt: expiryOf(wanted, now) / 1_000, tier }, { rules, now: Math.floor(now / 1_000) })
      : null,
  );
  return { quantity, strike, until };
}

/** Null while anything of it is wrong. */
export function wishOf({ underlying, tier }: WishDraft, { quantity, strike, until }: Checked): Wish | null {
  if (!quantity.ok || !strike.ok || !until.ok) return null;
  return { underlying, tier, strikeUsdMicros: strike.value, quantity: quantity.value, until: until.value };
}

/** A button that mends what was refused. */
export interface Remedy {
  label: string;
  change: Partial<WishDraft>;
}

/** "2026-11-29T14:05" in the reader's zone, as the browser's field wants it. */
export function localMinute(ms: number): string {
  const at = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return at.toISOString().slice(0, 16);
}

const MINUTE_MS = 60_000;

/** What would do instead; null where only the person can say. */
export function remedyOf(
  refusal: Refusal,
  {
    underlying,
    rules,
    strikeUsdMicros,
    typed,
  }: { underlying: Underlying; rules: PolicyRules | null; strikeUsdMicros: bigint | null; typed: bigint | null },
): Remedy | null {
  const { code, min, max } = refusal;
  const token = TOKEN_OF[underlying];
  const quantity = (amount: bigint, what: string): Remedy => ({
    label: `Use ${formatAmount(amount, token)} ${token}, the ${what}`,
    change: { quantityText: formatAmount(amount, token) },
  });
  if (code === "STRIKE_OUT_OF_RANGE" && typeof min === "bigint" && typeof max === "bigint") {
    const isLow = typed !== null && typed < min;
    const { least, most } = roundStrikes({ min, max });
    const strike = formatAmount(isLow ? least : most, "STX");
    return { label: `Use $${strike}, the ${isLow ? "lowest" : "highest"}`, change: { strikeText: strike } };
  }
  if (code === "QUANTITY_TOO_SMALL" && typeof min === "bigint") return quantity(min, "least");
  if (code === "QUANTITY_OUT_OF_RANGE" && typeof min === "bigint" && typeof max === "bigint") {
    return typed !== null && typed < min ? quantity(min, "least") : quantity(max, "most");
  }
  if (code === "EXPIRY_OUT_OF_RANGE" && typeof min === "number" && typeof max === "number") {
    const isEarly = typed !== null && typed < BigInt(min);
    // A little inside, as the chain's time goes on while a person reads.
    const at = isEarly ? min + 15 * MINUTE_MS : max - MINUTE_MS;
    return {
      label: isEarly ? "Use the shortest" : "Use the longest",
      change: { until: "moment", untilText: localMinute(at) },
    };
  }
  if (code === "TIER_UNAVAILABLE" && rules && strikeUsdMicros !== null) {
    const lock = typeof refusal.below === "bigint" ? refusal.below : max;
    if (typeof lock !== "bigint" || lock <= 0n) return null;
    const put = { strikeUsdMicros, floorPriceUsdMicros: floorPrice(strikeUsdMicros, rules) };
    const most = quantityWithin(coverageWithin(lock, rules), put);
    return most > 0n ? quantity(most, "largest that fits") : null;
  }
  return null;
}
