/** The only writer of accepted prices; what decisions ask about them. Times are unix milliseconds unless named. */
import { UNDERLYINGS, type Underlying } from "../../src/domain/policies";
import { largestMoveIn, NO_HISTORY, type PriceHistory, realised, remember } from "../../src/domain/priceHistory";
import { type AcceptedPrice, aggregate, isFresh, median, PRICE_RULES, type PriceQuote } from "../../src/domain/prices";
import type { Doc } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { refuseWith } from "../functions";
import { notifyOperators } from "../notifications/model";
import { mirrorRow } from "../sync/model";

/** So long a late settlement finds the price of its minute. */
const KEPT_MS = 7 * 86_400_000;
/** Of what is older, so many go with each price that comes: more than come. */
const FORGOTTEN_AT_ONCE = 4;
/** The length of the time after an expiry whose median decides, and more prices than it ever has. */
const EXPIRY_WINDOW_MS = 60_000;
const MOST_IN_WINDOW = 1_000;

export type LatestPrice = AcceptedPrice & { isGood: boolean };

/** The later of the server's clock and the chain's: what a mutation passes as now. */
export async function nowOf(ctx: MutationCtx): Promise<number> {
  const tip = (await mirrorRow(ctx))?.tip.time ?? 0;
  return Math.max(Date.now(), tip * 1_000);
}

function latestRow(ctx: QueryCtx, underlying: Underlying): Promise<Doc<"latestPrices"> | null> {
  return ctx.db
    .query("latestPrices")
    .withIndex("by_underlying", (q) => q.eq("underlying", underlying))
    .unique();
}

/** The last accepted price, however old; null before the first. */
export async function latestPrice(ctx: QueryCtx, underlying: Underlying): Promise<LatestPrice | null> {
  const row = await latestRow(ctx, underlying);
  return row?.accepted ? { ...row.accepted, isGood: row.isGood } : null;
}

/**
 * The price by which something may be decided at `nowMs`: queries pass the mirror's tip, mutations `nowOf`. Refuses
 * NO_GOOD_PRICE {ageMs?} when there is none, it is too old, or the sources disagree.
 */
export async function requireGoodPrice(ctx: QueryCtx, underlying: Underlying, nowMs: number): Promise<AcceptedPrice> {
  const latest = await latestPrice(ctx, underlying);
  if (latest?.isGood && isFresh(latest, nowMs, PRICE_RULES[underlying])) {
    return { priceUsdMicros: latest.priceUsdMicros, publishedAtMs: latest.publishedAtMs };
  }
  const message = `There is no good price of ${underlying} now. Nothing that depends on it can be done until there is one; try again in a minute.`;
  const refusal = { code: "NO_GOOD_PRICE", message, underlying };
  return refuseWith(latest ? { ...refusal, ageMs: Math.max(0, nowMs - latest.publishedAtMs) } : refusal);
}

function historyRow(ctx: QueryCtx, underlying: Underlying) {
  return ctx.db
    .query("priceHistories")
    .withIndex("by_underlying", (q) => q.eq("underlying", underlying))
    .unique();
}

/** What is remembered of its prices; nothing before the first. */
export async function historyOf(ctx: QueryCtx, underlying: Underlying): Promise<PriceHistory> {
  return (await historyRow(ctx, underlying)) ?? NO_HISTORY;
}

/** Annual, millionths, of the last 24 hours and 30 days; null each where samples are missing. */
export async function realisedVolatility(ctx: QueryCtx, underlying: Underlying, nowMs: number) {
  return realised(await historyOf(ctx, underlying), nowMs);
}

/** How far the highest price since `sinceMs` (at most two hours ago) is above the lowest, millionths. */
export async function largestMove(ctx: QueryCtx, underlying: Underlying, sinceMs: number): Promise<number> {
  return largestMoveIn(await historyOf(ctx, underlying), sinceMs);
}

function pricesFrom(ctx: QueryCtx, underlying: Underlying, fromMs: number) {
  return ctx.db
    .query("prices")
    .withIndex("by_underlying_and_published_at", (q) => q.eq("underlying", underlying).gte("publishedAtMs", fromMs));
}

const accepted = ({ priceUsdMicros, publishedAtMs }: AcceptedPrice): AcceptedPrice => ({
  priceUsdMicros,
  publishedAtMs,
});

/** The first that was published later than `ms`, whose answer never changes; null while there is none. */
export async function firstPriceAfter(
  ctx: QueryCtx,
  underlying: Underlying,
  ms: number,
): Promise<AcceptedPrice | null> {
  // Times of publication are whole milliseconds.
  const row = await pricesFrom(ctx, underlying, Math.floor(ms) + 1).first();
  return row && accepted(row);
}

/**
 * The median of what was published in the minute from the expiry on, else the first price after it. Null until a price
 * from behind that minute is there: only then no other can come into it, and the answer never changes.
 * @param expiresAt unix seconds of block time
 */
