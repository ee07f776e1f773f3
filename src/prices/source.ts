/** The port that everything which tells prices stands behind. */
import type { Underlying } from "../domain/policies";
import type { PriceQuote } from "../domain/prices";

/** Why a source told no price: it could not be asked, refused, or said what can't be read. */
export type PriceFailure = "unreachable" | "refused" | "unreadable";

export class PriceError extends Error {
  override name = "PriceError";

  constructor(
    readonly kind: PriceFailure,
    message: string,
  ) {
    super(message);
  }
}

export interface PriceSource {
  name: string;
  /** Throws a PriceError. It does not judge the price (src/domain/prices does), only that it is one. */
  fetchQuote(underlying: Underlying, options: { signal: AbortSignal }): Promise<PriceQuote>;
}

export type Fetcher = typeof fetch;
