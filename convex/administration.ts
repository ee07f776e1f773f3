/**
 * For admins, who configure the deployment: tiers, what leaves insurance and fees, and breaches. Each act is recorded with the
 * caller's address, its `reason` and its time, in its own transaction. Amounts are int64 base units.
 *
 * Every function refuses NOT_SIGNED_IN, NOT_ALLOWED {roles}, ACT_INCOMPLETE {field}, ACT_TOO_LONG {field, max} and, but for
 * cancelExit, which only stops something, RATE_LIMITED {retryAfterMs}.
 */
import { v } from "convex/values";
import { partial } from "convex-helpers/validators";
import { parseTier } from "../src/domain/tiers";
import { parseToken } from "../src/domain/tokens";
import { internal } from "./_generated/api";
import { type CorrectionResult, correctionResult } from "./corrections/schema";
import { accepted, randomId } from "./functions";
import { done, stops } from "./providers/privileged";
import { policyRulesFields } from "./tiers/schema";
import { type Requested, requestedValidator } from "./treasury/exits";
import { requireTreasuryAccount } from "./treasury/model";
import { type Authorised, authorisedValidator } from "./withdrawals/requests";

const tierAndToken = { tier: v.string(), token: v.string() };

/**
 * Sets a tier's terms of one token, all three at once. What is in the tier, committed to it or on hold already stays as it
 * is. `capacityLimit` null: any amount; 0: no new capital.
 * Refuses: UNKNOWN_TIER, UNKNOWN_TOKEN, TERMS_OUT_OF_RANGE {field, min, max}.
 */
export const setTierTerms = done("admin")({
  args: {
    ...tierAndToken,
    capacityLimit: v.union(v.null(), v.int64()),
    minimumPosition: v.int64(),
    minimumHoldSeconds: v.number(),
  },
  returns: v.null(),
  handler: (ctx, { author, ...terms }): Promise<null> =>
    ctx.runMutation(internal.tiers.terms.set, { ...terms, ...author }),
});

/**
 * Changes rules by which a tier sells policies of one token and judges its positions; those not named stay. What was sold
 * keeps its terms. Rates are whole millionths.
 * Refuses: UNKNOWN_TIER, UNKNOWN_TOKEN, RULES_OUT_OF_RANGE {field, min, max}, RULES_CONTRADICT {field, other}.
 */
export const setTierRules = done("admin")({
  args: { ...tierAndToken, changes: v.object(partial(policyRulesFields)) },
  returns: v.null(),
  handler: (ctx, { author, ...rules }): Promise<null> =>
    ctx.runMutation(internal.tiers.terms.setRules, { ...rules, ...author }),
});

/**
 * Asks for a payment of `account` (insurance, fees) to the principal that the deployment names. Gives the `message` that the
 * vault's guardian signs before `expiresAt` (unix seconds of block time).
 * Refuses: UNKNOWN_ACCOUNT, UNKNOWN_TOKEN, AMOUNT_NOT_POSITIVE, NO_RECIPIENT {account}, EXIT_ABOVE_BALANCE {max}, NOT_SYNCED.
 */
export const requestExit = done("admin")({
  args: { account: v.string(), token: v.string(), amount: v.int64() },
  returns: requestedValidator,
  handler: (ctx, { author, account, token, amount }): Promise<Requested> =>
    ctx.runMutation(internal.treasury.exits.open, {
      ...author,
      account: requireTreasuryAccount(account),
      token: accepted(parseToken(token)),
      amount,
      authorizationId: randomId(),
    }),
});

/**
 * Lets an exit be signed: `publicKey` (compressed) and `signature` (RSV), both hex, are the guardian's over the exit's
 * message. Gives what requestWithdrawal gives, for the recipient to send within an hour of block time.
 * Refuses: NO_EXIT, EXIT_NOT_OPEN {status}, EXIT_EXPIRED {expiresAt}, NO_RECIPIENT {account}, RECIPIENT_CHANGED {recipient},
 * SELF_APPROVAL {guardian}, SIGNATURE_INVALID {guardian}, EXIT_OPEN {authorizationId}, EXIT_ABOVE_BALANCE {max},
 * WITHDRAWAL_ABOVE_MAXIMUM {max, binding}, NOT_SYNCED, NOT_LAUNCHED, VAULT_PAUSED, STOPPED, RESTORING {until}.
 */
export const approveExit = done("admin")({
  args: { exitId: v.string(), publicKey: v.string(), signature: v.string() },
  returns: authorisedValidator,
  handler: (ctx, { author, ...approval }): Promise<Authorised> =>
    ctx.runMutation(internal.treasury.exits.approve, { ...approval, ...author }),
});

/**
 * Ends an exit that is not approved; one that is gets its authorisation revoked, unless the recipient is faster. Guardians
 * too. Refuses: NO_EXIT.
 */
export const cancelExit = stops(
  "guardian",
  "admin",
)({
  args: { exitId: v.string() },
  returns: v.null(),
  handler: (ctx, { author, exitId }): Promise<null> =>
    ctx.runMutation(internal.treasury.exits.cancel, { exitId, ...author }),
});

/**
 * Puts what somebody sent to the vault directly, once the vault has counted it (`absorb-surplus`), into insurance.
 * Refuses: UNKNOWN_TOKEN, AMOUNT_NOT_POSITIVE, ASSIGNMENT_ABOVE_SUSPENSE {max}, NOT_SYNCED.
 */
export const assignSurplus = done("admin")({
  args: { token: v.string(), amount: v.int64() },
  returns: v.null(),
  handler: (ctx, { author, ...surplus }): Promise<null> =>
    ctx.runMutation(internal.treasury.surplus.assign, { ...surplus, ...author }),
});

/**
 * Takes `amount` off what `principal` itself has free (of its position in `tier`; without one, of its suspense), and as much
 * off its breach: what it took from the vault without an authorisation in the books. Says what it still owes (`breach`). What
 * is reserved or locked stays. `idempotencyKey`: repeating an act with the same key gives the same answer.
 * Refuses: UNKNOWN_TOKEN, UNKNOWN_TIER, AMOUNT_NOT_POSITIVE, NO_BREACH, NO_POSITION, CORRECTION_ABOVE_MAXIMUM {max, binding},
 * IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_TOO_LONG {max}, NOT_SYNCED.
 */
export const correctBreach = done("admin")({
  args: {
    principal: v.string(),
    token: v.string(),
    amount: v.int64(),
    tier: v.optional(v.string()),
    idempotencyKey: v.optional(v.string()),
  },
  returns: correctionResult,
  handler: (ctx, { author, token, tier, ...asked }): Promise<CorrectionResult> =>
    ctx.runMutation(internal.corrections.requests.create, {
      ...asked,
      ...author,
      token: accepted(parseToken(token)),
      tier: tier === undefined ? null : accepted(parseTier(tier)),
    }),
});
