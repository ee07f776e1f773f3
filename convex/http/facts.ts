/** What routes ask that no public function tells: internal queries, each a bounded look at rows that stand. */
import { paginationOptsValidator, paginationResultValidator } from "convex/server";
import { v } from "convex/values";
import { TOKENS } from "../../src/domain/tokens";
import { internalQuery, type QueryCtx } from "../_generated/server";
import { stoppedNow } from "../breakers/model";
import { capabilityValidator } from "../breakers/schema";
import { tokenValidator } from "../functions";
import { accountBalance, latestProofs } from "../ledger/model";
import { outboxHealth } from "../outbox/listing";
import { policyStatusValidator } from "../policies/schema";
import { policyValidator, soldPolicyViews } from "../policies/views";
import { allLatest } from "../prices/model";
import { latestPriceValidator } from "../prices/schema";
import { mirrorRow, poolMetrics, syncStatus } from "../sync/model";
import { allRules, allTerms, tierStats } from "../tiers/model";
import { policyRulesFields, tierMetricsFields, tierTermsFields } from "../tiers/schema";

const tierRow = v.object({
  metrics: v.object(tierMetricsFields),
  terms: v.object(tierTermsFields),
  rules: v.object(policyRulesFields),
});

/** A row a tier and token: what is in it, its terms, its rules. */
export const tiers = internalQuery({
  args: {},
  returns: v.array(tierRow),
  handler: async (ctx) => {
    const [stats, terms, rules] = await Promise.all([tierStats(ctx), allTerms(ctx), allRules(ctx)]);
    return stats.flatMap((metrics, n) => {
      const [ownTerms, ownRules] = [terms[n], rules[n]];
      if (!ownTerms || !ownRules) return [];
      const { tier: _tier, token: _token, ...policyRules } = ownRules;
      return [{ metrics, terms: ownTerms, rules: policyRules }];
    });
  },
});

/** A page of the policies whose premium was paid, the newest first; of one status, of one buyer. */
export const soldPolicies = internalQuery({
  args: {
    status: v.optional(policyStatusValidator),
    buyer: v.optional(v.string()),
    paginationOpts: paginationOptsValidator,
  },
  returns: paginationResultValidator(policyValidator),
  handler: (ctx, { paginationOpts, ...filter }) => soldPolicyViews(ctx, filter, paginationOpts),
});

/** Block time of the newest tip, ms; 0 before the first look. A price is judged by the later of this and the clock. */
async function tipMs(ctx: QueryCtx): Promise<number> {
  return ((await mirrorRow(ctx))?.tip.time ?? 0) * 1_000;
}

async function believed(ctx: QueryCtx) {
  return (await allLatest(ctx)).map(({ _id, _creationTime, ...row }) => row);
}

/** What is believed of each underlying, as of when. */
export const prices = internalQuery({
  args: {},
  returns: v.object({ tipMs: v.number(), prices: v.array(latestPriceValidator) }),
  handler: async (ctx) => ({ tipMs: await tipMs(ctx), prices: await believed(ctx) }),
});

/** What `/stats` is made of. */
export const stats = internalQuery({
  args: {},
  returns: v.object({
    tipMs: v.number(),
    asOf: v.number(),
    proofHolds: v.boolean(),
    prices: v.array(latestPriceValidator),
    pool: v.array(v.object({ token: tokenValidator, total: v.int64(), locked: v.int64(), insurance: v.int64() })),
    tiers: v.array(v.object(tierMetricsFields)),
  }),
  handler: async (ctx) => {
    const pool = (await poolMetrics(ctx)).map(async ({ token, totalBalanceOnChain, totalLocked }) => {
      const insurance = await accountBalance(ctx, { kind: "insurance" }, token);
      return { token, total: totalBalanceOnChain, locked: totalLocked, insurance };
    });
    return {
      tipMs: await tipMs(ctx),
      asOf: (await syncStatus(ctx)).asOf,
      proofHolds: await proofHolds(ctx),
      prices: await believed(ctx),
      pool: await Promise.all(pool),
      tiers: await tierStats(ctx),
    };
  },
});

/** Of both tokens; false before the first proof. */
async function proofHolds(ctx: QueryCtx): Promise<boolean> {
  const proofs = await latestProofs(ctx);
  return proofs.length === TOKENS.length && proofs.every(({ holds }) => holds);
}

/** What `/health` judges: capabilities that are stopped by name, the rest by whether it is so. No reasons: they are the operators'. */
export const checks = internalQuery({
  args: {},
  returns: v.object({
    tipMs: v.number(),
    asOf: v.number(),
    isHalted: v.boolean(),
    proofHolds: v.boolean(),
    stopped: v.array(capabilityValidator),
    isRestoring: v.boolean(),
    outbox: v.object({ isAlarmed: v.boolean(), isPaused: v.boolean() }),
    prices: v.array(latestPriceValidator),
  }),
  handler: async (ctx) => {
    const { breakers, restore } = await stoppedNow(ctx);
    const { asOf, halted } = await syncStatus(ctx);
    return {
      tipMs: await tipMs(ctx),
      asOf,
      isHalted: halted !== null,
      proofHolds: await proofHolds(ctx),
      stopped: breakers.map(({ capability }) => capability),
      isRestoring: restore !== null,
      outbox: await outboxHealth(ctx),
      prices: await believed(ctx),
    };
  },
});
