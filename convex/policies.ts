/**
 * Protection policies: what one would cost, and by which rules each tier writes them; buy one, exercise it, see what became
 * of it. Amounts are int64 base units of the policy's token (sBTC for BTC, STX for STX), prices int64 micro-dollars for one
 * whole token, rates whole millionths. A refusal is a ConvexError whose data is {code, message, …}; every list refuses
 * PAGE_SIZE_OUT_OF_RANGE {min, max} and BAD_CURSOR.
 */
import { paginationOptsValidator, paginationResultValidator } from "convex/server";
import { v } from "convex/values";
import { parseTier } from "../src/domain/tiers";
import { parseToken } from "../src/domain/tokens";
import { internal } from "./_generated/api";
import { action, query } from "./_generated/server";
import { type CollectionResult, collectionResult } from "./earnings/schema";
import { accepted, randomId } from "./functions";
import { listChanges } from "./health/model";
import { healthChangeFields } from "./health/schema";
import { listNotifications } from "./notifications/model";
import { notificationFields } from "./notifications/schema";
import { parseQuote, quoteArgs, quoteOf, quoteValidator } from "./policies/quotes";
import { type Exercised, exercisedValidator, type Sold, soldValidator } from "./policies/requests";
import { policySteps, policyStepsValidator } from "./policies/steps";
import { policyValidator, policyView, policyViews, soldPolicyViews } from "./policies/views";
import { requirePosition } from "./positions/model";
import { requireProvider } from "./providers/model";
import { requireWithinLimit } from "./rateLimits/model";
import { allRules } from "./tiers/model";
import { tierRulesFields } from "./tiers/schema";

/**
 * What a put on `quantity` of BTC or STX at this strike would cost in a tier now, until `expiresAt` (ms of block time, a whole
 * second): the same answer that `requestPolicy` is held to in the next transaction. Prices are public, so it needs no
 * session. It changes with every block: ask once, don't subscribe.
 *
 * `premium` is `fairValue` (Black-Scholes at `volatility`, exercise at any time) and the tier's loading; `lock` is locked at
 * the sale, `coverage` the most that it may ever pay: in full down to `floorPriceUsdMicros`. At `breakEvenUsdMicros` it pays
 * back its premium. `priceUsdMicros` is the price that was used, `pricePublishedAt` and `asOf` (block time) in ms.
 * Refuses: UNKNOWN_UNDERLYING, UNKNOWN_TIER, STRIKE_OUT_OF_RANGE {min, max}, EXPIRY_OUT_OF_RANGE {min, max},
 * QUANTITY_OUT_OF_RANGE {min, max}, SETTLEMENTS_CLOSED, PREMIUM_ABOVE_COVERAGE {premium, coverage}, TIER_UNAVAILABLE {max},
 * NO_GOOD_PRICE {ageMs?}, MARKET_MOVING {moved, limit}, TIER_STOPPED, NOT_SYNCED, NOT_LAUNCHED, VAULT_PAUSED, STOPPED,
 * RESTORING {until}.
 */
export const quotePolicy = query({
  args: quoteArgs,
  returns: quoteValidator,
  handler: (ctx, args) => quoteOf(ctx, parseQuote(args)),
});

/**
 * By which rules each tier writes policies and judges its positions now, six rows: what is locked at a sale by coverage
 * (`initialMargin`), strikes by the price, the floor price by the strike, ages in seconds, the least volatility, the loading,
 * the shares of a premium that go to insurance and fees, and the buffers of health. src/domain/policies says what each means.
 */
export const getTierRules = query({
  args: {},
  returns: v.array(v.object(tierRulesFields)),
  handler: (ctx) => allRules(ctx),
});

/**
 * Signs the terms of a policy as `quotePolicy` shows them at this moment, sets aside what stands behind it, and returns the
 * `pay-premium` call for the buyer's wallet to sign, which `termsExpireAt` (ms of block time, ten minutes later) ends. Cover
 * starts in the premium's block, and nothing can refuse it afterwards. Asking again for the same gives the open quote again.
 *
 * `expiresAt`: ms of block time, whole seconds. `maxPremium`: refuse rather than sign more. `idempotencyKey`: repeating a
 * request with the same key gives the same policy.
 * Refuses: NOT_SIGNED_IN, what quotePolicy refuses, PREMIUM_ABOVE_MAXIMUM {premium}, QUOTE_OPEN {policyId, termsExpireAt},
 * IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_TOO_LONG {max}, RATE_LIMITED {retryAfterMs}.
 */
export const requestPolicy = action({
  args: {
    ...quoteArgs,
    maxPremium: v.optional(v.int64()),
    idempotencyKey: v.optional(v.string()),
  },
  returns: soldValidator,
  handler: async (ctx, { maxPremium, idempotencyKey, ...args }): Promise<Sold> => {
    const buyer = await requireProvider(ctx);
    const request = { ...parseQuote(args), buyer, policyId: randomId(), maxPremium, idempotencyKey };
    await requireWithinLimit(ctx, "requestPolicy", buyer);
    return ctx.runMutation(internal.policies.requests.request, request);
  },
});

