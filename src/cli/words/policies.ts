/** Policies in words: what one pays at which price, what becomes of it, and what its status means. */
import type { FunctionReturnType } from "convex/server";
import type { api } from "../../../convex/_generated/api";
import { payoutOf } from "../../domain/payout";
import { TOKEN_OF } from "../../domain/policies";
import { DECIMALS, formatAmount, type Token } from "../../domain/tokens";
import { shownAmount, shownPrice, shownShare, shownTime } from "../amounts";

export type Quote = FunctionReturnType<typeof api.policies.quotePolicy>;
export type Policy = FunctionReturnType<typeof api.policies.getPolicy>;
export type PolicyStatus = Policy["status"];

/** In the order in which they may follow each other. */
export const STATUS_WORDS: Record<PolicyStatus, string> = {
  quoted: "its premium may still be paid",
  lapsed: "its premium was not paid in time",
  active: "covered",
  exercising: "exercised; waits for the price that decides",
  expiring: "expired; waits for the price of its last minute",
  settling: "the payout is fixed and being paid",
  settled: "paid",
  worthless: "exercised for nothing; its capital is locked until it expires",
  releasing: "ended without a payout; its capital is being freed",
  released: "ended without a payout",
};
export const POLICY_STATUSES = Object.keys(STATUS_WORDS) as PolicyStatus[];

/** Nothing follows them. */
export const LAST_STATUSES: PolicyStatus[] = ["lapsed", "settled", "released"];

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
