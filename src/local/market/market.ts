/**
 * A market on this machine: one price an underlying, as it was set or recorded, that may move a little by itself. Its clock
 * is given, so that it is the chain's where that runs ahead.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { Underlying } from "../../domain/policies";
import type { AcceptedPrice } from "../../domain/prices";
import type { SourceName } from "../../prices/look";
import { type RecordedPrice, recordedSeries, type Series, type SeriesName } from "./series";

export const FAULTS = ["stale", "absurd", "disagreeing", "missing", "refused", "malformed", "huge", "slow"] as const;

/** How some answers are wrong: of one source or all, about one underlying or all. */
export interface MarketFault {
  kind: (typeof FAULTS)[number];
  source?: SourceName;
  underlying?: Underlying;
}

export interface MarketOptions {
  /** Unix milliseconds. */
  now: () => Promise<number>;
  /** Prices that were set are kept here over restarts. Left out: nowhere. */
  file?: string;
  /** Prices move by themselves, as a seed has it. Left out: only when they are set. */
  seed?: number;
  /** What is asked until a price is set, micro-dollars. */
  atFirst?: Record<Underlying, bigint>;
}

interface SetPrice {
  usdMicros: bigint;
  setAtMs: number;
  /** Left out: it goes on being traded at this price. */
  publishedAtMs?: number;
}

const kept = z.record(
  z.enum(["BTC", "STX"]),
  z.object({ usdMicros: z.string().transform(BigInt), setAtMs: z.number(), publishedAtMs: z.number().optional() }),
);

const USD = 1_000_000n;
const AT_FIRST: Record<Underlying, bigint> = { BTC: 60_000n * USD, STX: (3n * USD) / 2n };

/** How often a price that stays is published again. */
const TICK_MS = 1_000;
/** By so many millionths of it a price that moves by itself is at most away from where it was set, and so often it moves. */
const WOBBLE = 1_000;
const WOBBLE_EVERY_MS = 5_000;

/** From -WOBBLE to WOBBLE, the same for the same arguments (the finalizer of a 32-bit hash). */
function wobble(seed: number, n: number, underlying: Underlying): number {
  let h = Math.imul(seed ^ n ^ underlying.charCodeAt(0), 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (((h ^ (h >>> 16)) >>> 0) % (2 * WOBBLE + 1)) - WOBBLE;
}

export class Market {
  #prices: Record<Underlying, SetPrice>;
  #faults: MarketFault[] = [];
  #series: (Series & { name: SeriesName }) | null = null;
  #row = -1;

  constructor(private readonly options: MarketOptions) {
    const { file, atFirst = AT_FIRST } = options;
    this.#prices = {
      BTC: { usdMicros: atFirst.BTC, setAtMs: 0 },
      STX: { usdMicros: atFirst.STX, setAtMs: 0 },
      ...(file && existsSync(file) ? kept.parse(JSON.parse(readFileSync(file, "utf8"))) : {}),
    };
  }

  /** What is asked for the underlying now. */
  async price(underlying: Underlying): Promise<AcceptedPrice> {
    const { usdMicros, setAtMs, publishedAtMs } = this.#prices[underlying];
    if (publishedAtMs !== undefined) return { priceUsdMicros: usdMicros, publishedAtMs };
    const now = await this.options.now();
    const { seed } = this.options;
    const tickMs = seed === undefined ? TICK_MS : WOBBLE_EVERY_MS;
    const moved = seed === undefined ? 0 : wobble(seed, Math.floor(now / tickMs), underlying);
    return {
      priceUsdMicros: (usdMicros * (USD + BigInt(moved))) / USD,
      publishedAtMs: Math.max(now - (now % tickMs), setAtMs),
    };
  }

  /** @param publishedAtMs it was traded then, and not since; left out: it is traded from now on */
  async setPrice(underlying: Underlying, usdMicros: bigint, publishedAtMs?: number): Promise<void> {
    const setAtMs = await this.options.now();
    this.#prices[underlying] = { usdMicros, setAtMs, ...(publishedAtMs !== undefined && { publishedAtMs }) };
    const { file } = this.options;
    if (!file) return;
    const text = JSON.stringify(this.#prices, (_key, value) => (typeof value === "bigint" ? String(value) : value));
    // A file that is half written would keep the next start from reading it.
    writeFileSync(`${file}.new`, `${text}\n`);
    renameSync(`${file}.new`, file);
  }

  /** Replays recorded days from the first one on. */
  async play(name: SeriesName): Promise<RecordedPrice> {
    this.#series = { ...recordedSeries(name), name };
    this.#row = -1;
    return (await this.advance()) as RecordedPrice;
  }

  /** The next recorded day; null behind the last one, whose price stays. */
  async advance(): Promise<RecordedPrice | null> {
    const row = this.#series?.rows[this.#row + 1];
    if (!this.#series || !row) return null;
    this.#row += 1;
    await this.setPrice(this.#series.underlying, row.priceUsdMicros);
    return row;
  }

  /** What is asked now, and where a replay has got to. */
  async standing() {
    const asked = async (underlying: Underlying) => String((await this.price(underlying)).priceUsdMicros);
    const rows = this.#series?.rows ?? [];
    const replay = this.#series && {
      series: this.#series.name,
      day: this.#row + 1,
      days: rows.length,
      date: rows[this.#row]?.date ?? "",
    };
    return { prices: { BTC: await asked("BTC"), STX: await asked("STX") }, replay };
  }

  /** In place of those before. */
  setFaults(faults: MarketFault[]): void {
    this.#faults = faults;
  }

  faultOf(source: SourceName, underlying: Underlying): MarketFault["kind"] | null {
    const fits = (fault: MarketFault) =>
      (fault.source ?? source) === source && (fault.underlying ?? underlying) === underlying;
    return this.#faults.find(fits)?.kind ?? null;
  }
}
