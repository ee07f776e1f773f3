/** Which sources there are, and one look at all of them: at once, and over in a bounded time, whoever does not answer. */
import { UNDERLYINGS, type Underlying } from "../domain/policies";
import type { PriceQuote } from "../domain/prices";
import { coinbase } from "./coinbase";
import { kraken } from "./kraken";
import { pyth } from "./pyth";
import { type Fetcher, PriceError, type PriceFailure, type PriceSource } from "./source";

export const SOURCES = ["pyth", "coinbase", "kraken"] as const;
export type SourceName = (typeof SOURCES)[number];

export const PUBLIC_URLS: Record<SourceName, string> = {
  pyth: "https://pyth.dourolabs.app/hermes",
  coinbase: "https://api.exchange.coinbase.com",
  kraken: "https://api.kraken.com",
};

export interface SourceSettings {
  sources: SourceName[];
  urls: Record<SourceName, string>;
  pythApiKey: string;
  fetcher?: Fetcher;
}

export function priceSources({ sources, urls, pythApiKey, fetcher = fetch }: SourceSettings): PriceSource[] {
  const all: Record<SourceName, () => PriceSource> = {
    pyth: () => pyth(urls.pyth, { apiKey: pythApiKey, fetcher }),
    coinbase: () => coinbase(urls.coinbase, { fetcher }),
    kraken: () => kraken(urls.kraken, { fetcher }),
  };
  return sources.map((name) => all[name]());
}

/** What a look came to for one underlying. */
export interface PriceLook {
  underlying: Underlying;
  quotes: PriceQuote[];
  failures: { source: string; kind: PriceFailure; message: string }[];
}

/** So long a source may take; a price that comes later is one that a trader has had before. */
export const ANSWER_MS = 5_000;

async function lookAt(sources: PriceSource[], underlying: Underlying, signal: AbortSignal): Promise<PriceLook> {
  const look: PriceLook = { underlying, quotes: [], failures: [] };
  const answers = sources.map(async (source) => {
    try {
      look.quotes.push(await source.fetchQuote(underlying, { signal }));
    } catch (error) {
      const { kind, message } =
        error instanceof PriceError ? error : { kind: "unreadable" as const, message: `${error}` };
      look.failures.push({ source: source.name, kind, message });
    }
  });
  await Promise.all(answers);
  return look;
}

/** Every source about every underlying. Never fails: what failed is told in the look. */
export async function lookAtSources(sources: PriceSource[]): Promise<PriceLook[]> {
  const aborter = new AbortController();
  const timer = setTimeout(() => aborter.abort(new Error(`no answer within ${ANSWER_MS} ms`)), ANSWER_MS);
  try {
    return await Promise.all(UNDERLYINGS.map((underlying) => lookAt(sources, underlying, aborter.signal)));
  } finally {
    clearTimeout(timer);
  }
}
