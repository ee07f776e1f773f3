/**
 * The liquidity API (seed 003, section 3): commit capital, withdraw it, see a portfolio and the pool.
 * Amounts are int64 base units: micro-STX and satoshis. A refusal is a ConvexError whose data is {code, message, …}.
 */
import { v } from "convex/values";
import { parseTier } from "../src/domain/tiers";
import { parseToken } from "../src/domain/tokens";
import { internal } from "./_generated/api";
import { action, query } from "./_generated/server";
import { parseCommitment } from "./commitments/requests";
import { type CommitmentResult, commitmentResult } from "./commitments/schema";
import { accepted, randomId, tokenValidator } from "./functions";
import { latestProofs } from "./ledger/model";
import { proofFields } from "./ledger/schema";
import { type MoveResult, moveResult } from "./moves/schema";
import { availabilityValidator, tierAvailability } from "./policies/quotes";
import { portfolioOf, portfolioValidator } from "./positions/portfolio";
import { requireProvider } from "./providers/model";
import { requireWithinLimit } from "./rateLimits/model";
import { poolMetrics, syncStatus, syncStatusValidator } from "./sync/model";
import { allTerms, tierStats } from "./tiers/model";
import { tierMetricsFields, tierTermsFields } from "./tiers/schema";
import { quoteOf, quoteValidator } from "./withdrawals/quotes";
import { type Authorised, authorisedValidator, type Cancelled, cancelledValidator } from "./withdrawals/requests";

/**
 * Records the intent to deposit `amount` into a tier, and returns the `deposit-funds` call for the wallet to sign. The
 * capital counts once the deposit is final. The tier's capacity is held for it until `expiresAt` (block time, ms: a day
 * later); a deposit that comes after that still counts if the tier has room then, else it goes to suspense.
 *
 * `depositor`: who will send it, if not the caller (an exchange, a contract). `idempotencyKey`: repeating a request
 * with the same key gives the same commitment.
 * Refuses: NOT_SIGNED_IN, UNKNOWN_TOKEN, UNKNOWN_TIER, AMOUNT_NOT_POSITIVE, AMOUNT_BELOW_MINIMUM {minimum},
 * UNKNOWN_DEPOSITOR, TIER_FULL {room}, TOO_MANY_OPEN_COMMITMENTS {max}, IDEMPOTENCY_KEY_REUSED,
 * IDEMPOTENCY_KEY_TOO_LONG {max}, NOT_SYNCED, STOPPED, RATE_LIMITED {retryAfterMs}.
 */
export const requestCommitCapital = action({
  args: {
    token: v.string(),
    amount: v.int64(),
    tier: v.string(),
    depositor: v.optional(v.string()),
    idempotencyKey: v.optional(v.string()),
  },
  returns: commitmentResult,
  handler: async (ctx, args): Promise<CommitmentResult> => {
    const provider = await requireProvider(ctx);
    const request = parseCommitment(provider, randomId(), args);
    await requireWithinLimit(ctx, "requestCommitCapital", provider);
    return ctx.runMutation(internal.commitments.requests.create, request);
  },
});

/**
 * Ends an open commitment of the caller and gives its capacity back; repeating it is harmless. A deposit that comes for it
 * anyway counts if the tier has room then, else it goes to suspense.
 * Refuses: NOT_SIGNED_IN, NO_COMMITMENT, COMMITMENT_NOT_OPEN {status}, RATE_LIMITED {retryAfterMs}.
 */
export const cancelCommitment = action({
  args: { commitmentId: v.string() },
  returns: v.null(),
  handler: async (ctx, { commitmentId }): Promise<null> => {
    const provider = await requireProvider(ctx);
    await requireWithinLimit(ctx, "cancelCommitment", provider);
    return ctx.runMutation(internal.commitments.requests.cancel, { provider, commitmentId });
  },
});

