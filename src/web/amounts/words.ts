/** Dollars, rates and times for reading. Amounts of tokens are `readableAmount`'s (typing.ts). */
import { WHOLE } from "../../domain/policies";
import { DECIMALS, type Token } from "../../domain/tokens";

const USD = 1_000_000n;

/** Micro-dollars, cut to cents, or to six decimals below a dollar: "$96,250.00", "$0.412345". */
export function readableUsd(micros: bigint): string {
  const magnitude = micros < 0n ? -micros : micros;
  const whole = (magnitude / USD).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  const fraction = (magnitude % USD).toString().padStart(6, "0");
  const decimals = magnitude >= USD || magnitude === 0n ? fraction.slice(0, 2) : fraction.replace(/0{1,4}$/, "");
  return `${micros < 0n ? "-" : ""}$${whole}.${decimals}`;
}

/** Millionths: "12.5%". */
export function readablePercent(millionths: number): string {
  return `${new Intl.NumberFormat("en", { maximumFractionDigits: 2 }).format((millionths * 100) / WHOLE)}%`;
}

/** Ms: "21 Nov 2026, 14:05", in the reader's own time zone. */
export function readableTime(ms: number): string {
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" }).format(ms);
}

/** What an amount is worth at a price of one whole token, micro-dollars, rounded down. */
export function worthOf(amount: bigint, token: Token, priceUsdMicros: bigint): bigint {
  return (amount * priceUsdMicros) / 10n ** BigInt(DECIMALS[token]);
}

const SPANS = [
  { name: "day", seconds: 86_400 },
  { name: "hour", seconds: 3_600 },
  { name: "minute", seconds: 60 },
  { name: "second", seconds: 1 },
];

/** The two largest units, rounded down: "1 day 12 hours", "90 days", "45 seconds". */
export function readableDuration(seconds: number): string {
  let left = Math.max(0, Math.floor(seconds));
  const parts = SPANS.flatMap(({ name, seconds: size }) => {
    const count = Math.floor(left / size);
    left -= count * size;
    return count === 0 ? [] : [`${count} ${name}${count === 1 ? "" : "s"}`];
  });
  return parts.slice(0, 2).join(" ") || "0 seconds";
}
