/**
 * Between what people type and read and what the product counts in: amounts, prices, durations, dates, and the names of
 * tokens, tiers and underlyings. What can't be read exactly is refused in a sentence, never rounded.
 */
import { parseDuration } from "../domain/durations";
import type { Outcome } from "../domain/refusal";
import { TIERS, type Tier } from "../domain/tiers";
import { formatAmount, MAX_AMOUNT, parseAmount, TOKENS, type Token } from "../domain/tokens";
import { misuse } from "./errors";

/** The refusal of a rule about what is typed, as the command's own. */
export function typed<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  const { code, message, ...facts } = outcome.refusal;
  throw misuse(code, message, facts);
}

function nameOf<Name extends string>(names: readonly Name[], text: string, what: string): Name {
  const found = names.find((name) => name.toLowerCase() === text.trim().toLowerCase());
  if (found) return found;
  throw misuse(`UNKNOWN_${what.toUpperCase()}`, `There is no ${what} "${text}" here. Use ${names.join(" or ")}.`);
}

/** Large and small letters are the same here. */
export const tokenOf = (text: string): Token => nameOf(TOKENS, text, "token");
export const tierOf = (text: string): Tier => nameOf(TIERS, text, "tier");
export const underlyingOf = (text: string): "BTC" | "STX" => nameOf(["BTC", "STX"] as const, text, "underlying");
export const switchOf = (text: string): boolean => nameOf(["on", "off"] as const, text, "setting") === "on";

/** "0.25" or "0.25 sBTC": whole tokens, exact to the base unit. */
export function amountOf(text: string, token: Token): bigint {
  const [, digits, unit] = /^\s*(\S+)\s+([A-Za-z]+)\s*$/.exec(text) ?? [null, text, null];
  if (unit && unit.toLowerCase() !== token.toLowerCase()) {
    throw misuse("OTHER_TOKEN", `"${text}" is not an amount of ${token}.`);
  }
  return typed(parseAmount(digits ?? text, token));
}

/** "8300.50" dollars, as micro-dollars. */
export function priceOf(text: string): bigint {
  const [, whole, fraction = ""] = /^\s*\$?(\d+)(?:\.(\d*))?(?:\s+USD)?\s*$/i.exec(text) ?? [];
  if (whole === undefined)
    throw misuse("PRICE_NOT_A_NUMBER", `Type a price in US dollars in digits, such as 8300.50, not "${text}".`);
  if (fraction.length > 6) throw misuse("PRICE_TOO_PRECISE", "A price has at most 6 decimals.", { max: 6 });
  const micros = BigInt(whole + fraction.padEnd(6, "0"));
  if (micros > 0n && micros <= MAX_AMOUNT) return micros;
  throw misuse("PRICE_OUT_OF_RANGE", `A price is above 0 and below 2^63 millionths of a dollar; "${text}" is not.`);
}

export function durationOf(text: string): number {
  const seconds = parseDuration(text);
  if (seconds !== null) return seconds;
  throw misuse("DURATION_NOT_UNDERSTOOD", `Type a duration such as 15m, 12h or 30d, not "${text}".`);
}

const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/i;

/** A day (its first moment in UTC) or a moment by RFC 3339, as ms. */
export function dateOf(text: string): number {
  const clean = text.trim();
  const ms = DATE.test(clean) ? Date.parse(clean) : Number.NaN;
  // JavaScript takes 30 February for 1 March.
  const isDay =
    Number.isFinite(ms) && new Date(Date.parse(clean.slice(0, 10))).toISOString().startsWith(clean.slice(0, 10));
  if (isDay) return ms;
  throw misuse("DATE_NOT_UNDERSTOOD", `Type a date such as 2026-01-31 or 2026-01-31T12:00:00Z, not "${text}".`);
}

/** A duration from `now` (ms) on, or a date. */
export function momentOf(text: string, now: number): number {
  const seconds = parseDuration(text);
  return seconds === null ? dateOf(text) : now + seconds * 1_000;
}

/** Ids below 2^63, such as a policy's. */
export function idOf(text: string): bigint {
  const id = /^\d{1,19}$/.test(text.trim()) ? BigInt(text.trim()) : 0n;
  if (id > 0n && id <= MAX_AMOUNT) return id;
  throw misuse("ID_NOT_UNDERSTOOD", `An id is a number of up to 19 digits, not "${text}".`);
}

export const shownAmount = (amount: bigint, token: Token): string => `${formatAmount(amount, token)} ${token}`;
/** Micro-dollars have as many decimals as STX. */
export const shownPrice = (micros: bigint): string => `${formatAmount(micros, "STX")} USD`;
/** ms, to the second, in UTC. */
export const shownTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")}Z`;
/** Millionths, as a percentage. */
export const shownShare = (millionths: number | bigint): string => `${Number(millionths) / 10_000}%`;
