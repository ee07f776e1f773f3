/** Prices for the tests of all that depends on them, through the mutation that records the real ones. */
import { internal } from "../../convex/_generated/api";
import { nowOf } from "../../convex/prices/model";
import type { Underlying } from "../../src/domain/policies";
import type { PriceQuote } from "../../src/domain/prices";
import type { Backend } from "./backend";

/** The time by which the backend would judge a price now, unix ms. */
export function priceTime(backend: Backend): Promise<number> {
  return backend.run((ctx) => nowOf(ctx));
}

/** Two sources that say the same. */
export function agreed(priceUsdMicros: bigint, publishedAtMs: number): PriceQuote[] {
  const said = { priceUsdMicros, publishedAtMs, confidenceUsdMicros: null };
  return ["one", "two"].map((source) => ({ source, ...said }));
}

/** Throws if the price is not accepted as a new one. @param publishedAtMs now, and after the last one, if left out */
export async function setPrice(
  backend: Backend,
  underlying: Underlying,
  usdMicros: bigint,
  publishedAtMs?: number,
): Promise<number> {
  const at = publishedAtMs ?? (await nextTime(backend, underlying));
  const looks = [{ underlying, quotes: agreed(usdMicros, at) }];
  const moved = await backend.mutation(internal.prices.record.recordLook, { looks });
  if (!moved.includes(underlying)) throw new Error(`The price ${usdMicros} of ${underlying} at ${at} was not taken.`);
  return at;
}

async function nextTime(backend: Backend, underlying: Underlying): Promise<number> {
  const latest = await backend.run((ctx) =>
    ctx.db
      .query("latestPrices")
      .withIndex("by_underlying", (q) => q.eq("underlying", underlying))
      .unique(),
  );
  return Math.max(await priceTime(backend), (latest?.accepted?.publishedAtMs ?? 0) + 1);
}
