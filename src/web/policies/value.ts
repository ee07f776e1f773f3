/** What a policy is worth and would pay at a price, by the rules that the vault is settled by (src/domain). */
import { payoutOf } from "../../domain/payout";
import { TOKEN_OF } from "../../domain/policies";
import { fairValue } from "../../domain/premium";
import { ceilDiv } from "../../domain/rounding";
import { DECIMALS } from "../../domain/tokens";
import { worthOf } from "../amounts/words";
import type { Policy, Quote } from "./words";

/** What the figures below need of a policy or a quote. */
export type Terms = Pick<
  Policy & Quote,
  "underlying" | "strikeUsdMicros" | "quantity" | "coverage" | "floorPriceUsdMicros" | "premium" | "expiresAt"
>;

export interface PayoutAt {
  priceUsdMicros: bigint;
  /** Base units. */
  payout: bigint;
  payoutUsdMicros: bigint;
  /** With the protected coins. */
  togetherUsdMicros: bigint;
  /** Without the policy. */
  aloneUsdMicros: bigint;
}

export function payoutAt(terms: Terms, priceUsdMicros: bigint): PayoutAt {
  const token = TOKEN_OF[terms.underlying];
  const payout = payoutOf(terms, priceUsdMicros);
  const payoutUsdMicros = worthOf(payout, token, priceUsdMicros);
  const aloneUsdMicros = worthOf(terms.quantity, token, priceUsdMicros);
  return {
    priceUsdMicros,
    payout,
    payoutUsdMicros,
    aloneUsdMicros,
    togetherUsdMicros: aloneUsdMicros + payoutUsdMicros,
  };
}

/** The prices at which a buyer wants to know it: the strike, on the way down, the floor, and half of that. */
export function tellingPrices({
  strikeUsdMicros: strike,
  floorPriceUsdMicros: floor,
}: Terms): { name: string; priceUsdMicros: bigint }[] {
  const rows = [
    { name: "at the strike, or above", priceUsdMicros: strike },
    { name: "10% below the strike", priceUsdMicros: (strike * 9n) / 10n },
    { name: "25% below the strike", priceUsdMicros: (strike * 3n) / 4n },
    { name: "at the floor", priceUsdMicros: floor },
    { name: "at half of the floor", priceUsdMicros: floor / 2n },
  ];
  return rows.sort((a, b) => (a.priceUsdMicros < b.priceUsdMicros ? 1 : -1));
}

/**
 * What the policy would be priced at now without a loading, base units.
 * @param volatility annual, millionths: the tier's own, which is the least that it is sold with
 * @param now ms
 */
export function markOf(
  terms: Terms,
  { priceUsdMicros, volatility, now }: { priceUsdMicros: bigint; volatility: number; now: number },
): bigint {
  const seconds = Math.max(0, Math.floor((terms.expiresAt - now) / 1_000));
  return fairValue(terms, { priceUsdMicros, volatility, seconds });
}

/** The most that a buyer lets the premium rise to until it is signed, base units. */
export function limitOf(premium: bigint, slippageMillionths: bigint): bigint {
  return premium + ceilDiv(premium * slippageMillionths, 1_000_000n);
}

/** What a premium costs at a price, micro-dollars, and what that is of what it protects, millionths. */
export function costOf({ premium, quantity, underlying }: Terms, priceUsdMicros: bigint) {
  const token = TOKEN_OF[underlying];
  const rate = quantity === 0n ? 0 : Number((premium * 1_000_000n) / quantity);
  return { usdMicros: worthOf(premium, token, priceUsdMicros), rate };
}

/** A point of the payoff's drawing, in units that a chart can take: dollars, and whole tokens. */
export interface PayoffPoint {
  price: number;
  netUsd: number;
  netToken: number;
}

const STEPS = 48n;

/** Payoff less premium by the price when it is decided, the prices rising: from a third of the floor to above the strike. */
export function payoffPoints(terms: Terms): PayoffPoint[] {
  const { strikeUsdMicros: strike, floorPriceUsdMicros: floor, premium } = terms;
  const token = TOKEN_OF[terms.underlying];
  const whole = 10 ** DECIMALS[token];
  const [least, most] = [floor / 3n, (strike * 5n) / 4n];
  const even = Array.from({ length: Number(STEPS) + 1 }, (_, n) => least + ((most - least) * BigInt(n)) / STEPS);
  const prices = [...new Set([...even, strike, floor])].filter((price) => price > 0n).sort((a, b) => (a < b ? -1 : 1));
  return prices.map((priceUsdMicros) => {
    const net = payoutOf(terms, priceUsdMicros) - premium;
    return {
      price: Number(priceUsdMicros) / 1e6,
      netUsd: Number(worthOf(net, token, priceUsdMicros)) / 1e6,
      netToken: Number(net) / whole,
    };
  });
}