export async function expiryPrice(
  ctx: QueryCtx,
  underlying: Underlying,
  expiresAt: number,
): Promise<AcceptedPrice | null> {
  const [from, to] = [expiresAt * 1_000, expiresAt * 1_000 + EXPIRY_WINDOW_MS];
  const behind = await pricesFrom(ctx, underlying, to).first();
  if (!behind) return null;
  const within = await ctx.db
    .query("prices")
    .withIndex("by_underlying_and_published_at", (q) =>
      q.eq("underlying", underlying).gte("publishedAtMs", from).lt("publishedAtMs", to),
    )
    .take(MOST_IN_WINDOW);
  const last = within.at(-1);
  if (!last) return accepted(behind);
  return { priceUsdMicros: median(within.map((row) => row.priceUsdMicros)), publishedAtMs: last.publishedAtMs };
}

async function recordLatest(ctx: MutationCtx, fields: Omit<Doc<"latestPrices">, "_id" | "_creationTime">) {
  const row = await latestRow(ctx, fields.underlying);
  if (row) await ctx.db.replace("latestPrices", row._id, fields);
  else await ctx.db.insert("latestPrices", fields);
}

async function recordHistory(ctx: MutationCtx, underlying: Underlying, price: AcceptedPrice) {
  const row = await historyRow(ctx, underlying);
  const fields = { underlying, ...remember(row ?? NO_HISTORY, price) };
  if (row) await ctx.db.replace("priceHistories", row._id, fields);
  else await ctx.db.insert("priceHistories", fields);
}

async function forgetOld(ctx: MutationCtx, underlying: Underlying, newestMs: number) {
  const old = await ctx.db
    .query("prices")
    .withIndex("by_underlying_and_published_at", (q) =>
      q.eq("underlying", underlying).lt("publishedAtMs", newestMs - KEPT_MS),
    )
    .take(FORGOTTEN_AT_ONCE);
  for (const row of old) await ctx.db.delete("prices", row._id);
}

/**
 * Records what a look at the sources came to. The same price published again, or one that was published before the last,
 * is a good look that changes no price. A look that failed takes nothing back but, if the sources disagree, the trust in
 * the last price.
 * @returns the price if it is new
 */
export async function recordPrice(
  ctx: MutationCtx,
  underlying: Underlying,
  quotes: PriceQuote[],
  nowMs: number,
): Promise<AcceptedPrice | null> {
  const row = await latestRow(ctx, underlying);
  const before = row?.accepted ?? null;
  const outcome = aggregate(quotes, { now: nowMs, rules: PRICE_RULES[underlying] });
  if (!outcome.ok) {
    const { code, message } = outcome.refusal;
    const isGood = code === "SOURCES_DISAGREE" ? false : (row?.isGood ?? false);
    await recordLatest(ctx, { underlying, accepted: before, isGood, refusal: `${code}: ${message}` });
    return null;
  }
  const price = outcome.value;
  const isNew = before === null || price.publishedAtMs > before.publishedAtMs;
  if (isNew || !row?.isGood || row.refusal !== null) {
    await recordLatest(ctx, { underlying, accepted: isNew ? price : before, isGood: true, refusal: null });
  }
  if (!isNew) return null;
  await ctx.db.insert("prices", { underlying, ...price });
  await recordHistory(ctx, underlying, price);
  await forgetOld(ctx, underlying, price.publishedAtMs);
  return price;
}

/** Tells the operators, once, of each underlying that has had no good price for longer than decisions allow. */
export async function tellOfMissing(ctx: MutationCtx) {
  const now = await nowOf(ctx);
  for (const { underlying, accepted: last, refusal, _creationTime } of await allLatest(ctx)) {
    const since = last?.publishedAtMs ?? _creationTime;
    if (isFresh({ publishedAtMs: since }, now, PRICE_RULES[underlying])) continue;
    const facts = { underlying, since, reason: refusal ?? "No source has published a newer one." };
    await notifyOperators(ctx, { kind: "prices.missing", facts, cause: `prices.missing/${underlying}/${since}` });
  }
}

export type Loop = Omit<Doc<"priceLoop">, "_id" | "_creationTime">;

export function loopRow(ctx: QueryCtx): Promise<Doc<"priceLoop"> | null> {
  return ctx.db.query("priceLoop").unique();
}

export async function recordLoop(ctx: MutationCtx, fields: Loop) {
  const row = await loopRow(ctx);
  if (row) await ctx.db.replace("priceLoop", row._id, fields);
  else await ctx.db.insert("priceLoop", fields);
}

/** For operators: the last accepted price of each underlying, and what the last look at it refused. */
export function allLatest(ctx: QueryCtx): Promise<Doc<"latestPrices">[]> {
  return ctx.db.query("latestPrices").take(UNDERLYINGS.length);
}
