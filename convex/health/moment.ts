/** The price and the time by which health is decided. Reads only. */
import { TOKEN_OF, type Underlying } from "../../src/domain/policies";
import { isFresh, PRICE_RULES } from "../../src/domain/prices";
import type { Token } from "../../src/domain/tokens";
import type { MutationCtx } from "../_generated/server";
import { latestPrice, nowOf } from "../prices/model";
import { mirrorRow } from "../sync/model";

export interface Moment {
  underlying: Underlying;
  token: Token;
  /** Micro-dollars. */
  price: bigint;
  /** Block time of the newest block that was seen, unix seconds. */
  at: number;
  nowMs: number;
}

/** Null without a good price, or before the chain was seen: nobody is judged by what is not known. */
export async function momentOf(ctx: MutationCtx, underlying: Underlying): Promise<Moment | null> {
  const latest = await latestPrice(ctx, underlying);
  const nowMs = await nowOf(ctx);
  if (!latest?.isGood || !isFresh(latest, nowMs, PRICE_RULES[underlying])) return null;
  const mirror = await mirrorRow(ctx);
  if (!mirror) return null;
  return { underlying, token: TOKEN_OF[underlying], price: latest.priceUsdMicros, at: mirror.tip.time, nowMs };
}
