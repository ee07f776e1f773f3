/** What is told of policies: their public facts. Reads only. */
import type { PaginationOptions } from "convex/server";
import { type Infer, v } from "convex/values";
import type { QueryCtx } from "../_generated/server";
import { tierValidator, tokenValidator, underlyingValidator } from "../functions";
import { type Policy, policiesOf, requirePolicy, soldPolicies } from "./model";
import { payoutValidator, policyStatusValidator } from "./schema";

/** Base units; prices in micro-dollars; times in ms of block time. */
export const policyValidator = v.object({
  policyId: v.int64(),
  buyer: v.string(),
  underlying: underlyingValidator,
  token: tokenValidator,
  tier: tierValidator,
  strikeUsdMicros: v.int64(),
  quantity: v.int64(),
  floorPriceUsdMicros: v.int64(),
  coverage: v.int64(),
  premium: v.int64(),
  quotedAtUsdMicros: v.int64(),
  status: policyStatusValidator,
  /** Locked at its sale. */
  lock: v.int64(),
  /** What stands behind it on-chain by final events, and what that is being raised to. */
  locked: v.int64(),
  lockTarget: v.int64(),
  termsExpireAt: v.number(),
  startedAt: v.union(v.null(), v.number()),
  expiresAt: v.number(),
  exercisedAt: v.union(v.null(), v.number()),
  outcome: v.union(v.null(), payoutValidator),
});
export type PolicyView = Infer<typeof policyValidator>;

function viewOf(policy: Policy): PolicyView {
  const { policyId, buyer, underlying, token, tier, strikeUsdMicros, quantity, floorPriceUsdMicros } = policy;
  const { coverage, premium, quotedAtUsdMicros, status, lock, locked, lockTarget, exercisedAtMs, outcome } = policy;
  const put = { policyId, buyer, underlying, token, tier, strikeUsdMicros, quantity, floorPriceUsdMicros };
  return {
    ...put,
    ...{ coverage, premium, quotedAtUsdMicros, status, lock, locked, lockTarget, outcome },
    termsExpireAt: policy.termsExpireAt * 1_000,
    startedAt: policy.startedAt === null ? null : policy.startedAt * 1_000,
    expiresAt: policy.expiresAt * 1_000,
    exercisedAt: exercisedAtMs,
  };
}

export async function policyView(ctx: QueryCtx, policyId: bigint): Promise<PolicyView> {
  return viewOf(await requirePolicy(ctx, policyId));
}

/** A page of a buyer's policies, the newest first. */
export async function policyViews(ctx: QueryCtx, buyer: string, page: PaginationOptions) {
  const listed = await policiesOf(ctx, buyer, page);
  return { ...listed, page: listed.page.map(viewOf) };
}

/** A page of those that were sold, the newest first. What was only quoted is nobody's business but the buyer's. */
export async function soldPolicyViews(
  ctx: QueryCtx,
  filter: Parameters<typeof soldPolicies>[1],
  page: PaginationOptions,
) {
  const listed = await soldPolicies(ctx, filter, page);
  return { ...listed, page: listed.page.map(viewOf) };
}
