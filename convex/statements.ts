/** What happened to a provider's money, by the entries of the books (src/domain/statements.ts): lately, and in a period. */
import { paginationOptsValidator, paginationResultValidator } from "convex/server";
import { v } from "convex/values";
import { activityKindOf } from "../src/domain/activity";
import { parsePeriod } from "../src/domain/periods";
import { unbalancedLine } from "../src/domain/statements";
import { action, query } from "./_generated/server";
import { accepted, tokenValidator } from "./functions";
import { requireProvider } from "./providers/model";
import { requireWithinLimit } from "./rateLimits/model";
import { causeOf, latestMovements, requireOwners } from "./statements/model";
import { type StatementPage, statementPage } from "./statements/pages";
import { activityKindValidator, activityLineValidator, statementPageValidator } from "./statements/schema";

/**
 * A page of the caller's own statement. `from` and `to` are days ("2026-01-31", UTC) or times (RFC 3339, whole seconds); `to`
 * is not part of the period. The first page has no `cursor`; each next one has the last one's, until it is null.
 *
 * Each page adds up by itself: `opening` + `lines` = `closing`, base units, every account by its pockets, and goes on where the
 * last one ended. A line's `at`, `from`, `to` and `asOf` are ms of block time. While `status` is "provisional" entries of the
 * period may still come; `asOf` is the newest block that was known to the first page.
 * Refuses: NOT_SIGNED_IN, PERIOD_UNREADABLE {which}, PERIOD_BACKWARDS, PERIOD_IN_FUTURE {tip}, BAD_CURSOR,
 * STATEMENT_TOO_LONG, STATEMENTS_NOT_READY, NOT_SYNCED, RATE_LIMITED {retryAfterMs}.
 */
export const getStatement = action({
  args: { from: v.string(), to: v.string(), cursor: v.optional(v.union(v.null(), v.string())) },
  returns: statementPageValidator,
  handler: async (ctx, { from, to, cursor = null }): Promise<StatementPage> => {
    const provider = await requireProvider(ctx);
    await requireWithinLimit(ctx, "getStatement", provider);
    return statementPage(ctx, provider, { ...accepted(parsePeriod({ from, to })), cursor });
  },
});

/**
 * What happened to the caller's money, the newest first: the lines of a statement, without the balances that they lead to.
 * Changes with the caller's own entries only. A page is of so many postings of the books, 100 at most, and has a line for each
 * entry and account, so it has fewer lines than that; with a `kind` (src/domain/activity.ts) it may have none, although there
 * are more pages: `isDone` tells. `token` reads nothing of the other token. Times in ms of block time, amounts base units.
 * Refuses: NOT_SIGNED_IN, STATEMENTS_NOT_READY, PAGE_SIZE_OUT_OF_RANGE {min, max}, BAD_CURSOR.
 */
export const listActivity = query({
  args: {
    paginationOpts: paginationOptsValidator,
    token: v.optional(tokenValidator),
    kind: v.optional(activityKindValidator),
  },
  returns: paginationResultValidator(activityLineValidator),
  handler: async (ctx, { paginationOpts, token, kind }) => {
    const provider = await requireProvider(ctx);
    await requireOwners(ctx);
    const listed = await latestMovements(ctx, provider, { ...paginationOpts, token });
    const wanted = listed.page.filter(({ entryId }) => kind === undefined || activityKindOf(entryId) === kind);
    const lines = wanted.map(async (movement) => unbalancedLine({ ...movement, ...(await causeOf(ctx, movement)) }));
    return { ...listed, page: await Promise.all(lines) };
  },
});
