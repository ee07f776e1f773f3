/** The only writer of the tiers' tables. */
import type { PolicyRules } from "../../src/domain/policies";
import { checkRules } from "../../src/domain/policyRules";
import {
  checkTerms,
  DEFAULT_RULES,
  DEFAULT_TERMS,
  TIERS,
  type Tier,
  type TierChange,
  type TierTerms,
  tierRoom,
  utilization,
} from "../../src/domain/tiers";
import { formatAmount, TOKENS, type Token } from "../../src/domain/tokens";
import { internal } from "../_generated/api";
import type { Doc } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { recordAct } from "../audit/model";
import { accepted, refuseWith } from "../functions";

export interface TierKey {
  tier: Tier;
  token: Token;
}

function termsRow(ctx: QueryCtx, { tier, token }: TierKey): Promise<Doc<"tierTerms"> | null> {
  return ctx.db
    .query("tierTerms")
    .withIndex("by_tier_and_token", (q) => q.eq("tier", tier).eq("token", token))
    .unique();
}

/** The terms in force. */
export async function termsOf(ctx: QueryCtx, key: TierKey): Promise<TierTerms> {
  const changed = await termsRow(ctx, key);
  const { capacityLimit, minimumPosition, minimumHoldSeconds } = changed ?? DEFAULT_TERMS[key.tier][key.token];
  return { capacityLimit, minimumPosition, minimumHoldSeconds };
}

function rulesRow(ctx: QueryCtx, { tier, token }: TierKey): Promise<Doc<"tierRules"> | null> {
  return ctx.db
    .query("tierRules")
    .withIndex("by_tier_and_token", (q) => q.eq("tier", tier).eq("token", token))
    .unique();
}

/** How the tier writes policies in this token now. */
export async function rulesOf(ctx: QueryCtx, { tier, token }: TierKey): Promise<PolicyRules> {
  const changed = await rulesRow(ctx, { tier, token });
  if (!changed) return DEFAULT_RULES[tier][token];
  const { _id, _creationTime, tier: _tier, token: _token, ...rules } = changed;
  return rules;
}

/**
 * Puts changes of the rules in force and records who made them. They count for what is quoted from here on, and for how
 * every position of the tier is judged; what was sold keeps its premium, lock, coverage and floor price.
 */
export async function setRules(
  ctx: MutationCtx,
  { tier, token }: TierKey,
  changes: Partial<PolicyRules>,
  author: { actor: string; reason: string },
) {
  const before = await rulesOf(ctx, { tier, token });
  const rules = accepted(checkRules({ ...before, ...changes }));
  const row = await rulesRow(ctx, { tier, token });
  if (row) await ctx.db.replace("tierRules", row._id, { tier, token, ...rules });
  else await ctx.db.insert("tierRules", { tier, token, ...rules });
  const changed = Object.keys(changes) as (keyof PolicyRules)[];
  const facts = { tier, token, rules: listed(rules, changed), rulesBefore: listed(before, changed) };
  await recordAct(ctx, { act: "tiers.setRules", ...author, facts });
  await ctx.scheduler.runAfter(0, internal.positions.standings.renew, { tier, token, after: 0 });
}

/** Rules as one fact of an act, which has too few for one each. */
function listed(rules: PolicyRules, names: (keyof PolicyRules)[]): string {
  return names.map((name) => `${name} ${rules[name]}`).join(", ");
}

/** Puts new terms in force and records who did so. Whatever came under the old ones stays. */
export async function setTerms(
  ctx: MutationCtx,
  { tier, token }: TierKey,
  given: TierTerms,
  author: { actor: string; reason: string },
) {
  const terms = accepted(checkTerms(given));
  const before = await termsOf(ctx, { tier, token });
  const row = await termsRow(ctx, { tier, token });
  if (row) await ctx.db.replace("tierTerms", row._id, { tier, token, ...terms });
  else await ctx.db.insert("tierTerms", { tier, token, ...terms });
  const metrics = await metricsRow(ctx, { tier, token });
  if (metrics) await ctx.db.patch("tierMetrics", metrics._id, { capacityLimit: terms.capacityLimit });
  const facts = { tier, token, ...terms, ...formerTerms(before) };
  await recordAct(ctx, { act: "tiers.setTerms", ...author, facts });
}

/** Terms that no longer are, as an act's facts. */
function formerTerms({ capacityLimit, minimumPosition, minimumHoldSeconds }: TierTerms) {
  return {
    capacityLimitBefore: capacityLimit,
    minimumPositionBefore: minimumPosition,
    minimumHoldSecondsBefore: minimumHoldSeconds,
  };
}

function metricsRow(ctx: QueryCtx, { tier, token }: TierKey): Promise<Doc<"tierMetrics"> | null> {
  return ctx.db
    .query("tierMetrics")
    .withIndex("by_tier_and_token", (q) => q.eq("tierName", tier).eq("token", token))
    .unique();
}

export type TierMetrics = Omit<Doc<"tierMetrics">, "_id" | "_creationTime">;

