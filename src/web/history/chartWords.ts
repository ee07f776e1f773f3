/** Figures of the chart in words and, for drawing alone, as numbers. */
import { DECIMALS, type Token } from "../../domain/tokens";
import { readableAmount } from "../amounts/typing";
import { readableUsd } from "../amounts/words";
import type { Point, Sums } from "./series";

/** In what it is counted. */
export type Unit = "USD" | Token;
export const MEASURES = ["Value", "Yield"] as const;
export type Measure = (typeof MEASURES)[number];
export const RANGES = ["Day", "Week", "Month"] as const;
export type Range = (typeof RANGES)[number];
export const RANGE_MS: Record<Range, number> = { Day: 86_400_000, Week: 7 * 86_400_000, Month: 30 * 86_400_000 };

export function readableIn(amount: bigint, unit: Unit): string {
  return unit === "USD" ? readableUsd(amount) : `${readableAmount(amount, unit)} ${unit}`;
}

/** For drawing. */
export function toNumber(amount: bigint, unit: Unit): number {
  return Number(amount) / 10 ** (unit === "USD" ? 6 : DECIMALS[unit]);
}

function withSign(amount: bigint, unit: Unit): string {
  if (amount === 0n) return readableIn(0n, unit);
  return amount > 0n ? `+${readableIn(amount, unit)}` : `−${readableIn(-amount, unit)}`;
}

export function gainWords({ value, put }: Pick<Point, "value" | "put">, unit: Unit): string {
  const gain = value - put;
  if (gain === 0n) return "neither gained nor lost";
  return gain > 0n ? `${readableIn(gain, unit)} gained` : `${readableIn(-gain, unit)} lost`;
}

/** The way from the first figure to the last, in the order in which it is told; what is nothing is left out. */
export function sumRows(sums: Sums, unit: Unit): { name: string; figure: string; meaning?: string }[] {
  const { first, deposited, withdrawn, earned, paid, other, byPrice, last } = sums;
  const changes = [
    { name: "Deposited", amount: deposited },
    { name: "Withdrawn", amount: -withdrawn },
    { name: "Earned", amount: earned, meaning: "your share of premiums" },
    { name: "Payouts and takeovers", amount: -paid, meaning: "what policies behind your capital have cost you" },
    { name: "Corrections", amount: other },
    { name: "By the price", amount: byPrice, meaning: "what you had became worth more or less" },
  ];
  return [
    { name: "At the beginning", figure: readableIn(first, unit) },
    ...changes
      .filter(({ amount }) => amount !== 0n)
      .map(({ amount, ...rest }) => ({ ...rest, figure: withSign(amount, unit) })),
    { name: "Now", figure: readableIn(last, unit) },
  ];
}
