/** The only writer of policies and of what stands behind them. */
import type { PaginationOptions } from "convex/server";
import type { Behind } from "../../src/domain/payout";
import type { Doc, Id } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { paged, refuseWith } from "../functions";
import { addPolicies } from "../positions/model";

export type Policy = Doc<"policies">;
export type PolicyStatus = Policy["status"];
export type Backing = Doc<"backings">;
export type NewPolicy = Omit<Policy, "_id" | "_creationTime">;

/** Its premium is paid, and the vault has not ended it: it has a lock there. */
export const LIVE = [
  "active",
  "exercising",
  "expiring",
  "settling",
  "releasing",
  "worthless",
] as const satisfies PolicyStatus[];

/** Its payout is not fixed yet: it earns, and its backings need what it may come to. */
export const OPEN = ["active", "exercising", "expiring"] as const satisfies PolicyStatus[];

export const isLive = ({ status }: Pick<Policy, "status">) => LIVE.some((live) => live === status);
export const isOpen = ({ status }: Pick<Policy, "status">) => OPEN.some((open) => open === status);

/** Positions behind one policy, at most. */
export const MAX_BACKINGS = 256;

export function findPolicy(ctx: QueryCtx, policyId: bigint): Promise<Policy | null> {
  return ctx.db
    .query("policies")
    .withIndex("by_policy_id", (q) => q.eq("policyId", policyId))
    .unique();
}

/** Refuses NO_POLICY. */
export async function requirePolicy(ctx: QueryCtx, policyId: bigint): Promise<Policy> {
  const message = "There is no policy with this id. Use the id that came when it was quoted.";
  return (await findPolicy(ctx, policyId)) ?? refuseWith({ code: "NO_POLICY", message });
}

export function findByKey(ctx: QueryCtx, buyer: string, idempotencyKey: string): Promise<Policy | null> {
  return ctx.db
    .query("policies")
    .withIndex("by_buyer_and_key", (q) => q.eq("buyer", buyer).eq("idempotencyKey", idempotencyKey))
    .unique();
}

/** The quote of a buyer whose premium may still be paid, or whose fate no final block has told yet. */
export function openQuote(ctx: QueryCtx, buyer: string): Promise<Policy | null> {
  return ctx.db
    .query("policies")
    .withIndex("by_buyer_and_status", (q) => q.eq("buyer", buyer).eq("status", "quoted"))
    .unique();
}

/** A buyer's policies, the newest first. */
export function policiesOf(ctx: QueryCtx, buyer: string, page: PaginationOptions) {
  const own = ctx.db.query("policies").withIndex("by_buyer", (q) => q.eq("buyer", buyer));
  return paged(own.order("desc"), page);
}

/** Those whose premium was paid, which makes them public, the newest first: of one status, of one buyer, or of all. */
export function soldPolicies(
  ctx: QueryCtx,
  { status, buyer }: { status?: PolicyStatus | undefined; buyer?: string | undefined },
  page: PaginationOptions,
) {
  const policies = ctx.db.query("policies");
  // Only times are greater than null.
  const sold =
    status !== undefined && buyer !== undefined
      ? policies.withIndex("by_buyer_and_status_and_started_at", (q) =>
          q.eq("buyer", buyer).eq("status", status).gt("startedAt", null),
        )
      : buyer !== undefined
        ? policies.withIndex("by_buyer_and_started_at", (q) => q.eq("buyer", buyer).gt("startedAt", null))
        : status !== undefined
          ? policies.withIndex("by_status_and_started_at", (q) => q.eq("status", status).gt("startedAt", null))
          : policies.withIndex("by_started_at", (q) => q.gt("startedAt", null));
  return paged(sold.order("desc"), page);
}

/** Those whose terms have expired at a time, the oldest first. */
export function quotesExpiredBy(ctx: QueryCtx, time: number, most: number): Promise<Policy[]> {
  return ctx.db
    .query("policies")
    .withIndex("by_status_and_terms_expire_at", (q) => q.eq("status", "quoted").lte("termsExpireAt", time))
    .take(most);
}

