/** The two tokens of the vault, and amounts of them. Amounts are bigint base units: micro-STX and satoshis. */
import { accept, type Outcome, refuse } from "./refusal";

export const TOKENS = ["STX", "sBTC"] as const;
export type Token = (typeof TOKENS)[number];

/** Digits behind the point of one whole token. */
export const DECIMALS: Record<Token, number> = { STX: 6, sBTC: 8 };

/** Convex stores amounts as int64; nothing larger enters the books. */
export const MAX_AMOUNT = 2n ** 63n - 1n;

export function parseToken(text: string): Outcome<Token> {
  const token = TOKENS.find((known) => known === text);
  return token ? accept(token) : refuse("UNKNOWN_TOKEN", `There is no token "${text}" here. Use "STX" or "sBTC".`);
}

/** An amount of base units that money can move by: at least 1, at most 2^63 - 1. */
export function checkAmount(amount: bigint): Outcome<bigint> {
  if (amount <= 0n) return refuse("AMOUNT_NOT_POSITIVE", "The amount must be at least 1 base unit.");
  if (amount > MAX_AMOUNT)
    return refuse("AMOUNT_TOO_LARGE", "The amount must be below 2^63 base units.", { max: MAX_AMOUNT });
  return accept(amount);
}

/**
 * Reads what a person types, such as "1.5", in whole tokens, exactly: no rounding, no exponent, no separators.
 * Refuses more decimals than the token has.
 */
export function parseAmount(text: string, token: Token): Outcome<bigint> {
  const match = /^(\d+)(?:\.(\d*))?$/.exec(text.trim());
  if (!match) return refuse("AMOUNT_NOT_A_NUMBER", `Type an amount of ${token} in digits, such as 1.5.`);
  const [, whole = "", fraction = ""] = match;
  const decimals = DECIMALS[token];
  if (fraction.length > decimals) {
    return refuse("AMOUNT_TOO_PRECISE", `${token} has at most ${decimals} decimals.`, { max: decimals });
  }
  return checkAmount(BigInt(whole + fraction.padEnd(decimals, "0")));
}

/** Reads base units in digits, 0 too. */
export function parseBaseUnits(text: string): Outcome<bigint> {
  if (/^\d{1,19}$/.test(text)) return accept(BigInt(text));
  return refuse("AMOUNT_NOT_A_NUMBER", `Write base units in at most 19 digits, such as 1000000, not "${text}".`);
}

/** The amount in whole tokens, exact, without trailing zeros: 1500000n STX is "1.5". */
export function formatAmount(amount: bigint, token: Token): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(DECIMALS[token] + 1, "0");
  const whole = digits.slice(0, -DECIMALS[token]);
  const fraction = digits.slice(-DECIMALS[token]).replace(/0+$/, "");
  return `${amount < 0n ? "-" : ""}${whole}${fraction ? `.${fraction}` : ""}`;
}
