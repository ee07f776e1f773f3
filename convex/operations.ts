/**
 * For those who run the deployment, signed in as anybody else: an operator stops and lets go on, a guardian only stops, an
 * admin configures (administration.ts). All three see everything here; nobody moves a provider's money. Each act is recorded
 * with the caller's address, its `reason` and its time, in its own transaction.
 *
 * Every function refuses NOT_SIGNED_IN and, but for getMyRoles, NOT_ALLOWED {roles}. Acts refuse ACT_INCOMPLETE {field},
 * ACT_TOO_LONG {field, max} and, but for those that only stop something, RATE_LIMITED {retryAfterMs}. Ask the queries once,
 * don't subscribe: what they read changes often. Pages hold at most 100 rows;
 * those that are none are refused: PAGE_SIZE_OUT_OF_RANGE {min, max}, BAD_CURSOR.
 */
import { paginationOptsValidator, paginationResultValidator } from "convex/server";
import { type Infer, v } from "convex/values";
import { parseToken } from "../src/domain/tokens";
import { internal } from "./_generated/api";
import { query } from "./_generated/server";
import { resultValidator } from "./audit/job";
import { listActs as listRecorded } from "./audit/model";
import { lastResult } from "./audit/passes/model";
import { actValidator } from "./audit/trail";
import { requireCapability, stoppedNow } from "./breakers/model";
import { stoppedValidator } from "./breakers/schema";
import { accepted } from "./functions";
import { healthRowValidator, listHealth as listPositions, requireHealthStatus } from "./health/listing";
import { listPrincipals, principalAmountValidator } from "./ledger/listing";
import { listAllNotifications } from "./notifications/model";
import { notificationFields } from "./notifications/schema";
import { outboxNow, outboxValidator } from "./outbox/listing";
import { portfolioValidator } from "./positions/portfolio";
import { priceStanding, priceStandingValidator } from "./prices/standing";
import { requireProvider } from "./providers/model";
import { done, seen, stops } from "./providers/privileged";
import { ROLES, rolesOf, roleValidator } from "./providers/roles";
import { syncStanding, syncStandingValidator } from "./sync/standing";
import { exitValidator } from "./treasury/exits";
import { listExits as listTreasuryExits } from "./treasury/model";
import { deliveryValidator } from "./webhooks/control";
import { listDeliveries as listOwed, requireDeliveryStatus } from "./webhooks/model";

const page = { paginationOpts: paginationOptsValidator };

/** The roles of the caller, none for most. */
export const getMyRoles = query({
  args: {},
  returns: v.array(roleValidator),
  handler: async (ctx) => rolesOf(await requireProvider(ctx)),
});

/** What is stopped, why (`laterReasons`: those that followed), since when (ms of server time), and the rule after a restore. */
export const getBreakers = seen({ args: {}, returns: stoppedValidator, handler: (ctx) => stoppedNow(ctx) });

/** What the service sends: the lane, what is on its way, what waits and what failed. */
export const getOutbox = seen({ args: {}, returns: outboxValidator, handler: (ctx) => outboxNow(ctx) });

/** How sync stands: why it is halted, what its looks fail by, how far the books are behind the chain. */
export const getSync = seen({ args: {}, returns: syncStandingValidator, handler: (ctx) => syncStanding(ctx) });

/** The prices that are believed, and what is wrong with their sources. */
export const getPriceSources = seen({
  args: {},
  returns: priceStandingValidator,
  handler: (ctx) => priceStanding(ctx),
});

/** What the last audit that went through all books found; null before there was one. Times in ms of server time. */
export const getAuditResult = seen({ args: {}, returns: resultValidator, handler: (ctx) => lastResult(ctx) });

/** Positions that back policies, of one token in one state; those that are due first. Refuses: UNKNOWN_TOKEN, UNKNOWN_STATUS. */
export const listHealth = seen({
  args: { token: v.string(), status: v.string(), ...page },
  returns: paginationResultValidator(healthRowValidator),
  handler: (ctx, { token, status, paginationOpts }) =>
    listPositions(ctx, {
      token: accepted(parseToken(token)),
      status: requireHealthStatus(status),
      page: paginationOpts,
    }),
});

const principals = {
  args: { token: v.string(), ...page },
  returns: paginationResultValidator(principalAmountValidator),
};

/** Whose suspense waits, by address; the vault's own is surplus. A page may be short and not the last. Refuses: UNKNOWN_TOKEN. */
export const listSuspense = seen({
  ...principals,
  handler: (ctx, { token, paginationOpts }) =>
    listPrincipals(ctx, { kind: "suspense", token: accepted(parseToken(token)), page: paginationOpts }),
});