/** Those of a status that have expired at a time, the oldest first. */
export function expiredBy(ctx: QueryCtx, status: PolicyStatus, time: number, most: number): Promise<Policy[]> {
  return ctx.db
    .query("policies")
    .withIndex("by_status_and_expires_at", (q) => q.eq("status", status).lte("expiresAt", time))
    .take(most);
}

/** Those that wait for a price of their expiry's minute, the oldest first. */
export function expiringOf(ctx: QueryCtx, underlying: Policy["underlying"], most: number): Promise<Policy[]> {
  return ctx.db
    .query("policies")
    .withIndex("by_underlying_and_status_and_expires_at", (q) =>
      q.eq("underlying", underlying).eq("status", "expiring"),
    )
    .take(most);
}

/** Those whose exercise was requested before a time (ms), the oldest first. */
export function exercisedBefore(
  ctx: QueryCtx,
  underlying: Policy["underlying"],
  { ms, most }: { ms: number; most: number },
): Promise<Policy[]> {
  return ctx.db
    .query("policies")
    .withIndex("by_underlying_and_status_and_exercised_at", (q) =>
      q.eq("underlying", underlying).eq("status", "exercising").lt("exercisedAtMs", ms),
    )
    .take(most);
}

/** Those of a status that have not earned since a time (unix seconds), the longest first. */
export function earnedBefore(ctx: QueryCtx, status: PolicyStatus, time: number, most: number): Promise<Policy[]> {
  return ctx.db
    .query("policies")
    .withIndex("by_status_and_earned_until", (q) => q.eq("status", status).lt("earnedUntil", time))
    .take(most);
}

/** At most 256. */
export function backingsOf(ctx: QueryCtx, policyId: bigint): Promise<Backing[]> {
  return ctx.db
    .query("backings")
    .withIndex("by_policy", (q) => q.eq("policyId", policyId))
    .take(MAX_BACKINGS);
}

/** What a position has behind policies that have not ended: each holds some of it. */
export async function heldBackingsOf(ctx: QueryCtx, positionId: Id<"positions">): Promise<Backing[]> {
  const backings = () => ctx.db.query("backings");
  const locked = await backings()
    .withIndex("by_position_and_locked", (q) => q.eq("positionId", positionId).gt("locked", 0n))
    .take(MAX_BACKINGS);
  const reserved = await backings()
    .withIndex("by_position_and_reserved", (q) => q.eq("positionId", positionId).gt("reserved", 0n))
    .take(MAX_BACKINGS);
  return [...locked, ...reserved.filter((backing) => backing.locked === 0n)];
}

/** All that the vault has a lock behind; null where there are more than `most`. */
export async function livePolicies(ctx: QueryCtx, most: number): Promise<Policy[] | null> {
  const live: Policy[] = [];
  for (const status of LIVE) {
    const policies = await ctx.db
      .query("policies")
      .withIndex("by_status_and_expires_at", (q) => q.eq("status", status))
      .take(most + 1 - live.length);
    live.push(...policies);
    if (live.length > most) return null;
  }
  return live;
}

/** The backings as the rules of the payout know them. */
export function behind(backings: Backing[]): Behind[] {
  return backings.map(({ positionId, coverage, locked, reserved }) => ({
    positionId,
    coverage,
    held: locked + reserved,
  }));
}

/** Insurance's part of a policy's lock, and of what it is being raised to: what the backings do not come to. */
export function insuredOf({ locked, lockTarget }: Policy, backings: Backing[]): { cover: bigint; covering: bigint } {
  const cover = backings.reduce((rest, backing) => rest - backing.locked, locked);
  const covering = backings.reduce((rest, backing) => rest - backing.reserved, lockTarget - locked);
  return { cover, covering };
}

/** A position's share of a policy when it begins to stand behind it. */
export type NewBacking = Pick<Backing, "positionId" | "quantity" | "coverage" | "locked" | "reserved">;

