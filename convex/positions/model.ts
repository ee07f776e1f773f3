/** The only writer of positions. */
import { standingOf, type Taker } from "../../src/domain/allocation";
import { endOfHold, holdArrival, NO_HOLD } from "../../src/domain/holds";
import type { Pocket } from "../../src/domain/ledger";
import { addTierChanges, TIERS, type Tier, type TierChange, tierChange } from "../../src/domain/tiers";
import { TOKENS, type Token } from "../../src/domain/tokens";
import type { Doc, Id } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { refuseWith } from "../functions";
import { rulesOf, type TierKey, termsOf, updateTierMetrics } from "../tiers/model";

export interface PositionKey {
  provider: string;
  tier: Tier;
  token: Token;
}

export function findPosition(ctx: QueryCtx, { provider, tier, token }: PositionKey): Promise<Doc<"positions"> | null> {
  return ctx.db
    .query("positions")
    .withIndex("by_provider_and_tier_and_token", (q) => q.eq("provider", provider).eq("tier", tier).eq("token", token))
    .unique();
}

/** Refuses NO_POSITION where the provider never had one. */
export async function requirePosition(ctx: QueryCtx, key: PositionKey): Promise<Doc<"positions">> {
  const { token, tier } = key;
  const message = `You have no ${token} in ${tier}. Choose a position that you hold.`;
  return (await findPosition(ctx, key)) ?? refuseWith({ code: "NO_POSITION", message });
}

export async function openPosition(ctx: MutationCtx, key: PositionKey): Promise<Id<"positions">> {
  const known = await findPosition(ctx, key);
  if (known) return known._id;
  const empty = { available: 0n, reserved: 0n, locked: 0n, accruedYield: 0n };
  const unused = { acceptingPolicies: true, policies: 0, healthStatus: "Healthy" as const };
  const standing = standingOf({ ...empty, ...unused }, await rulesOf(ctx, key));
  return ctx.db.insert("positions", { ...key, ...empty, ...unused, ...standing, hold: NO_HOLD, asOf: 0 });
}

/** All positions of a provider: at most one a tier and token. */
export function positionsOf(ctx: QueryCtx, provider: string): Promise<Doc<"positions">[]> {
  return ctx.db
    .query("positions")
    .withIndex("by_provider_and_tier_and_token", (q) => q.eq("provider", provider))
    .take(TIERS.length * TOKENS.length);
}

/** Changes a position, and with it what allocation finds it by. */
async function write(ctx: MutationCtx, position: Doc<"positions">, change: Partial<Doc<"positions">>) {
  const after: Taker = { ...position, ...change };
  const standing = standingOf(after, await rulesOf(ctx, position));
  await ctx.db.patch("positions", position._id, { ...change, ...standing });
}

/** Positions of a tier, the oldest first, of those created later than `after` (ms). */
export function positionsAfter(
  ctx: QueryCtx,
  { tier, token }: TierKey,
  { after, most }: { after: number; most: number },
): Promise<Doc<"positions">[]> {
  return ctx.db
    .query("positions")
    .withIndex("by_tier_and_token", (q) => q.eq("tier", tier).eq("token", token).gt("_creationTime", after))
    .take(most);
}

/** Makes what allocation finds a position by anew, as the rules have changed. */
export async function renewStanding(ctx: MutationCtx, position: Doc<"positions">) {
  await write(ctx, position, {});
}

export async function requirePositionOf(ctx: QueryCtx, positionId: Id<"positions">): Promise<Doc<"positions">> {
  const position = await ctx.db.get("positions", positionId);
  if (!position) throw new Error(`There is no position ${positionId}`);
  return position;
}

/** Base units that the position is worth without its yield. */
export function totalOf(position: Doc<"positions">): bigint {
  return position.available + position.reserved + position.locked;
}

const FIELD = { available: "available", reserved: "reserved", locked: "locked", yield: "accruedYield" } as const;

/** What entries of one transaction add to a position. */
export interface PositionCredits {
  positionId: Id<"positions">;
  /** Base units credited to each pocket, negative to debit. */
  credits: { pocket: Pocket; amount: bigint }[];
  /** Block time of the last of them, unix seconds. */
  at: number;
}