/** Who owes what left the vault without this backend. A page may be short and not the last. Refuses: UNKNOWN_TOKEN. */
export const listBreaches = seen({
  ...principals,
  handler: (ctx, { token, paginationOpts }) =>
    listPrincipals(ctx, { kind: "breach", token: accepted(parseToken(token)), page: paginationOpts }),
});

/** What anybody was told, newest first; `provider` null: the operators were. */
export const listNotifications = seen({
  args: page,
  returns: paginationResultValidator(v.object({ provider: v.union(v.string(), v.null()), ...notificationFields })),
  handler: (ctx, { paginationOpts }) => listAllNotifications(ctx, paginationOpts),
});

/** Who did what, when (ms of server time) and why, newest first. `act`: only such acts, as "breakers.reset". */
export const listActs = seen({
  args: { act: v.optional(v.string()), ...page },
  returns: paginationResultValidator(actValidator),
  handler: (ctx, { act, paginationOpts }) => listRecorded(ctx, { act, page: paginationOpts }),
});

/** What was asked to leave insurance and fees, newest first; `payment`: what has become of an approved one. */
export const listExits = seen({
  args: page,
  returns: paginationResultValidator(exitValidator),
  handler: (ctx, { paginationOpts }) => listTreasuryExits(ctx, paginationOpts),
});

/** What the webhook was told, or `status` pending, delivered or failed (given up). Refuses: UNKNOWN_STATUS. */
export const listDeliveries = seen({
  args: { status: v.optional(v.string()), ...page },
  returns: paginationResultValidator(deliveryValidator),
  handler: (ctx, { status, paginationOpts }) =>
    listOwed(ctx, { status: status === undefined ? status : requireDeliveryStatus(status), page: paginationOpts }),
});

/** Stops `capability` (commit, withdraw, policies, settle, sync). Any role. Refuses: UNKNOWN_CAPABILITY. */
export const tripBreaker = stops(...ROLES)({
  args: { capability: v.string() },
  returns: v.null(),
  handler: (ctx, { capability, author }): Promise<null> =>
    ctx.runMutation(internal.breakers.control.tripBreaker, { capability: requireCapability(capability), ...author }),
});

/** Lets `capability` go on; what tripped it trips it again, should it persist. Operators. Refuses: UNKNOWN_CAPABILITY. */
export const resetBreaker = done("operator")({
  args: { capability: v.string() },
  returns: v.null(),
  handler: (ctx, { capability, author }): Promise<null> =>
    ctx.runMutation(internal.breakers.control.resetBreaker, { capability: requireCapability(capability), ...author }),
});

/** The outbox sends nothing new until it is resumed; what is on its way is watched. Any role. */
export const pauseOutbox = stops(...ROLES)({
  args: {},
  returns: v.null(),
  handler: (ctx, { author }): Promise<null> => ctx.runMutation(internal.outbox.control.pause, author),
});

/** Operators. */
export const resumeOutbox = done("operator")({
  args: {},
  returns: v.null(),
  handler: (ctx, { author }): Promise<null> => ctx.runMutation(internal.outbox.control.resume, author),
});

/** Takes a waiting call of the outbox back, for good. Operators. Refuses: UNKNOWN_CALL, WRONG_STATUS {status}. */
export const cancelCall = done("operator")({
  args: { key: v.string() },
  returns: v.null(),
  handler: (ctx, { key, author }): Promise<null> => ctx.runMutation(internal.outbox.control.cancel, { key, ...author }),
});

/** Tries a failed call of the outbox once more. Operators. Refuses: UNKNOWN_CALL, WRONG_STATUS {status}. */
export const retryCall = done("operator")({
  args: { key: v.string() },
  returns: v.null(),
  handler: (ctx, { key, author }): Promise<null> => ctx.runMutation(internal.outbox.control.retry, { key, ...author }),
});

/** Audits all books now; `getAuditResult` tells when it is done. Operators. */
export const startAudit = done("operator")({
  args: {},
  returns: v.null(),
  handler: (ctx, { author }): Promise<null> => ctx.runMutation(internal.audit.job.start, author),
});

/** Has a delivery to the webhook that was given up tried again. Operators. Refuses: NO_DELIVERY, WRONG_STATUS {status}. */
export const retryDelivery = done("operator")({
  args: { deliveryId: v.string() },
  returns: v.null(),
  handler: (ctx, { deliveryId, author }): Promise<null> =>
    ctx.runMutation(internal.webhooks.control.retry, { deliveryId, ...author }),
});

/** What getProviderPortfolio shows to `address`, for an operator, who is recorded. Refuses: UNKNOWN_ADDRESS. */
export const readPortfolio = done("operator")({
  args: { address: v.string() },
  returns: portfolioValidator,
  handler: (ctx, { address, author }): Promise<Infer<typeof portfolioValidator>> =>
    ctx.runMutation(internal.positions.requests.read, { address, ...author }),
});