async function insertBacking(ctx: MutationCtx, policyId: bigint, backing: NewBacking) {
  await ctx.db.insert("backings", { policyId, ...backing });
  await addPolicies(ctx, backing.positionId, 1);
}

export async function insertPolicy(ctx: MutationCtx, policy: NewPolicy, backings: NewBacking[]): Promise<Policy> {
  const { policyId } = policy;
  if (await findPolicy(ctx, policyId)) throw new Error(`Policy id ${policyId} is taken`);
  if (backings.length > MAX_BACKINGS) throw new Error(`Policy ${policyId} would have ${backings.length} backings`);
  const id = await ctx.db.insert("policies", policy);
  for (const backing of backings) await insertBacking(ctx, policyId, backing);
  return (await ctx.db.get("policies", id)) as Policy;
}

/** What may change of a policy; its terms never do. */
type Changes = Partial<Pick<Policy, "status" | "startedAt" | "locked" | "lockTarget" | "exercisedAtMs" | "outcome">>;

export async function changePolicy(ctx: MutationCtx, { _id }: Policy, changes: Changes): Promise<Policy> {
  await ctx.db.patch("policies", _id, changes);
  return (await ctx.db.get("policies", _id)) as Policy;
}

/** Called by earnings alone. */
export async function recordEarned(
  ctx: MutationCtx,
  { _id }: Pick<Policy, "_id">,
  { earned, earnedUntil }: Pick<Policy, "earned" | "earnedUntil">,
) {
  await ctx.db.patch("policies", _id, { earned, earnedUntil });
}

/** What a backing holds of its position, after an entry of the same transaction. */
export async function setBacking(
  ctx: MutationCtx,
  { _id, policyId, coverage }: Backing,
  held: Pick<Backing, "locked" | "reserved">,
) {
  if (held.locked < 0n || held.reserved < 0n || held.locked + held.reserved > coverage)
    throw new Error(`A backing of policy ${policyId} would hold ${held.locked} and ${held.reserved} of ${coverage}`);
  await ctx.db.patch("backings", _id, held);
}

/** The policy holds nothing of this position any more: it has ended. */
export async function endBacking(ctx: MutationCtx, { _id, positionId }: Backing) {
  await ctx.db.patch("backings", _id, { locked: 0n, reserved: 0n });
  await addPolicies(ctx, positionId, -1);
}

/**
 * Puts takers in the place of a leaver; a taker that backs the policy already has more of it. What the leaver has locked
 * goes over to them, so what is reserved to raise the lock has to be locked first: such a backing can't be replaced yet.
 */
export async function replaceBacking(ctx: MutationCtx, leaver: Backing, takers: Omit<NewBacking, "reserved">[]) {
  const { _id, policyId, positionId, quantity, coverage, locked, reserved } = leaver;
  const missing = takers.reduce(
    (left, taker) => ({
      quantity: left.quantity - taker.quantity,
      coverage: left.coverage - taker.coverage,
      locked: left.locked - taker.locked,
    }),
    { quantity, coverage, locked },
  );
  if (reserved !== 0n || missing.quantity !== 0n || missing.coverage !== 0n || missing.locked !== 0n)
    throw new Error(`The takers of a backing of policy ${policyId} do not come to what its leaver has`);
  const others = (await backingsOf(ctx, policyId)).filter((backing) => backing._id !== _id);
  const known = new Map(others.map((backing) => [backing.positionId, backing]));
  const fresh = takers.filter((taker) => !known.has(taker.positionId));
  if (others.length + fresh.length > MAX_BACKINGS) throw new Error(`Policy ${policyId} would have too many backings`);
  await ctx.db.delete("backings", _id);
  await addPolicies(ctx, positionId, -1);
  for (const taker of takers) {
    const before = known.get(taker.positionId);
    if (!before) {
      await insertBacking(ctx, policyId, { ...taker, reserved: 0n });
      continue;
    }
    await ctx.db.patch("backings", before._id, {
      quantity: before.quantity + taker.quantity,
      coverage: before.coverage + taker.coverage,
      locked: before.locked + taker.locked,
    });
  }
}
