/** A provider's statement: what happened to its money in a period, by the entries of the books (src/domain/statements.ts). */
import { v } from "convex/values";
import { parsePeriod } from "../src/domain/periods";
import { action } from "./_generated/server";
import { accepted } from "./functions";
import { requireProvider } from "./providers/model";
import { requireWithinLimit } from "./rateLimits/model";
import { type StatementPage, statementPage } from "./statements/pages";
import { statementPageValidator } from "./statements/schema";

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
