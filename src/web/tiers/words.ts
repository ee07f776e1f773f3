/** Tiers in words: the sentence that tells a tier's risk, and every figure of the comparison with what it means. */
import { WHOLE } from "../../domain/policies";
import { readableAmount } from "../amounts/typing";
import { readableDuration, readablePercent } from "../amounts/words";
import type { TierView } from "./useTiers";

/** Of a position that is worked as far as its tier goes, what all of its policies together may ever take, millionths. */
export function mostAtRisk({ rules }: Pick<TierView, "rules">): number {
  return Math.min(WHOLE, Math.floor((rules.maxUtilization * WHOLE) / rules.initialMargin));
}

export function riskOf({ rules }: Pick<TierView, "rules">): string {
  const { initialMargin } = rules;
  if (initialMargin === WHOLE)
    return "Locks all that a policy may ever pay. It can't fall short: no warnings, no margin calls.";
  const locked = readablePercent(initialMargin);
  return `Locks ${locked} of what a policy may ever pay, and adds the rest when the price falls. It may be called.`;
}

export interface Fact {
  name: string;
  meaning: string;
  of(tier: TierView): string;
  /** Seen only where all figures are asked for. */
  isDetail?: true;
}

export interface FactGroup {
  title: string;
  facts: Fact[];
}

function capacityLeft({ capacityLeft: left, terms, token }: TierView): string {
  if (left === null || terms.capacityLimit === null) return "any amount";
  return `${readableAmount(left, token)} of ${readableAmount(terms.capacityLimit, token)}`;
}

const hold = ({ terms }: TierView) =>
  terms.minimumHoldSeconds === 0 ? "none" : readableDuration(terms.minimumHoldSeconds);

function buffers({ rules }: TierView): string {
  const all = [rules.warningBuffer, rules.marginCallBuffer, rules.liquidationBuffer];
  return rules.initialMargin === WHOLE ? "none needed" : all.map(readablePercent).join(", ");
}

function mostLost(tier: TierView): string {
  const most = mostAtRisk(tier);
  return most === WHOLE ? "all of it" : readablePercent(most);
}

export const FACTS: FactGroup[] = [
  {
    title: "What it asks",
    facts: [
      {
        name: "Smallest position",
        meaning: "The smallest deposit, and the least that a withdrawal leaves behind: below it fees eat the money.",
        of: ({ terms, token }) => readableAmount(terms.minimumPosition, token),
      },
      {
        name: "Minimum hold",
        meaning: "How long capital stays in the tier once it has arrived. Each deposit is held by itself.",
        of: hold,
      },
      {
        name: "Capacity left",
        meaning:
          "The tier takes so much capital in all. Deposits that others have announced hold a part of what is left, for a day at most.",
        of: capacityLeft,
      },
    ],
  },
  {
    title: "What it does with your capital",
    facts: [
      {
        name: "Locked at a sale",
        meaning:
          "By coverage, which is the most that a policy may ever pay. The less is locked, the more policies the same capital carries.",
        of: ({ rules }) => readablePercent(rules.initialMargin),
      },
      {
        name: "At work, at most",
        isDetail: true,
        meaning: "The part of a position that new policies may have reserved or locked.",
        of: ({ rules }) => readablePercent(rules.maxUtilization),
      },
      {
        name: "At work now",
        meaning: "Utilisation: of all capital in the tier, what is locked behind policies at this moment.",
        of: ({ utilization }) => readablePercent(utilization),
      },
      {
        name: "Strikes sold",
        isDetail: true,
        meaning: "The prices that policies protect, by the price at the sale. A policy pays once the price is below.",
        of: ({ rules }) => `${readablePercent(rules.minStrike)} to ${readablePercent(rules.maxStrike)}`,
      },
      {
        name: "Policies run for",
        isDetail: true,
        meaning: "From the shortest to the longest that is sold. Capital behind a policy is locked until it ends.",
        of: ({ rules }) => `${readableDuration(rules.minSeconds)} to ${readableDuration(rules.maxSeconds)}`,
      },
    ],
  },
  {
    title: "What it pays, and what it may cost",
    facts: [
      {
        name: "Paid above fair value",
        isDetail: true,
        meaning: "The loading: buyers pay a policy's fair value and so much on top.",
        of: ({ rules }) => readablePercent(rules.loading),
      },
      {
        name: "Your part of premiums",
        isDetail: true,
        meaning: "What insurance and fees leave of a premium. It is earned evenly over the policy's life.",
        of: ({ rules }) => readablePercent(WHOLE - rules.insuranceShare - rules.feeShare),
      },
      {
        name: "Earned so far",
        meaning:
          "All premiums ever credited to positions of the tier. What they have paid out is not taken off, and it promises nothing.",
        of: ({ yieldSoFar, token }) => readableAmount(yieldSoFar, token),
      },
      {
        name: "Active policies",
        isDetail: true,
        meaning: "Policies that have capital of the tier locked behind them now.",
        of: ({ activePolicies }) => String(activePolicies),
      },
      {
        name: "Providers",
        isDetail: true,
        meaning: "Positions that are not empty.",
        of: ({ providers }) => String(providers),
      },
      {
        name: "Most you can lose",
        meaning:
          "Of a position that is worked as far as the tier allows, if the price falls to half of the strikes and every policy is exercised there.",
        of: mostLost,
      },
      {
        name: "Buffers",
        meaning:
          "Warning, margin call, liquidation: what a position must have above what its policies would pay now. Below the first you are told; below the second nothing can be withdrawn and you have an hour; below the third others take your policies over.",
        of: buffers,
      },
    ],
  },
];
