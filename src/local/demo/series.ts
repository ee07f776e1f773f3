/**
 * The week that is replayed: daily closes of bitcoin from 9 to 15 March 2020, with the crash of the 12th, and of STX from
 * 13 to 19 May 2021, as there was hardly a market for it in 2020. Within a day the prices that the demo sets lie on the straight
 * line between two closes.
 */
import type { Underlying } from "../../domain/policies";
import { type RecordedPrice, recordedSeries, type SeriesName } from "../market/series";

interface Day {
  /** Of bitcoin's close. */
  date: string;
  closeUsdMicros: Record<Underlying, bigint>;
}

const DAYS = 7;

function weekFrom(name: SeriesName, date: string): RecordedPrice[] {
  const { rows } = recordedSeries(name);
  const first = rows.findIndex((row) => row.date === date);
  const week = rows.slice(first, first + DAYS);
  if (first < 0 || week.length < DAYS) throw new Error(`${name} has no week from ${date} on.`);
  return week;
}

const stx = weekFrom("stx-usd-2021-05", "2021-05-13");

export const WEEK: Day[] = weekFrom("btc-usd-2020-03", "2020-03-09").map(({ date, priceUsdMicros }, n) => ({
  date,
  closeUsdMicros: { BTC: priceUsdMicros, STX: (stx[n] as RecordedPrice).priceUsdMicros },
}));

/** The closes of a day, from 1 to 7. */
export function closesOf(day: number): Record<Underlying, bigint> {
  const found = WEEK[day - 1];
  if (!found) throw new Error(`The week has no day ${day}.`);
  return found.closeUsdMicros;
}

/** The price after `part` of `parts` on the way from one close to the next. */
export function between(from: bigint, to: bigint, { part, parts }: { part: number; parts: number }): bigint {
  return from + ((to - from) * BigInt(part)) / BigInt(parts);
}