/**
 * Reserves `amount` of a position and authorises its withdrawal for one hour of block time, and returns the
 * `withdraw-funds` call for the wallet to sign. Asking again for the same amount gives the open authorisation again.
 *
 * Refuses: NOT_SIGNED_IN, UNKNOWN_TOKEN, UNKNOWN_TIER, AMOUNT_NOT_POSITIVE, NO_POSITION, WITHDRAWAL_ABOVE_MAXIMUM
 * {max, binding}, REMAINDER_BELOW_MINIMUM {minimum, total}, WITHDRAWAL_OPEN {amount, expiresAt},
 * IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_TOO_LONG {max}, NOT_SYNCED, NOT_LAUNCHED, VAULT_PAUSED, STOPPED,
 * RESTORING {until}, RATE_LIMITED {retryAfterMs}.
 */
export const requestWithdrawal = action({
  args: {
    token: v.string(),
    amount: v.int64(),
    tier: v.string(),
    idempotencyKey: v.optional(v.string()),
  },
  returns: authorisedValidator,
  handler: async (ctx, { amount, idempotencyKey, ...args }): Promise<Authorised> => {
    const provider = await requireProvider(ctx);
    const token = accepted(parseToken(args.token));
    const from = { kind: "position" as const, tier: accepted(parseTier(args.tier)) };
    await requireWithinLimit(ctx, "requestWithdrawal", provider);
    const request = { provider, token, amount, from, authorizationId: randomId(), idempotencyKey };
    return ctx.runMutation(internal.withdrawals.requests.authorise, request);
  },
});

/**
 * As `requestWithdrawal`, of the caller's suspense: deposits that no commitment claimed. No tier's terms apply to it.
 *
 * Refuses: NOT_SIGNED_IN, UNKNOWN_TOKEN, AMOUNT_NOT_POSITIVE, WITHDRAWAL_ABOVE_MAXIMUM {max, binding}, WITHDRAWAL_OPEN
 * {amount, expiresAt}, IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_TOO_LONG {max}, NOT_SYNCED, NOT_LAUNCHED, VAULT_PAUSED,
 * STOPPED, RESTORING {until}, RATE_LIMITED {retryAfterMs}.
 */
export const requestSuspenseWithdrawal = action({
  args: { token: v.string(), amount: v.int64(), idempotencyKey: v.optional(v.string()) },
  returns: authorisedValidator,
  handler: async (ctx, { amount, idempotencyKey, ...args }): Promise<Authorised> => {
    const provider = await requireProvider(ctx);
    const token = accepted(parseToken(args.token));
    await requireWithinLimit(ctx, "requestWithdrawal", provider);
    const from = { kind: "suspense" as const };
    const request = { provider, token, amount, from, authorizationId: randomId(), idempotencyKey };
    return ctx.runMutation(internal.withdrawals.requests.authorise, request);
  },
});

/**
 * Takes back a withdrawal of the caller that is not paid yet, and says what has become of it. Its signature is out, so
 * first the vault has to revoke it: the amount returns when that is final, or, if the wallet was faster, it is paid after
 * all. Harmless to repeat.
 *
 * Refuses: NOT_SIGNED_IN, NO_WITHDRAWAL, RATE_LIMITED {retryAfterMs}.
 */
export const cancelWithdrawal = action({
  args: { withdrawalId: v.string() },
  returns: cancelledValidator,
  handler: async (ctx, { withdrawalId }): Promise<Cancelled> => {
    const provider = await requireProvider(ctx);
    await requireWithinLimit(ctx, "cancelWithdrawal", provider);
    return ctx.runMutation(internal.withdrawals.requests.cancel, { provider, withdrawalId });
  },
});

/**
 * What the caller could withdraw of a position now: `max` is accepted and 1 more refused, and `binding` says why; 0 if
 * nothing is. Where all of it can go `max` is all of it, although amounts just below would leave less than
 * `minimumPosition` behind. `total`, `available` and `onHold` in base units; `holdUntil` (when all of it is free) and
 * `asOf` in ms of block time. It changes with every block: ask once, don't subscribe.
 *
 * Refuses: NOT_SIGNED_IN, UNKNOWN_TOKEN, UNKNOWN_TIER, NO_POSITION, WITHDRAWAL_OPEN {amount, expiresAt}, NOT_SYNCED,
 * NOT_LAUNCHED, VAULT_PAUSED, STOPPED, RESTORING {until}.
 */
