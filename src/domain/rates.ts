/** Rates between whole millionths, which the product reckons with, and the percentages that people type. */

/** A percentage has as many decimals as millionths have below it. */
const DECIMALS = 4;

/** "12.5%", in millionths, exactly; null: it is no percentage of at most 4 decimals. */
export function parseRate(text: string): number | null {
  const [, whole, fraction = ""] = /^\s*(\d{1,6})(?:\.(\d{1,4}))?\s*%\s*$/.exec(text) ?? [];
  return whole === undefined ? null : Number(whole + fraction.padEnd(DECIMALS, "0"));
}

/** Millionths as they are typed, without the sign: 125000 is "12.5". */
export function formatRate(millionths: number): string {
  const digits = millionths.toString().padStart(DECIMALS + 1, "0");
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, "");
  return `${digits.slice(0, -DECIMALS)}${fraction ? `.${fraction}` : ""}`;
}
