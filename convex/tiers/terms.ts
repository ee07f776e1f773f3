/**
 * The tiers' terms for capital, and their rules for policies, for operators:
 * `npx convex run tiers/terms:set '{"tier": "Balanced", "token": "STX", "capacityLimit": "12000000000000",
 * "minimumPosition": "1000000", "minimumHoldSeconds": 0, "actor": "Ada", "reason": "…"}'`,
 * `npx convex run tiers/terms:setRules '{"tier": "Balanced", "token": "STX", "changes": {"loading": 300000}, …}'`.
 */

import { v } from "convex/values";
import { partial } from "convex-helpers/validators";
import { parseTier } from "../../src/domain/tiers";
import { parseToken } from "../../src/domain/tokens";
import { internalMutation } from "../_generated/server";
import { actorAndReason } from "../audit/schema";
import { accepted, baseUnits, typedAmount } from "../functions";
import { setRules as putRules, setTerms } from "./model";
import { policyRulesFields } from "./schema";

/**
 * Sets a tier's terms of one token. What is in the tier, committed to it or on hold already stays as it is, whatever the
 * new terms. `capacityLimit` null: any amount; 0: no new capital.
 * Refuses: UNKNOWN_TIER, UNKNOWN_TOKEN, AMOUNT_NOT_A_NUMBER, TERMS_OUT_OF_RANGE {field, min, max}, ACT_INCOMPLETE {field},
 * ACT_TOO_LONG {field, max}.
 */
export const set = internalMutation({
  args: {
    tier: v.string(),
    token: v.string(),
    capacityLimit: v.union(v.null(), typedAmount),
    minimumPosition: typedAmount,
    minimumHoldSeconds: v.number(),
    ...actorAndReason,
  },
  returns: v.null(),
  handler: async (ctx, { tier, token, actor, reason, ...given }) => {
    const key = { tier: accepted(parseTier(tier)), token: accepted(parseToken(token)) };
    const terms = {
      capacityLimit: given.capacityLimit === null ? null : baseUnits(given.capacityLimit),
      minimumPosition: baseUnits(given.minimumPosition),
      minimumHoldSeconds: given.minimumHoldSeconds,
    };
    await setTerms(ctx, key, terms, { actor, reason });
    return null;
  },
});

/**
 * Changes rules by which a tier sells policies of one token and judges its positions; those not named stay. New rules count
 * for what is sold from here on, and for the health of every position; what was sold keeps its terms. Rates are whole
 * millionths, `minimumBacking` base units (in digits too).
 * Refuses: UNKNOWN_TIER, UNKNOWN_TOKEN, AMOUNT_NOT_A_NUMBER, RULES_OUT_OF_RANGE {field, min, max}, RULES_CONTRADICT
 * {field, other}, ACT_INCOMPLETE {field}, ACT_TOO_LONG {field, max}.
 */
export const setRules = internalMutation({
  args: {
    tier: v.string(),
    token: v.string(),
    changes: v.object(partial({ ...policyRulesFields, minimumBacking: typedAmount })),
    ...actorAndReason,
  },
  returns: v.null(),
  handler: async (ctx, { tier, token, actor, reason, changes: { minimumBacking, ...changes } }) => {
    const key = { tier: accepted(parseTier(tier)), token: accepted(parseToken(token)) };
    const backing = minimumBacking !== undefined && { minimumBacking: baseUnits(minimumBacking) };
    await putRules(ctx, key, { ...changes, ...backing }, { actor, reason });
    return null;
  },
});