/**
 * Exercises a policy of the caller, for good: it pays by the first good price that is published after `exercisedAt` (ms), or
 * by that of its expiry if none comes before. At or above the strike it pays nothing. Repeating gives the same answer.
 * Refuses: NOT_SIGNED_IN, NO_POLICY, POLICY_NOT_ACTIVE {status}, POLICY_EXPIRED {status, expiresAt}, NOT_SYNCED,
 * RATE_LIMITED {retryAfterMs}.
 */
export const exercise = action({
  args: { policyId: v.int64() },
  returns: exercisedValidator,
  handler: async (ctx, { policyId }): Promise<Exercised> => {
    const buyer = await requireProvider(ctx);
    await requireWithinLimit(ctx, "exercise", buyer);
    return ctx.runMutation(internal.policies.requests.exercise, { buyer, policyId });
  },
});

/** The public facts of a policy: its terms, what is locked behind it on-chain, its outcome. Refuses: NO_POLICY. */
export const getPolicy = query({
  args: { policyId: v.int64() },
  returns: policyValidator,
  handler: (ctx, { policyId }) => policyView(ctx, policyId),
});

/** The policies that were sold, to anybody, the newest first; at most 100 a page. */
export const listSold = query({
  args: { paginationOpts: paginationOptsValidator },
  returns: paginationResultValidator(policyValidator),
  handler: (ctx, { paginationOpts }) => soldPolicyViews(ctx, {}, paginationOpts),
});

/**
 * How many positions stand behind a policy, and its transactions on the chain: the premium once it is final, and what the
 * service was owed to do for it, done or not. `amount` in base units. Refuses: NO_POLICY.
 */
export const getPolicySteps = query({
  args: { policyId: v.int64() },
  returns: policyStepsValidator,
  handler: (ctx, { policyId }) => policySteps(ctx, policyId),
});

/** The caller's own policies, quotes too, the newest first; at most 100 a page. Refuses: NOT_SIGNED_IN. */
export const getMyPolicies = query({
  args: { paginationOpts: paginationOptsValidator },
  returns: paginationResultValidator(policyValidator),
  handler: async (ctx, { paginationOpts }) => policyViews(ctx, await requireProvider(ctx), paginationOpts),
});

/**
 * Makes all that a position of the caller has earned its free capital, `amount` base units: it may be withdrawn at once and
 * counts for the position's health. A position that is otherwise empty has it like any other. Premiums are booked about once a
 * day, and whenever something happens to their policy. `idempotencyKey`: repeating a request with the same key gives the same
 * answer.
 * Refuses: NOT_SIGNED_IN, UNKNOWN_TOKEN, UNKNOWN_TIER, NO_POSITION, NOTHING_TO_COLLECT, IDEMPOTENCY_KEY_REUSED,
 * IDEMPOTENCY_KEY_TOO_LONG {max}, NOT_SYNCED, STOPPED, RATE_LIMITED {retryAfterMs}.
 */
export const collectYield = action({
  args: { token: v.string(), tier: v.string(), idempotencyKey: v.optional(v.string()) },
  returns: collectionResult,
  handler: async (ctx, { idempotencyKey, ...args }): Promise<CollectionResult> => {
    const provider = await requireProvider(ctx);
    const token = accepted(parseToken(args.token));
    const tier = accepted(parseTier(args.tier));
    await requireWithinLimit(ctx, "collectYield", provider);
    return ctx.runMutation(internal.earnings.requests.create, { provider, token, tier, idempotencyKey });
  },
});

/**
 * How the health of a position of the caller has changed, the newest change first, at most 100 a page. The price that decided
 * it in micro-dollars, null where none did; `at` in ms of block time.
 * Refuses: NOT_SIGNED_IN, UNKNOWN_TOKEN, UNKNOWN_TIER, NO_POSITION.
 */
export const getHealthHistory = query({
  args: { token: v.string(), tier: v.string(), paginationOpts: paginationOptsValidator },
  returns: paginationResultValidator(v.object(healthChangeFields)),
  handler: async (ctx, { paginationOpts, ...args }) => {
    const provider = await requireProvider(ctx);
    const key = { provider, token: accepted(parseToken(args.token)), tier: accepted(parseTier(args.tier)) };
    return listChanges(ctx, (await requirePosition(ctx, key))._id, paginationOpts);
  },
});

/**
 * What the caller was told, the newest first, at most 100 a page. `kind` is stable, as "health.MarginCall"; amounts among
 * the facts are base units, prices micro-dollars; `at` in ms of the server's time. Refuses: NOT_SIGNED_IN.
 */
export const getNotifications = query({
  args: { paginationOpts: paginationOptsValidator },
  returns: paginationResultValidator(v.object(notificationFields)),
  handler: async (ctx, { paginationOpts }) => listNotifications(ctx, await requireProvider(ctx), paginationOpts),
});
