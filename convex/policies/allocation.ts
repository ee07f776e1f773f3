/** Which positions a policy of now is put behind. Reads only, a bounded number of positions however many there are. */
import {
  type Candidate,
  LARGEST,
  LEAST_UTILIZED,
  largestLock,
  type Part,
  shareAmongLargest,
  shareAmongLeastUtilized,
  standingOf,
} from "../../src/domain/allocation";
import type { PolicyRules, Put } from "../../src/domain/policies";
import { accept, type Outcome } from "../../src/domain/refusal";
import type { Doc, Id } from "../_generated/dataModel";
import type { QueryCtx } from "../_generated/server";
import { rulesOf, type TierKey } from "../tiers/model";

type Position = Doc<"positions">;

/** What one position puts behind a policy, base units. */
export interface Allocated {
  positionId: Id<"positions">;
  quantity: bigint;
  coverage: bigint;
  lock: bigint;
}

export interface Request extends TierKey {
  put: Put;
  lock: bigint;
  /** Positions that must not take it; at most as many as a policy has backings. */
  exclude?: Id<"positions">[];
}

/** The least-utilised first. */
function leastUtilized(ctx: QueryCtx, { tier, token }: TierKey, limit: number): Promise<Position[]> {
  return ctx.db
    .query("positions")
    .withIndex("by_utilization", (q) => q.eq("tier", tier).eq("token", token).eq("takesPolicies", true))
    .take(limit);
}

/** Those with most free for policies first. */
function largestFree(ctx: QueryCtx, { tier, token }: TierKey, limit: number): Promise<Position[]> {
  return ctx.db
    .query("positions")
    .withIndex("by_free_for_policies", (q) => q.eq("tier", tier).eq("token", token).eq("takesPolicies", true))
    .order("desc")
    .take(limit);
}

/** Rules may have changed since a position was written, so each is judged again. */
function candidatesOf(positions: Position[], rules: PolicyRules): Candidate<Id<"positions">>[] {
  return positions.flatMap((position) => {
    const { takesPolicies, freeForPolicies } = standingOf(position, rules);
    return takesPolicies ? [{ id: position._id, room: freeForPolicies }] : [];
  });
}

const allocated = (parts: Part<Id<"positions">>[]): Allocated[] =>
  parts.map(({ id: positionId, ...part }) => ({ positionId, ...part }));

/** Those of both looks, each once. */
function together(some: Position[], others: Position[]): Position[] {
  return [...new Map([...some, ...others].map((position) => [position._id, position])).values()];
}

/**
 * Shares a policy among positions of its tier; over all parts lock, quantity and coverage come to exactly what was asked for.
 * Refuses TIER_UNAVAILABLE {max, below?, above?}: see `shareAmongLargest`.
 */
export async function allocate(ctx: QueryCtx, request: Request): Promise<Outcome<Allocated[]>> {
  const { put, lock, exclude = [] } = request;
  const rules = await rulesOf(ctx, request);
  const demand = { put, lock, minimumBacking: rules.minimumBacking };
  const isAsked = ({ _id }: Position) => !exclude.includes(_id);

  const least = (await leastUtilized(ctx, request, LEAST_UTILIZED + exclude.length)).filter(isAsked);
  const shared = shareAmongLeastUtilized(demand, candidatesOf(least, rules));
  if (shared) return accept(allocated(shared));
  const largest = (await largestFree(ctx, request, LARGEST + exclude.length)).filter(isAsked);
  const candidates = candidatesOf(together(least.slice(0, LEAST_UTILIZED), largest.slice(0, LARGEST)), rules);
  const outcome = shareAmongLargest({ ...demand, tier: request.tier, token: request.token }, candidates);
  return outcome.ok ? accept(allocated(outcome.value)) : outcome;
}

/** The largest lock that `allocate` gives one policy now, base units; one unit more is refused. */
export async function availabilityOf(ctx: QueryCtx, key: TierKey): Promise<bigint> {
  const rules = await rulesOf(ctx, key);
  const [least, largest] = [await leastUtilized(ctx, key, LEAST_UTILIZED), await largestFree(ctx, key, LARGEST)];
  return largestLock(candidatesOf(together(least, largest), rules));
}
