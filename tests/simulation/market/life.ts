/** Where each policy must be by now, and what it must have come to: told from prices, times and events alone. */

import { down, isAtMost, ratio, times, up, whole } from "../../domain/market/fraction";
import { atMost, must, same } from "../../domain/market/must";
import { exactCoverage, exactPayoff, exactPayout } from "../../domain/market/naive";
import { timeOf } from "../contract";
import { rulesFor } from "./happenings";
import type { Policy, Rows } from "./rows";
import type { MarketStage, Told } from "./stage";

const MINUTE_MS = 60_000;

function middleOf(prices: bigint[]): bigint {
  const sorted = [...prices].sort((one, other) => Number(one - other));
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] as bigint;
  const lower = sorted[sorted.length % 2 === 1 ? half : half - 1] as bigint;
  return (upper + lower) / 2n;
}

/** The price that decides a policy, once it can be told. */
function decidingPrice(stage: MarketStage, { underlying, exercisedAtMs, endsAt }: Told): bigint | null {
  const all = stage.prices[underlying];
  const end = endsAt * 1_000;
  if (exercisedAtMs !== null) {
    const next = all.find(({ publishedAtMs }) => publishedAtMs > exercisedAtMs);
    if (next && next.publishedAtMs < end) return next.priceUsdMicros;
  }
  const behind = all.find(({ publishedAtMs }) => publishedAtMs >= end + MINUTE_MS);
  if (!behind) return null;
  const within = all.filter(({ publishedAtMs }) => publishedAtMs >= end && publishedAtMs < end + MINUTE_MS);
  return within.length > 0 ? middleOf(within.map(({ priceUsdMicros }) => priceUsdMicros)) : behind.priceUsdMicros;
}

/** What was signed is what DESIGN says. */
function checkTerms(told: Told, policy: Policy) {
  const { tier, token, strikeUsdMicros, quantity, coverage, lock, premium } = told;
  const name = `policy ${told.policyId}`;
  const rules = rulesFor(tier, token);
  const floor = down(times(whole(strikeUsdMicros), ratio(rules.floor, 1_000_000)));
  same(`the floor price of ${name}`, policy.floorPriceUsdMicros, floor);
  same(`the coverage of ${name}`, coverage, up(exactCoverage({ strikeUsdMicros, quantity }, floor)));
  same(`the lock of ${name} at its sale`, lock, up(times(whole(coverage), ratio(rules.initialMargin, 1_000_000))));
  const now = exactPayout({ strikeUsdMicros, quantity, coverage }, told.quotedAtUsdMicros);
  must(`${name} costs what an exercise at once would pay`, isAtMost(now, whole(premium)));
  for (const field of ["premium", "lock", "coverage", "strikeUsdMicros", "quantity", "buyer"] as const) {
    same(`${field} of ${name}`, policy[field], told[field]);
  }
}

const DECIDED = ["settling", "releasing", "worthless", "settled", "released"];

/** A payout is fixed once, as soon as its price can be told, at that price and no other. */
function checkOutcome(stage: MarketStage, told: Told, policy: Policy) {
  const { policyId, status, outcome } = policy;
  const name = `policy ${policyId} (${status})`;
  same(`${name} has an outcome`, outcome !== null, DECIDED.includes(status));
  const deciding = decidingPrice(stage, told);
  const waits = status === "exercising" || status === "expiring";
  if (waits) must(`${name} waits although its price can be told`, deciding === null);
  if (!outcome) return;
  same(`the price of ${name}`, outcome.priceUsdMicros, deciding ?? -1n);
  const payout = down(exactPayout(told, outcome.priceUsdMicros));
  same(`the payout of ${name}`, outcome.payout, payout);
  must(`${name} pays no more than it is owed`, isAtMost(whole(payout), exactPayoff(told, outcome.priceUsdMicros)));
  atMost(`what is missing of ${name}`, outcome.missing, payout);
  const paysNothing = payout === outcome.missing;
  must(`${name} ends by its payout`, paysNothing === ["releasing", "worthless", "released"].includes(status));
  if (status === "settling") {
    const held = policy.lockTarget;
    atMost(`min(payoff, lock) of ${name}`, payout < held ? payout : held, payout - outcome.missing);
    atMost(`what ${name} is to pay, by its lock`, payout - outcome.missing, held);
  }
}

/** Quotes lapse and policies expire by final blocks; nobody's premium makes any other policy than it paid for. */
function checkTimes({ chain, final, sold: _ }: MarketStage, told: Told, policy: Policy) {
  const { policyId, status, startedAt } = policy;
  const finalTime = timeOf(final);
  const paid = chain.at(final).events.find(({ event }) => event.kind === "premium" && event.policyId === policyId);
  same(`policy ${policyId} (${status}) is sold`, !["quoted", "lapsed"].includes(status), paid !== undefined);
  same(`the start of policy ${policyId}`, startedAt ?? -1, paid?.blockTime ?? -1);
  if (status === "quoted") must(`policy ${policyId} lapses`, finalTime < Number(told.expiresAt));
  if (status === "lapsed") must(`policy ${policyId} lapses too early`, finalTime >= Number(told.expiresAt));
  if (status === "active") must(`policy ${policyId} expires`, finalTime < told.endsAt);
  if (status === "active") same(`an exercise of policy ${policyId} is forgotten`, told.exercisedAtMs === null, true);
  if (status === "expiring") must(`policy ${policyId} expires too early`, finalTime >= told.endsAt);
  if (status === "releasing" || status === "released") {
    must(`policy ${policyId} is released too early`, timeOf(chain.height) >= told.endsAt);
  }
}

export function checkLives(stage: MarketStage, rows: Rows) {
  same("policies", rows.policies.length, stage.sold.length);
  for (const policy of rows.policies) {
    const told = stage.sold.find(({ policyId }) => policyId === policy.policyId);
    if (!told) throw new Error(`Nobody was told of policy ${policy.policyId}`);
    checkTerms(told, policy);
    checkTimes(stage, told, policy);
    checkOutcome(stage, told, policy);
  }
}
