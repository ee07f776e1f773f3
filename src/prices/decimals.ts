/** Decimal figures as sources write them become micro-dollars, without a float in between. */
import { PriceError } from "./source";

const MICRO_DIGITS = 6;

/** More digits than any price has; with the micros behind them they still fit what is stored. */
const MOST_WHOLE_DIGITS = 12;

const DIGITS = new RegExp(`^\\d{1,${MOST_WHOLE_DIGITS}}(\\.\\d{1,18})?$`);

/** Such as "4388.01"; what is finer than a micro-dollar is cut off. Throws a PriceError for anything but plain digits. */
export function microsOf(text: string): bigint {
  if (!DIGITS.test(text)) throw new PriceError("unreadable", `This is no price: ${text.slice(0, 40)}`);
  const [whole = "", fraction = ""] = text.split(".");
  return BigInt(whole + fraction.slice(0, MICRO_DIGITS).padEnd(MICRO_DIGITS, "0"));
}

const MOST_MICROS = 10n ** BigInt(MOST_WHOLE_DIGITS + MICRO_DIGITS);

/** `digits` x 10^`exponent` in micro-dollars, rounded down, or up where less would say too much. */
export function scaledMicros(digits: bigint, exponent: number, rounding: "down" | "up" = "down"): bigint {
  const shift = exponent + MICRO_DIGITS;
  const [factor, divisor] = [10n ** BigInt(Math.max(shift, 0)), 10n ** BigInt(Math.max(-shift, 0))];
  const micros = (digits * factor + (rounding === "up" ? divisor - 1n : 0n)) / divisor;
  if (micros >= MOST_MICROS) throw new PriceError("unreadable", `This is no price: ${digits} x 10^${exponent}`);
  return micros;
}
