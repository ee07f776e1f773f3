/**
 * What a policy would cost now, what it would lock and whose capital would stand behind it: one answer for whoever asks and
 * whoever takes. Reads only.
 */
import { type Infer, v } from "convex/values";
import { initialLock } from "../../src/domain/coverage";
import { type Put, TOKEN_OF, type Underlying } from "../../src/domain/policies";
import { volatilityOf } from "../../src/domain/premium";
import { parseUnderlying, type QuoteRequest, quote, type Terms } from "../../src/domain/quotes";
import { parseTier } from "../../src/domain/tiers";
import type { Token } from "../../src/domain/tokens";
import type { QueryCtx } from "../_generated/server";
import { requireClosed, requireSigningAllowed } from "../breakers/model";
import { accepted, refuseWith, tierValidator, tokenValidator, underlyingValidator } from "../functions";
import { hasStuck, requireNoneStuck } from "../health/model";
import { largestMove, realisedVolatility, requireGoodPrice } from "../prices/model";
import { type Mirror, requireMirror } from "../sync/model";
import { rulesOf, type TierKey } from "../tiers/model";
import { type Allocated, allocate, availabilityOf } from "./allocation";

/** Arguments of whoever asks for a policy; what they mean: `policies.quotePolicy`. */
export const quoteArgs = {
  underlying: v.string(),
  tier: v.string(),
  strikeUsdMicros: v.int64(),
  quantity: v.int64(),
  expiresAt: v.number(),
};

/** Refuses UNKNOWN_UNDERLYING, UNKNOWN_TIER. */
export function parseQuote({ underlying, tier, expiresAt, ...amounts }: Infer<typeof argsValidator>): QuoteRequest {
  return {
    ...amounts,
    underlying: accepted(parseUnderlying(underlying)),
    tier: accepted(parseTier(tier)),
    expiresAt: expiresAt / 1_000,
  };
}

const argsValidator = v.object(quoteArgs);

export const quoteFields = {
  underlying: underlyingValidator,
  tier: tierValidator,
  token: tokenValidator,
  strikeUsdMicros: v.int64(),
  quantity: v.int64(),
  expiresAt: v.number(),
  premium: v.int64(),
  fairValue: v.int64(),
  lock: v.int64(),
  coverage: v.int64(),
  floorPriceUsdMicros: v.int64(),
  breakEvenUsdMicros: v.int64(),
  volatility: v.number(),
  priceUsdMicros: v.int64(),
  pricePublishedAt: v.number(),
  asOf: v.number(),
};
export const quoteValidator = v.object(quoteFields);

/** A request, its terms, and what they were made of. */
export interface Quote extends QuoteRequest, Terms {
  priceUsdMicros: bigint;
  publishedAtMs: number;
  volatility: number;
  backings: Allocated[];
  /** Block time, unix seconds. */
  now: number;
}

/** A move of this much, up or down, stops sales of that underlying for an hour. Millionths. */
const LARGE_MOVE = 100_000;
/** Twice the hour: so long after the end of a move within one hour all of it is still in sight. */
const MOVE_WINDOW_MS = 7_200_000;

/** Whoever just saw the market move knows more than a price that is a minute old. */
async function requireCalm(ctx: QueryCtx, underlying: Underlying, nowMs: number) {
  const moved = await largestMove(ctx, underlying, nowMs - MOVE_WINDOW_MS);
  if (moved < LARGE_MOVE) return;
  const message = `${underlying} has just moved by ${Math.floor(moved / 10_000)}%. No policies on it are sold until an hour after such a move.`;
  refuseWith({ code: "MARKET_MOVING", message, underlying, moved, limit: LARGE_MOVE });
}

/** The most that the vault lets one settlement pay, base units; refuses what no other policy can help. */
function burstOf({ accounts, paused }: Mirror, token: Token): bigint {
  if (paused) {
    refuseWith({ code: "VAULT_PAUSED", message: "The vault is paused by its guardian: no policy can be bought now." });
  }
  const account = accounts.find((known) => known.token === token);
  if (!account) refuseWith({ code: "NOT_LAUNCHED", message: "The vault is not launched yet. Try again later." });
  return (account.settlementCap ?? 0n) / 2n;
}

/**
 * All that decides about a policy at the chain's newest block that we know.
 * @param nowMs by which prices are judged: queries pass the tip's time, mutations the later of that and the server's
 * Refuses STOPPED, RESTORING {until}, NOT_SYNCED, VAULT_PAUSED, NOT_LAUNCHED, NO_GOOD_PRICE, MARKET_MOVING {moved, limit},
 * TIER_STOPPED, what `quote` of src/domain/quotes refuses, and TIER_UNAVAILABLE {max}.
 */
export async function quoteFor(ctx: QueryCtx, request: QuoteRequest, nowMs: number): Promise<Quote> {
  const { underlying, tier, strikeUsdMicros, quantity } = request;
  const key = { tier, token: TOKEN_OF[underlying] };
  await requireClosed(ctx, "policies");
  await requireSigningAllowed(ctx);
  const mirror = await requireMirror(ctx);
  const burst = burstOf(mirror, key.token);
  const { priceUsdMicros, publishedAtMs } = await requireGoodPrice(ctx, underlying, nowMs);
  await requireCalm(ctx, underlying, nowMs);
  await requireNoneStuck(ctx, key);
  const rules = await rulesOf(ctx, key);
  const volatility = volatilityOf({
    configured: rules.volatility,
    ...(await realisedVolatility(ctx, underlying, nowMs)),
  });
  const { time: now } = mirror.tip;
  const terms = accepted(quote(request, { rules, priceUsdMicros, volatility, now, burst }));
  const put: Put = { strikeUsdMicros, quantity, coverage: terms.coverage };
  const backings = accepted(await allocate(ctx, { ...key, put, lock: terms.lock }));
  return { ...request, ...terms, priceUsdMicros, publishedAtMs, volatility, backings, now };
}

/** What a request in the next transaction is held to, for pages: times in ms. */
export async function quoteOf(ctx: QueryCtx, request: QuoteRequest): Promise<Infer<typeof quoteValidator>> {
  const { tip } = await requireMirror(ctx);
  const { backings, publishedAtMs, now, expiresAt, ...terms } = await quoteFor(ctx, request, tip.time * 1_000);
  return { ...terms, expiresAt: expiresAt * 1_000, pricePublishedAt: publishedAtMs, asOf: now * 1_000 };
}

export const availabilityValidator = v.object({
  tier: tierValidator,
  token: tokenValidator,
  largestLock: v.int64(),
  isAvailable: v.boolean(),
});

/** What one policy can really get of a tier, whatever it is on: seed 003's `getTierAvailability`. */
export async function tierAvailability(ctx: QueryCtx, key: TierKey, requiredCollateral = 1n) {
  const mirror = await requireMirror(ctx);
  const rules = await rulesOf(ctx, key);
  const most = initialLock(burstOf(mirror, key.token), rules);
  const available = (await hasStuck(ctx, key)) ? 0n : await availabilityOf(ctx, key);
  const reachable = available < most ? available : most;
  const largestLock = reachable >= rules.minimumBacking ? reachable : 0n;
  return { ...key, largestLock, isAvailable: requiredCollateral > 0n && requiredCollateral <= largestLock };
}