/** What is in a tier: zeros before anything was. */
export async function tierMetricsOf(ctx: QueryCtx, key: TierKey): Promise<TierMetrics> {
  const row = await metricsRow(ctx, key);
  // A default may change with the code, so the limit that is told is always that of the terms.
  const { capacityLimit } = await termsOf(ctx, key);
  return {
    tierName: key.tier,
    token: key.token,
    totalCapital_virtual: row?.totalCapital_virtual ?? 0n,
    totalLocked_virtual: row?.totalLocked_virtual ?? 0n,
    utilization_estimate: row?.utilization_estimate ?? 0,
    providerCount: row?.providerCount ?? 0,
    activePolicyCount: row?.activePolicyCount ?? 0,
    totalYieldAccrued_virtual: row?.totalYieldAccrued_virtual ?? 0n,
    capacityLimit,
  };
}

/**
 * Adds to a tier what happened to one of its positions: seed 003's `updateTierMetrics`. Called by positions alone, in the
 * transaction of the change. Moving between a position's free and reserved parts is no change, and writes nothing.
 */
export async function updateTierMetrics(ctx: MutationCtx, key: TierKey, change: TierChange) {
  const { capital, locked, providers, yieldAccrued } = change;
  if (capital === 0n && locked === 0n && providers === 0 && yieldAccrued === 0n) return;
  const known = await tierMetricsOf(ctx, key);
  const totalCapital_virtual = known.totalCapital_virtual + capital;
  const totalLocked_virtual = known.totalLocked_virtual + locked;
  const fields = {
    ...known,
    totalCapital_virtual,
    totalLocked_virtual,
    utilization_estimate: utilization(totalLocked_virtual, totalCapital_virtual),
    providerCount: known.providerCount + providers,
    totalYieldAccrued_virtual: known.totalYieldAccrued_virtual + yieldAccrued,
  };
  const row = await metricsRow(ctx, key);
  if (row) await ctx.db.replace("tierMetrics", row._id, fields);
  else await ctx.db.insert("tierMetrics", fields);
}

/** Counts the policies of a tier that the vault has a lock behind. Called by policies alone. */
export async function countPolicy(ctx: MutationCtx, { tier, token }: TierKey, change: 1 | -1) {
  const row = await metricsRow(ctx, { tier, token });
  if (!row) throw new Error(`${tier} ${token} has no capital to stand behind a policy`);
  await ctx.db.patch("tierMetrics", row._id, { activePolicyCount: row.activePolicyCount + change });
}

function capacityRow(ctx: QueryCtx, { tier, token }: TierKey): Promise<Doc<"tierCapacity"> | null> {
  return ctx.db
    .query("tierCapacity")
    .withIndex("by_tier_and_token", (q) => q.eq("tier", tier).eq("token", token))
    .unique();
}

/** How much more capital the tier takes now, base units. */
export async function roomIn(ctx: QueryCtx, key: TierKey): Promise<bigint> {
  const { capacityLimit, totalCapital_virtual: capital } = await tierMetricsOf(ctx, key);
  return tierRoom(capacityLimit, { capital, held: (await capacityRow(ctx, key))?.held ?? 0n });
}

/** Refuses TIER_FULL {room} what the tier has no capacity for, beside its capital and what commitments hold. */
export async function requireRoom(ctx: QueryCtx, key: TierKey, amount: bigint) {
  const room = await roomIn(ctx, key);
  if (amount <= room) return;
  const left = room > 0n ? `${formatAmount(room, key.token)} ${key.token} more` : `no more ${key.token} now`;
  refuseWith({
    code: "TIER_FULL",
    message: `${key.tier} takes ${left}. Choose a smaller amount or another tier, or try again later.`,
    room,
  });
}

/** Holds capacity for a commitment, or gives back (negative) what was held. Called by commitments alone. */
export async function holdCapacity(ctx: MutationCtx, { tier, token }: TierKey, amount: bigint) {
  const row = await capacityRow(ctx, { tier, token });
  const held = (row?.held ?? 0n) + amount;
  if (held < 0n) throw new Error(`${tier} ${token} would hold ${held} for commitments`);
  if (row) await ctx.db.patch("tierCapacity", row._id, { held });
  else await ctx.db.insert("tierCapacity", { tier, token, held });
}

const KEYS: TierKey[] = TIERS.flatMap((tier) => TOKENS.map((token) => ({ tier, token })));

/** A row a tier and token. */
export function tierStats(ctx: QueryCtx): Promise<TierMetrics[]> {
  return Promise.all(KEYS.map((key) => tierMetricsOf(ctx, key)));
}

/** A row a tier and token. */
export function allTerms(ctx: QueryCtx): Promise<(TierKey & TierTerms)[]> {
  return Promise.all(KEYS.map(async (key) => ({ ...key, ...(await termsOf(ctx, key)) })));
}

/** A row a tier and token. */
export function allRules(ctx: QueryCtx): Promise<(TierKey & PolicyRules)[]> {
  return Promise.all(KEYS.map(async (key) => ({ ...key, ...(await rulesOf(ctx, key)) })));
}
