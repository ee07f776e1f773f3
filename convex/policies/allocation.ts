/** Which positions a policy of now is put behind. Reads only, a bounded number of positions however many there are. */
import {
  type Candidate,
  healthyRoom,
  LARGEST,
  LEAST_UTILIZED,
  largestLock,
  type Offer,
  type Part,
  shareAmongLargest,
  shareAmongLeastUtilized,
  standingOf,
} from "../../src/domain/allocation";
import { type PolicyRules, type Put, UNDERLYING_OF } from "../../src/domain/policies";
import { accept, type Outcome } from "../../src/domain/refusal";
import type { Doc, Id } from "../_generated/dataModel";
import type { QueryCtx } from "../_generated/server";
import { spareAt } from "../health/kept";
import { latestPrice } from "../prices/model";
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

/** What every candidate is held to. */
interface Bar {
  rules: PolicyRules;
  priceUsdMicros: bigint | null;
  /** Null: a policy that needs no more than it locks, as those that are sold. */
  offered: Omit<Offer, "priceUsdMicros"> | null;
}

async function barOf(ctx: QueryCtx, key: TierKey, offered: Bar["offered"]): Promise<Bar> {
  const latest = await latestPrice(ctx, UNDERLYING_OF[key.token]);
  return { rules: await rulesOf(ctx, key), priceUsdMicros: latest?.priceUsdMicros ?? null, offered };
}

/** What a position can lock and be Healthy with, and within its utilisation. */
async function roomIn(ctx: QueryCtx, position: Position, { rules, priceUsdMicros, offered }: Bar): Promise<bigint> {
  // Rules may have changed since it was written.
  const { takesPolicies, freeForPolicies } = standingOf(position, rules);
  if (!takesPolicies) return 0n;
  const spare = await spareAt(ctx, position, priceUsdMicros);
  const isPriced = offered && priceUsdMicros !== null;
  const healthy = isPriced ? healthyRoom(spare, { ...offered, priceUsdMicros }, rules) : spare;
  return healthy < freeForPolicies ? healthy : freeForPolicies;
}

async function candidatesOf(ctx: QueryCtx, positions: Position[], bar: Bar): Promise<Candidate<Id<"positions">>[]> {
  const candidates = await Promise.all(
    positions.map(async (position) => ({ id: position._id, room: await roomIn(ctx, position, bar) })),
  );
  return candidates.filter(({ room }) => room >= bar.rules.minimumBacking);
}

const allocated = (parts: Part<Id<"positions">>[]): Allocated[] =>
  parts.map(({ id: positionId, ...part }) => ({ positionId, ...part }));

/** Those of both looks, each once. */
function together(some: Position[], others: Position[]): Position[] {
  return [...new Map([...some, ...others].map((position) => [position._id, position])).values()];
}

/**
 * Shares a policy among positions of its tier, each of which is Healthy with its part at the last price; over all parts
 * lock, quantity and coverage come to exactly what was asked for.
 * Refuses TIER_UNAVAILABLE {max, below?, above?}: see `shareAmongLargest`.
 */
export async function allocate(ctx: QueryCtx, request: Request): Promise<Outcome<Allocated[]>> {
  const { put, lock, exclude = [] } = request;
  const bar = await barOf(ctx, request, { put, lock });
  const demand = { put, lock, minimumBacking: bar.rules.minimumBacking };
  const isAsked = ({ _id }: Position) => !exclude.includes(_id);

  const least = (await leastUtilized(ctx, request, LEAST_UTILIZED + exclude.length)).filter(isAsked);
  const shared = shareAmongLeastUtilized(demand, await candidatesOf(ctx, least.slice(0, LEAST_UTILIZED), bar));
  if (shared) return accept(allocated(shared));
  const largest = (await largestFree(ctx, request, LARGEST + exclude.length)).filter(isAsked);
  const asked = together(least.slice(0, LEAST_UTILIZED), largest.slice(0, LARGEST));
  const candidates = await candidatesOf(ctx, asked, bar);
  const outcome = shareAmongLargest({ ...demand, tier: request.tier, token: request.token }, candidates);
  return outcome.ok ? accept(allocated(outcome.value)) : outcome;
}

/**
 * The largest lock that `allocate` gives one policy now, base units; one unit more is refused. Of a policy that needs no
 * more than it locks.
 */
export async function availabilityOf(ctx: QueryCtx, key: TierKey): Promise<bigint> {
  const bar = await barOf(ctx, key, null);
  const [least, largest] = [await leastUtilized(ctx, key, LEAST_UTILIZED), await largestFree(ctx, key, LARGEST)];
  return largestLock(await candidatesOf(ctx, together(least, largest), bar));
}
