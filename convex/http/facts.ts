/** What routes ask that no public function tells: internal queries, each a bounded look at rows that stand. */
import { paginationOptsValidator, paginationResultValidator } from "convex/server";
import { v } from "convex/values";
import { internalQuery } from "../_generated/server";
import { policyStatusValidator } from "../policies/schema";
import { policyValidator, soldPolicyViews } from "../policies/views";
import { allLatest } from "../prices/model";
import { latestPriceValidator } from "../prices/schema";
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

/** What is believed of each underlying. */
export const prices = internalQuery({
  args: {},
  returns: v.array(latestPriceValidator),
  handler: async (ctx) => (await allLatest(ctx)).map(({ _id, _creationTime, ...row }) => row),
});