/**
 * Adds postings to positions, and what that changes of their tiers' metrics, once a tier. Called by the ledger alone, with
 * each position once, so that moving between pockets changes nothing of a tier. Gives those that back
 * policies and whose capital moved (`backing`), and whose each position is (`providers`).
 */
export async function updateProviderBalances(ctx: MutationCtx, changes: PositionCredits[]) {
  const tiers = new Map<string, { key: TierKey; change: TierChange }>();
  const backing: PositionCredits[] = [];
  const providers = new Map<string, string>();
  for (const added of changes) {
    const { key, change } = await updateProviderBalance(ctx, added);
    providers.set(key._id, key.provider);
    const isCapital = added.credits.some(({ pocket }) => pocket !== "yield");
    if (key.policies > 0 && isCapital) backing.push(added);
    const name = `${key.tier} ${key.token}`;
    tiers.set(name, { key, change: addTierChanges(tiers.get(name)?.change, change) });
  }
  for (const { key, change } of tiers.values()) await updateTierMetrics(ctx, key, change);
  return { backing, providers };
}

/**
 * Seed 003's `updateProviderBalance`. Says what it changes of the position's tier.
 * A pocket can't become negative: that would be a bug.
 */
async function updateProviderBalance(ctx: MutationCtx, { positionId, credits, at }: PositionCredits) {
  const position = await requirePositionOf(ctx, positionId);
  const { available, reserved, locked, accruedYield } = position;
  const after = { available, reserved, locked, accruedYield };
  let yieldAccrued = 0n;
  for (const { pocket, amount } of credits) {
    after[FIELD[pocket]] += amount;
    if (pocket === "yield" && amount > 0n) yieldAccrued += amount;
  }
  for (const [pocket, balance] of Object.entries(after)) {
    if (balance < 0n) throw new Error(`Position ${positionId} would hold ${balance} ${pocket}`);
  }
  await write(ctx, position, { ...after, asOf: at });
  return { key: position, change: tierChange(position, after, yieldAccrued) };
}

/**
 * Puts capital that has arrived (by a deposit, an assignment or a move) under its tier's minimum hold, and says when it may
 * leave again: block time, unix seconds.
 * @param amount base units, credited by an entry of the same transaction
 * @param at block time of the arrival, unix seconds
 */
export async function arriveAt(
  ctx: MutationCtx,
  positionId: Id<"positions">,
  amount: bigint,
  at: number,
): Promise<number> {
  const position = await requirePositionOf(ctx, positionId);
  const { minimumHoldSeconds } = await termsOf(ctx, position);
  const time = { now: at, seconds: minimumHoldSeconds };
  const hold = holdArrival(position.hold, amount, time);
  if (hold.length + position.hold.length > 0) await ctx.db.patch("positions", positionId, { hold });
  return endOfHold(time);
}

/** Whether new policies may be put behind a position: its owner's choice, which what it backs already does not feel. */
export async function recordAccepting(ctx: MutationCtx, key: PositionKey, acceptingPolicies: boolean) {
  const position = await requirePosition(ctx, key);
  if (position.acceptingPolicies !== acceptingPolicies) await write(ctx, position, { acceptingPolicies });
}

/** Counts the policies that a position backs, from the request on until they have ended. */
export async function addPolicies(ctx: MutationCtx, positionId: Id<"positions">, change: 1 | -1) {
  const position = await requirePositionOf(ctx, positionId);
  const policies = position.policies + change;
  if (policies < 0) throw new Error(`Position ${positionId} would back ${policies} policies`);
  await write(ctx, position, { policies });
}

/** Seed 003's `setProviderHealthStatus`: called by health alone, which decides it. */
export async function setProviderHealthStatus(
  ctx: MutationCtx,
  positionId: Id<"positions">,
  healthStatus: Doc<"positions">["healthStatus"],
) {
  await write(ctx, await requirePositionOf(ctx, positionId), { healthStatus });
}
