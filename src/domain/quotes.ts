/** The terms of a policy that is asked for: whether the tier sells it, what it costs and what it locks. */
import { coverageOf, floorPrice, initialLock, quantityFor, quantityWithin } from "./coverage";
import { type PolicyRules, TOKEN_OF, UNDERLYINGS, type Underlying, WHOLE } from "./policies";
import { breakEvenPrice, fairValue, premiumOf } from "./premium";
import { accept, type Outcome, refuse } from "./refusal";
import { ceilDiv } from "./rounding";
import type { Tier } from "./tiers";
import { formatAmount, type Token } from "./tokens";

export interface QuoteRequest {
  underlying: Underlying;
  tier: Tier;
  strikeUsdMicros: bigint;
  /** Base units protected. */
  quantity: bigint;
  /** Unix seconds of block time. */
  expiresAt: number;
}

/** What a quote depends on beside the request. */
export interface QuoteMarket {
  rules: PolicyRules;
  priceUsdMicros: bigint;
  /** Annual, millionths. */
  volatility: number;
  /** Block time, unix seconds. */
  now: number;
  /** The most that the vault lets one settlement pay, base units. */
  burst: bigint;
}

/** All that follows from a request; base units, micro-dollars, millionths. */
export interface Terms {
  token: Token;
  premium: bigint;
  /** Of the premium, what the policy is worth now; the rest is the tier's loading. */
  fairValue: bigint;
  lock: bigint;
  coverage: bigint;
  floorPriceUsdMicros: bigint;
  /** At this price its payout returns the premium. */
  breakEvenUsdMicros: bigint;
}

export function parseUnderlying(text: string): Outcome<Underlying> {
  const underlying = UNDERLYINGS.find((known) => known === text);
  return underlying
    ? accept(underlying)
    : refuse("UNKNOWN_UNDERLYING", `There are no policies on "${text}". Use "BTC" or "STX".`);
}

/**
 * Refuses STRIKE_OUT_OF_RANGE {min, max}, EXPIRY_OUT_OF_RANGE {min, max} (ms of block time), SETTLEMENTS_CLOSED,
 * QUANTITY_OUT_OF_RANGE {min, max}, PREMIUM_ABOVE_COVERAGE {premium, coverage}.
 */
export function quote(request: QuoteRequest, market: QuoteMarket): Outcome<Terms> {
  const refused = checkStrike(request, market) ?? checkExpiry(request, market) ?? checkQuantity(request, market);
  return refused ?? priced(request, market);
}

type Refused = ReturnType<typeof refuse> | null;

/** The strikes that a tier sells at a price, micro-dollars. */
export function strikesAt(priceUsdMicros: bigint, { minStrike, maxStrike }: PolicyRules): { min: bigint; max: bigint } {
  const whole = BigInt(WHOLE);
  return { min: ceilDiv(priceUsdMicros * BigInt(minStrike), whole), max: (priceUsdMicros * BigInt(maxStrike)) / whole };
}

export function checkStrike(
  { strikeUsdMicros: strike, underlying, tier }: Pick<QuoteRequest, "strikeUsdMicros" | "underlying" | "tier">,
  market: Pick<QuoteMarket, "priceUsdMicros" | "rules">,
): Refused {
  const { min, max } = strikesAt(market.priceUsdMicros, market.rules);
  if (strike >= min && strike <= max) return null;
  const message = `${tier} sells ${underlying} policies at strikes from ${dollars(min)} to ${dollars(max)} USD now.`;
  return refuse("STRIKE_OUT_OF_RANGE", message, { min, max });
}

const dollars = (usdMicros: bigint) => formatAmount(usdMicros, "STX");

export function checkExpiry(
  { expiresAt, tier }: Pick<QuoteRequest, "expiresAt" | "tier">,
  { now, rules }: Pick<QuoteMarket, "now" | "rules">,
): Refused {
  const [min, max] = [now + rules.minSeconds, now + rules.maxSeconds];
  if (Number.isInteger(expiresAt) && expiresAt >= min && expiresAt <= max) return null;
  const span = `${rules.minSeconds / 3_600} to ${rules.maxSeconds / 3_600} hours`;
  const message = `${tier} sells policies for ${span} from now on: \`expiresAt\` is block time in ms, of a whole second.`;
  return refuse("EXPIRY_OUT_OF_RANGE", message, { min: min * 1_000, max: max * 1_000 });
}

/** At least what makes one backing worth it, at most what one settlement can pay. */
export function checkQuantity(
  request: Omit<QuoteRequest, "expiresAt">,
  { rules, burst }: Pick<QuoteMarket, "rules" | "burst">,
): Refused {
  const { quantity, underlying, tier } = request;
  const put = protectedBy(request, rules);
  const [min, max] = [quantityFor(rules.minimumBacking, put, rules), quantityWithin(burst, put)];
  if (max < min) {
    return refuse(
      "SETTLEMENTS_CLOSED",
      "The vault's cap on settlements is too low for any policy now. Try again later.",
    );
  }
  if (quantity >= min && quantity <= max) return null;
  const shown = (amount: bigint) => formatAmount(amount, TOKEN_OF[underlying]);
  const message = `At this strike ${tier} sells policies on ${shown(min)} to ${shown(max)} ${underlying}.`;
  return refuse("QUANTITY_OUT_OF_RANGE", message, { min, max });
}

function protectedBy({ strikeUsdMicros }: Pick<QuoteRequest, "strikeUsdMicros">, rules: PolicyRules) {
  return { strikeUsdMicros, floorPriceUsdMicros: floorPrice(strikeUsdMicros, rules) };
}

function priced(request: QuoteRequest, { rules, priceUsdMicros, volatility, now }: QuoteMarket): Outcome<Terms> {
  const { strikeUsdMicros, quantity, underlying, expiresAt } = request;
  const { floorPriceUsdMicros } = protectedBy(request, rules);
  const coverage = coverageOf({ strikeUsdMicros, floorPriceUsdMicros, quantity });
  const put = { strikeUsdMicros, quantity, coverage };
  const value = fairValue(put, { priceUsdMicros, volatility, seconds: expiresAt - now });
  const premium = premiumOf(value, rules);
  if (premium > coverage) {
    const message = "This policy would cost more than it can ever pay. Choose a lower strike or a nearer expiry.";
    return refuse("PREMIUM_ABOVE_COVERAGE", message, { premium, coverage });
  }
  return accept({
    token: TOKEN_OF[underlying],
    premium,
    fairValue: value,
    lock: initialLock(coverage, rules),
    coverage,
    floorPriceUsdMicros,
    breakEvenUsdMicros: breakEvenPrice(put, premium),
  });
}
