/**
 * Accepted prices. Written by `model.ts` alone. `latestPrices` is what decisions and pages read; it changes only when
 * there is something new to read in it.
 */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { underlyingValidator } from "../functions";

const acceptedValidator = v.object({ priceUsdMicros: v.int64(), publishedAtMs: v.number() });

/** `Candle`s of src/domain/priceHistory. */
export const candlesValidator = v.array(
  v.object({
    startsAtMs: v.number(),
    highUsdMicros: v.int64(),
    lowUsdMicros: v.int64(),
    lastUsdMicros: v.int64(),
  }),
);

/** `PriceQuote` of src/domain/prices. */
export const priceQuoteValidator = v.object({
  source: v.string(),
  priceUsdMicros: v.int64(),
  publishedAtMs: v.number(),
  confidenceUsdMicros: v.union(v.null(), v.int64()),
});

/** What is believed of one underlying. */
export const latestPriceValidator = v.object({
  underlying: underlyingValidator,
  accepted: v.union(v.null(), acceptedValidator),
  /** False after a look at which the sources disagreed. */
  isGood: v.boolean(),
  /** Why the last look brought no price; null if it did. */
  refusal: v.union(v.null(), v.string()),
});

export const priceTables = {
  /** Each that was accepted, as long as a decision may still ask for it; times only grow. */
  prices: defineTable({ underlying: underlyingValidator, ...acceptedValidator.fields }).index(
    "by_underlying_and_published_at",
    ["underlying", "publishedAtMs"],
  ),

  /** A row an underlying. */
  latestPrices: defineTable(latestPriceValidator).index("by_underlying", ["underlying"]),

  /** One row, written at every look: no query of others reads it. */
  priceLoop: defineTable({
    /** The loop that may record what it saw; another one's is gone. */
    lease: v.string(),
    dueAt: v.number(),
    /** Looks in a row that could not be recorded. */
    failures: v.number(),
    /** What was wrong with the last look, a line each; empty if nothing was. */
    troubles: v.array(v.string()),
  }),

  /** A row an underlying: `PriceHistory` of src/domain/priceHistory. */
  priceHistories: defineTable({
    underlying: underlyingValidator,
    moves: candlesValidator,
    hours: candlesValidator,
    days: candlesValidator,
  }).index("by_underlying", ["underlying"]),
};
