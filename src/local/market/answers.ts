/** What the three price APIs answer, in the shapes that they document; the sources of src/prices read them as the real ones. */
import type { Underlying } from "../../domain/policies";
import type { AcceptedPrice } from "../../domain/prices";
import { COINBASE_PRODUCTS } from "../../prices/coinbase";
import { KRAKEN_PAIRS } from "../../prices/kraken";
import { PYTH_FEEDS } from "../../prices/pyth";

const MICRO_DIGITS = 6;

/** The underlying that an API knows by this name of its own, if any. */
export function underlyingOf(names: Record<Underlying, string>, name: string | undefined): Underlying | undefined {
  return (Object.keys(names) as Underlying[]).find((underlying) => names[underlying] === name);
}

/** Micro-dollars as a decimal figure. */
function decimal(micros: bigint): string {
  const digits = micros.toString().padStart(MICRO_DIGITS + 1, "0");
  return `${digits.slice(0, -MICRO_DIGITS)}.${digits.slice(-MICRO_DIGITS)}`;
}

/** Hermes takes prices in 10^-8 dollars, and knows whole seconds. */
export function pythAnswer(prices: Map<Underlying, AcceptedPrice>) {
  const parsed = [...prices].map(([underlying, { priceUsdMicros, publishedAtMs }]) => {
    const seconds = Math.floor(publishedAtMs / 1_000);
    const price = {
      price: String(priceUsdMicros * 100n),
      conf: String(priceUsdMicros / 20n),
      expo: -8,
      publish_time: seconds,
    };
    const metadata = { slot: seconds, proof_available_time: seconds + 1, prev_publish_time: seconds - 1 };
    return { id: PYTH_FEEDS[underlying], price, ema_price: price, metadata };
  });
  return { binary: { encoding: "hex", data: [] }, parsed };
}

export function coinbaseAnswer({ priceUsdMicros, publishedAtMs }: AcceptedPrice) {
  const price = decimal(priceUsdMicros);
  return {
    ask: price,
    bid: price,
    volume: "1000.00000000",
    trade_id: publishedAtMs,
    price,
    size: "0.01000000",
    time: new Date(publishedAtMs).toISOString(),
  };
}

/** Kraken has names of its own for the pairs that it has had for long. */
const KRAKEN_KEYS: Record<Underlying, string> = { BTC: "XXBTZUSD", STX: "STXUSD" };

export function krakenAnswer(underlying: Underlying, { priceUsdMicros, publishedAtMs }: AcceptedPrice) {
  const trade = [decimal(priceUsdMicros), "0.01000000", publishedAtMs / 1_000, "b", "m", "", publishedAtMs];
  return { error: [], result: { [KRAKEN_KEYS[underlying]]: [trade], last: `${publishedAtMs}000000` } };
}

export const APIS = { pyth: PYTH_FEEDS, coinbase: COINBASE_PRODUCTS, kraken: KRAKEN_PAIRS };