export const quoteWithdrawal = query({
  args: { token: v.string(), tier: v.string() },
  returns: quoteValidator,
  handler: async (ctx, args) => {
    const provider = await requireProvider(ctx);
    const token = accepted(parseToken(args.token));
    const from = { kind: "position" as const, tier: accepted(parseTier(args.tier)) };
    return quoteOf(ctx, { provider, token, from });
  },
});

/**
 * Puts `amount` of the caller's own suspense (deposits that no commitment claimed) into a tier, under its minimum hold;
 * `freeAt`: block time from which it may leave the tier, ms. `idempotencyKey`: repeating a request with the same key gives
 * the same answer.
 * Refuses: NOT_SIGNED_IN, UNKNOWN_TOKEN, UNKNOWN_TIER, AMOUNT_NOT_POSITIVE, ASSIGNMENT_ABOVE_SUSPENSE {max},
 * POSITION_BELOW_MINIMUM {minimum, missing}, TIER_FULL {room}, IDEMPOTENCY_KEY_REUSED,
 * IDEMPOTENCY_KEY_TOO_LONG {max}, NOT_SYNCED, STOPPED, RATE_LIMITED {retryAfterMs}.
 */
export const assignSuspense = action({
  args: { token: v.string(), amount: v.int64(), tier: v.string(), idempotencyKey: v.optional(v.string()) },
  returns: moveResult,
  handler: async (ctx, { token: tokenText, tier, amount, idempotencyKey }): Promise<MoveResult> => {
    const provider = await requireProvider(ctx);
    const token = accepted(parseToken(tokenText));
    const to = accepted(parseTier(tier));
    await requireWithinLimit(ctx, "assignSuspense", provider);
    const request = { provider, token, amount, from: "suspense" as const, to, idempotencyKey };
    return ctx.runMutation(internal.moves.requests.create, request);
  },
});

/**
 * Moves `amount` of the caller's free capital to another tier, at once, under that tier's minimum hold; what is reserved,
 * locked or still on hold can't move. Nothing stays behind, or at least the tier's minimum. `freeAt` and `idempotencyKey` as
 * with assignSuspense.
 * Refuses: NOT_SIGNED_IN, UNKNOWN_TOKEN, UNKNOWN_TIER, AMOUNT_NOT_POSITIVE, SAME_TIER, NO_POSITION, MOVE_ABOVE_MAXIMUM
 * {max, binding}, REMAINDER_BELOW_MINIMUM {minimum, total}, POSITION_BELOW_MINIMUM {minimum, missing}, TIER_FULL {room},
 * IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_TOO_LONG {max}, NOT_SYNCED, STOPPED, RATE_LIMITED {retryAfterMs}.
 */
export const moveCapital = action({
  args: {
    token: v.string(),
    amount: v.int64(),
    fromTier: v.string(),
    toTier: v.string(),
    idempotencyKey: v.optional(v.string()),
  },
  returns: moveResult,
  handler: async (ctx, { fromTier, toTier, amount, idempotencyKey, ...args }): Promise<MoveResult> => {
    const provider = await requireProvider(ctx);
    const token = accepted(parseToken(args.token));
    const from = accepted(parseTier(fromTier));
    const to = accepted(parseTier(toTier));
    await requireWithinLimit(ctx, "moveCapital", provider);
    const request = { provider, token, amount, from, to, idempotencyKey };
    return ctx.runMutation(internal.moves.requests.create, request);
  },
});

/**
 * Says whether new policies may be put behind a position of the caller. One that does not accept them keeps those that it
 * backs, and what they free stays free. Repeating is harmless.
 * Refuses: NOT_SIGNED_IN, UNKNOWN_TOKEN, UNKNOWN_TIER, NO_POSITION, RATE_LIMITED {retryAfterMs}.
 */
