/** Amounts between a person and the books: what is still being typed, how typed text is read, how digits are grouped. */
import { type Outcome, refuse } from "../../domain/refusal";
import { formatAmount, parseAmount, type Token } from "../../domain/tokens";

/** Nothing yet, or zeros that may become "0.5": too early to say that something is wrong. */
export function isUnfinished(text: string): boolean {
  return /^0*(\.0*)?$/.test(text.trim());
}

/** Thousands set apart by one sort of mark, all of them: never "0,001", which elsewhere is a thousandth. */
const GROUPED = /^[1-9]\d{0,2}(?:([,'’ _])\d{3})(?:\1\d{3})*(?:\.\d*)?$/;

/**
 * Reads what is typed or pasted: whole tokens, exactly, as the domain does, and kindly where only one thing can be meant:
 * spaces around it, thousands as pages show them, the token's own name behind it ("1,000.5 STX").
 * Refuses what the domain's `parseAmount` refuses, and OTHER_TOKEN.
 */
export function readTyped(text: string, token: Token): Outcome<bigint> {
  const clean = text.replace(/[\u00a0\u202f]/g, " ").trim();
  const [, digits = clean, unit] = /^(.*\d\.?)\s*([a-z]{3,4})$/i.exec(clean) ?? [];
  if (unit !== undefined && unit.toLowerCase() !== token.toLowerCase()) {
    return refuse("OTHER_TOKEN", `Type an amount of ${token} in digits, such as 1.5, not of ${unit}.`);
  }
  return parseAmount(GROUPED.test(digits) ? digits.replace(/[,'’ _]/g, "") : digits, token);
}

/** Whether what was typed reads as it stands: if not, the page says how it was read. */
export function isPlain(text: string): boolean {
  return /^\d*\.?\d*$/.test(text.trim());
}

/** The exact amount in whole tokens with its thousands set apart: "99,999,995.25". For reading only. */
export function readableAmount(amount: bigint, token: Token): string {
  const [whole = "", fraction] = formatAmount(amount, token).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction ? `${grouped}.${fraction}` : grouped;
}
