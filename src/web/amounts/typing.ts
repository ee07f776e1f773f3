/** Amounts between a person and the books: what is still being typed, and how digits are grouped for reading. */
import { formatAmount, type Token } from "../../domain/tokens";

/** Nothing yet, or zeros that may become "0.5": too early to say that something is wrong. */
export function isUnfinished(text: string): boolean {
  return /^0*(\.0*)?$/.test(text.trim());
}

/** The exact amount in whole tokens with its thousands set apart: "99,999,995.25". For reading only. */
export function readableAmount(amount: bigint, token: Token): string {
  const [whole = "", fraction] = formatAmount(amount, token).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction ? `${grouped}.${fraction}` : grouped;
}
