/**
 * Recorded daily closes, for replays: bitcoin in US dollars around 2020-03-12, Stacks against Tether around 2021-05-19
 * (public market data).
 */
import { readFileSync } from "node:fs";
import { SERIES } from "../../domain/localControls";
import type { Underlying } from "../../domain/policies";
import { microsOf } from "../../prices/decimals";

export interface RecordedPrice {
  /** Such as 2020-03-12. */
  date: string;
  priceUsdMicros: bigint;
}

export interface Series {
  underlying: Underlying;
  rows: RecordedPrice[];
}

function read(underlying: Underlying, file: string): Series {
  const [, ...lines] = readFileSync(new URL(`./series/${file}`, import.meta.url), "utf8")
    .trim()
    .split("\n");
  const rows = lines.map((line) => {
    const [date = "", close = ""] = line.trim().split(",");
    return { date, priceUsdMicros: microsOf(close) };
  });
  return { underlying, rows };
}

export const SERIES_NAMES = ["btc-usd-2020-03", "stx-usd-2021-05"] as const;
export type SeriesName = (typeof SERIES_NAMES)[number];

export function recordedSeries(name: SeriesName): Series {
  return read(SERIES[name].underlying, `${name}.csv`);
}
