/** The pool, its tiers, how far the books are behind the chain, and the proof, as people read them. */
import type { FunctionReturnType } from "convex/server";
import type { api } from "../../../convex/_generated/api";
import { shownDuration } from "../../domain/durations";
import { formatAmount } from "../../domain/tokens";
import { shownAmount, shownShare, shownTime } from "../amounts";
import type { Column } from "../table";
import type { ProofRow } from "../words/proof";

export type PoolRow = FunctionReturnType<typeof api.liquidity.getPoolStats>[number];
export type TierRow = FunctionReturnType<typeof api.liquidity.getTierStats>[number];
export type TierTerms = FunctionReturnType<typeof api.liquidity.getTierTerms>[number];
export type TierRules = FunctionReturnType<typeof api.policies.getTierRules>[number];
export type Availability = FunctionReturnType<typeof api.liquidity.getTierAvailability>;
export type SyncStatus = FunctionReturnType<typeof api.liquidity.getSyncStatus>;

export type Facts = [name: string, value: string | null][];

export const TIERS: Column<TierRow>[] = [
  { title: "tier", of: ({ tierName }) => tierName },
  { title: "token", of: ({ token }) => token },
  { title: "capital", align: "right", of: (row) => formatAmount(row.totalCapital_virtual, row.token) },
  { title: "locked", align: "right", of: (row) => formatAmount(row.totalLocked_virtual, row.token) },
  { title: "at work", align: "right", of: (row) => shownShare(row.utilization_estimate) },
  { title: "providers", align: "right", of: ({ providerCount }) => String(providerCount) },
  { title: "policies", align: "right", of: ({ activePolicyCount }) => String(activePolicyCount) },
  {
    title: "capacity",
    align: "right",
    of: ({ capacityLimit, token }) => (capacityLimit === null ? "any" : formatAmount(capacityLimit, token)),
  },
];

export const POOL: Column<PoolRow>[] = [
  { title: "token", of: ({ token }) => token },
  { title: "in the vault", align: "right", of: (row) => formatAmount(row.totalBalanceOnChain, row.token) },
  { title: "locked", align: "right", of: (row) => formatAmount(row.totalLocked, row.token) },
  { title: "available", align: "right", of: (row) => formatAmount(row.totalAvailable, row.token) },
  { title: "last event", align: "right", of: ({ lastSequence }) => String(lastSequence) },
  { title: "at", of: ({ lastSyncTimestamp: at }) => (at === 0 ? "never" : shownTime(at)) },
];

export const PROOF: Column<ProofRow>[] = [
  { title: "token", of: ({ token }) => token },
  { title: "held", align: "right", of: (row) => formatAmount(row.held, row.token) },
  { title: "counted", align: "right", of: (row) => formatAmount(row.counted, row.token) },
  { title: "booked", align: "right", of: (row) => formatAmount(row.booked, row.token) },
  { title: "pending", align: "right", of: (row) => formatAmount(row.pending, row.token) },
  { title: "locked", align: "right", of: (row) => formatAmount(row.locks.counted, row.token) },
  { title: "block", align: "right", of: ({ blockHeight }) => String(blockHeight) },
  { title: "holds", of: ({ holds }) => (holds ? "yes" : "NO") },
];

export interface TierFacts {
  stats: TierRow;
  terms: TierTerms;
  rules: TierRules;
  /** Null: it can't be told now. */
  availability: Availability | null;
}

export function tierFacts({ stats, terms, rules, availability }: TierFacts): Facts {
  const { token } = stats;
  const { minimumHoldSeconds: hold } = terms;
  const buffers = [rules.warningBuffer, rules.marginCallBuffer, rules.liquidationBuffer].map(shownShare).join(", ");
  return [
    ["capital", shownAmount(stats.totalCapital_virtual, token)],
    ["capacity", stats.capacityLimit === null ? "any" : shownAmount(stats.capacityLimit, token)],
    [
      "locked",
      `${shownAmount(stats.totalLocked_virtual, token)}, ${shownShare(stats.utilization_estimate)} of the capital`,
    ],
    ["providers, policies", `${stats.providerCount}, ${stats.activePolicyCount}`],
    ["earned so far", shownAmount(stats.totalYieldAccrued_virtual, token)],
    ["smallest position", shownAmount(terms.minimumPosition, token)],
    ["minimum hold", hold === 0 ? "none" : shownDuration(hold)],
    ["strikes", `${shownShare(rules.minStrike)} to ${shownShare(rules.maxStrike)} of the price`],
    ["policies run for", `${shownDuration(rules.minSeconds)} to ${shownDuration(rules.maxSeconds)}`],
    ["locked at a sale", `${shownShare(rules.initialMargin)} of the coverage`],
    ["of a position at work", `${shownShare(rules.maxUtilization)} at most`],
    ["loading, least volatility", `${shownShare(rules.loading)}, ${shownShare(rules.volatility)}`],
    ["of premiums", `${shownShare(rules.insuranceShare)} to insurance, ${shownShare(rules.feeShare)} to fees`],
    ["buffers of health", buffers],
    ["one policy can lock", availability ? shownAmount(availability.largestLock, token) : "not known now"],
  ];
}

/** @param nowMs the reader's clock */
export function syncFacts({ watermark, seen, tipHeight, finalHeight, asOf, halted }: SyncStatus, nowMs: number): Facts {
  const lag = asOf > nowMs ? "ahead of this clock" : `${shownDuration((nowMs - asOf) / 1_000)} ago`;
  return [
    ["books", `event ${watermark} of ${seen}`],
    ["chain", `block ${tipHeight}; final up to ${finalHeight ?? "none"}`],
    ["as of", asOf === 0 ? "never" : `${shownTime(asOf)}, ${lag}`],
    ["sync", halted === null ? "goes on" : `HALTED: ${halted}`],
  ];
}
