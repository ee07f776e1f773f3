/** Policies in words: what one pays at which price, what becomes of it, and what its status means. */
import type { FunctionReturnType } from "convex/server";
import type { api } from "../../../convex/_generated/api";
import { payoutOf } from "../../domain/payout";
import { TOKEN_OF } from "../../domain/policies";
import { STATUS_WORDS } from "../../domain/policyStatus";
import { DECIMALS, formatAmount, type Token } from "../../domain/tokens";
import { shownAmount, shownPrice, shownShare, shownTime } from "../amounts";

export type Quote = FunctionReturnType<typeof api.policies.quotePolicy>;
export type Policy = FunctionReturnType<typeof api.policies.getPolicy>;

/** What tokens are worth at a price, rounded down to the micro-dollar. */
export function worthOf(amount: bigint, token: Token, priceUsdMicros: bigint): bigint {
  return (amount * priceUsdMicros) / 10n ** BigInt(DECIMALS[token]);
}

export interface PayoutAt {
  /** Where that is. */
  at: string;
  priceUsdMicros: bigint;
  /** Base units. */
  payout: bigint;
  worthUsdMicros: bigint;
}

/** What a policy pays at the strike less 10%, at its floor, and at half of that. */
export function payoutsOf(
  quote: Pick<Quote, "strikeUsdMicros" | "quantity" | "coverage" | "floorPriceUsdMicros" | "token">,
) {
  const { strikeUsdMicros, floorPriceUsdMicros, token } = quote;
  const prices: [string, bigint][] = [
    ["10% below the strike", (strikeUsdMicros * 9n) / 10n],
    ["at the floor", floorPriceUsdMicros],
    ["at half of the floor", floorPriceUsdMicros / 2n],
  ];
  return prices.map(([at, priceUsdMicros]): PayoutAt => {
    const payout = payoutOf(quote, priceUsdMicros);
    return { at, priceUsdMicros, payout, worthUsdMicros: worthOf(payout, token, priceUsdMicros) };
  });
}

function payoutLine({ token }: Quote, { at, priceUsdMicros, payout, worthUsdMicros }: PayoutAt): string {
  return `  at ${shownPrice(priceUsdMicros)} (${at}): ${shownAmount(payout, token)}, worth ${shownPrice(worthUsdMicros)}`;
}

/** What a buyer has to know before paying, a line each. */
export function quoteInWords(quote: Quote): string[] {
  const { underlying, token, tier, strikeUsdMicros, quantity, premium, fairValue, lock, coverage } = quote;
  const lines = payoutsOf(quote).map((payout) => payoutLine(quote, payout));
  return [
    `Protects ${shownAmount(quantity, token)} against a price of ${underlying} below ${shownPrice(strikeUsdMicros)}, until ${shownTime(quote.expiresAt)}, behind ${tier}.`,
    `The premium is ${shownAmount(premium, token)} (fair value ${formatAmount(fairValue, token)} at a volatility of ${shownShare(quote.volatility)}); ${underlying} is at ${shownPrice(quote.priceUsdMicros)}.`,
    `It pays at most ${shownAmount(coverage, token)}, of which ${shownAmount(lock, token)} are locked from the first block on:`,
    ...lines,
    `Below the floor of ${shownPrice(quote.floorPriceUsdMicros)} it pays no more tokens. At ${shownPrice(quote.breakEvenUsdMicros)} it pays back its premium; at or above the strike it pays nothing.`,
  ];
}

/** What has become of a policy, in one sentence. */
export function policyInWords(policy: Policy): string {
  const { status, outcome, underlying } = policy;
  const token = TOKEN_OF[underlying];
  if (!outcome || outcome.payout === 0n) return `${status}: ${STATUS_WORDS[status]}`;
  const { payout, missing, priceUsdMicros } = outcome;
  const short = missing > 0n ? `, ${shownAmount(missing, token)} less than owed` : "";
  return `${status}: ${shownAmount(payout - missing, token)} at ${shownPrice(priceUsdMicros)}${short}`;
}
