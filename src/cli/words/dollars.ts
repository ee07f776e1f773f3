/** Dollars as people type and read them: "8300.50" is 8,300,500,000 micro-dollars. Exact both ways. */
import { accept, type Outcome, refuse } from "../../domain/refusal";
import { MAX_AMOUNT } from "../../domain/tokens";

const DECIMALS = 6;
/** So many are always shown. */
const CENTS = 2;

/** Reads a price in whole dollars, above 0: no rounding, no exponent, no separators. */
export function parseDollars(text: string): Outcome<bigint> {
  const [, whole, fraction = ""] = /^\$?(\d+)(?:\.(\d*))?$/.exec(text.trim()) ?? [];
  if (whole === undefined)
    return refuse("PRICE_NOT_A_NUMBER", `Type a price in dollars, such as 8300.50, not "${text}".`);
  if (fraction.length > DECIMALS) {
    return refuse("PRICE_TOO_PRECISE", `A price has at most ${DECIMALS} decimals, not ${fraction.length}.`);
  }
  const usdMicros = BigInt(whole + fraction.padEnd(DECIMALS, "0"));
  if (usdMicros > 0n && usdMicros <= MAX_AMOUNT) return accept(usdMicros);
  return refuse("PRICE_OUT_OF_RANGE", `A price of ${text} dollars can't be: type one above 0, such as 8300.50.`);
}

/** All decimals that say something, at least the cents: "$8300.50", "$0.123456". */
export function showDollars(usdMicros: bigint): string {
  const digits = usdMicros.toString().padStart(DECIMALS + 1, "0");
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, "").padEnd(CENTS, "0");
  return `$${digits.slice(0, -DECIMALS)}.${fraction}`;
}