export const setAcceptingPolicies = action({
  args: { token: v.string(), tier: v.string(), accepting: v.boolean() },
  returns: v.null(),
  handler: async (ctx, args): Promise<null> => {
    const provider = await requireProvider(ctx);
    const token = accepted(parseToken(args.token));
    const tier = accepted(parseTier(args.tier));
    await requireWithinLimit(ctx, "setAcceptingPolicies", provider);
    const { accepting } = args;
    return ctx.runMutation(internal.positions.requests.setAccepting, { provider, token, tier, accepting });
  },
});

/**
 * The caller's own capital: positions, open commitments and withdrawals, deposits that are on-chain but not final, and
 * suspense (deposits that no commitment claims; they are the caller's). `asOf` is block time in ms. Refuses: NOT_SIGNED_IN.
 */
export const getProviderPortfolio = query({
  args: {},
  returns: portfolioValidator,
  handler: async (ctx) => portfolioOf(ctx, await requireProvider(ctx)),
});

/** The pool, a row a token, as of the last event in the books. `lastSyncTimestamp` is that event's block time, ms. */
export const getPoolStats = query({
  args: {},
  returns: v.array(
    v.object({
      token: tokenValidator,
      totalBalanceOnChain: v.int64(),
      totalLocked: v.int64(),
      totalAvailable: v.int64(),
      lastSequence: v.int64(),
      lastSyncTimestamp: v.number(),
    }),
  ),
  handler: (ctx) => poolMetrics(ctx),
});

/**
 * What is in each tier, six rows (seed 003's `tierMetrics`). Capital, locked, yield and capacity in base units; capacity
 * null: any amount. Utilisation is locked by capital in millionths, rounded up. Providers: positions that are not empty.
 */
export const getTierStats = query({
  args: {},
  returns: v.array(v.object(tierMetricsFields)),
  handler: (ctx) => tierStats(ctx),
});

/**
 * The most that one policy can get locked behind it in a tier now (`largestLock`, base units: at most 256 positions share one,
 * and one settlement can pay it), and whether `requiredCollateral`, or anything, fits. Ask once, don't subscribe.
 * Refuses: UNKNOWN_TIER, UNKNOWN_TOKEN, NOT_SYNCED, NOT_LAUNCHED, VAULT_PAUSED.
 */
export const getTierAvailability = query({
  args: { tier: v.string(), token: v.string(), requiredCollateral: v.optional(v.int64()) },
  returns: availabilityValidator,
  handler: (ctx, { tier, token, requiredCollateral }) =>
    tierAvailability(ctx, { tier: accepted(parseTier(tier)), token: accepted(parseToken(token)) }, requiredCollateral),
});

/**
 * What each tier asks of capital now, six rows: the most that it takes in all (base units; null: any), the smallest
 * position (base units), and for how many seconds of block time capital stays once it has arrived.
 */
export const getTierTerms = query({
  args: {},
  returns: v.array(v.object(tierTermsFields)),
  handler: (ctx) => allTerms(ctx),
});

/**
 * The newest three-way proof of each token (DESIGN section 4): `held` at the vault's address covers `counted` by the
 * contract, and `counted` = `booked` + `pending` (not final yet), also for what is locked (`locks`), all at block `blockHeight` (`asOf`: its time, ms).
 */
export const getProof = query({
  args: {},
  returns: v.array(v.object({ ...proofFields, asOf: v.number() })),
  handler: async (ctx) =>
    (await latestProofs(ctx)).map(({ _id, _creationTime, blockTime, ...proof }) => ({
      ...proof,
      asOf: blockTime * 1_000,
    })),
});

/**
 * How far the books are behind the chain: the last sequence in them (`watermark`) and the last one seen, the heights of
 * the chain's tip and of its newest final block, and `asOf`, the block time (ms) of the tip of the last look that left
 * nothing unread: the lag is the reader's clock less that. `halted` is why sync stopped, null while it goes on.
 * Changes with every look at a new block, so subscribe to it where just that is shown.
 */
export const getSyncStatus = query({ args: {}, returns: syncStatusValidator, handler: (ctx) => syncStatus(ctx) });
