/** The journal for operators and auditors: every posting that was ever booked, with whose it is. Reads only. */
import { paginationOptsValidator, paginationResultValidator } from "convex/server";
import { type Infer, v } from "convex/values";
import type { Doc } from "../_generated/dataModel";
import { internalQuery, type QueryCtx } from "../_generated/server";
import { paged, tierValidator, tokenValidator } from "../functions";

const LARGEST_PAGE = 500;

/** `amount`: base units credited to the account. `owner`: whose the account is, where it is a position's. */
const postingValidator = v.object({
  entryId: v.string(),
  account: v.string(),
  token: tokenValidator,
  amount: v.int64(),
  owner: v.union(v.null(), v.object({ provider: v.string(), tier: tierValidator })),
});
type Posting = Infer<typeof postingValidator>;

async function ownerOf(ctx: QueryCtx, account: string): Promise<Posting["owner"]> {
  const [kind, id = ""] = account.split("/");
  const positionId = kind === "position" ? ctx.db.normalizeId("positions", id) : null;
  const position = positionId && (await ctx.db.get("positions", positionId));
  return position && { provider: position.provider, tier: position.tier };
}

async function owned(ctx: QueryCtx, rows: Doc<"postings">[]): Promise<Posting[]> {
  return Promise.all(
    rows.map(async ({ entryId, account, token, amount }) => {
      return { entryId, account, token, amount, owner: await ownerOf(ctx, account) };
    }),
  );
}

/**
 * Oldest first, at most 500 a page: `npx convex run ledger/journal:list '{"paginationOpts": {"numItems": 500, "cursor":
 * null}}'`. Postings of one entry stand one after another, on two pages where a page ends between them.
 */
export const list = internalQuery({
  args: { paginationOpts: paginationOptsValidator },
  returns: paginationResultValidator(postingValidator),
  handler: async (ctx, { paginationOpts }) => {
    const { page, isDone, continueCursor } = await paged(ctx.db.query("postings"), paginationOpts, LARGEST_PAGE);
    return { page: await owned(ctx, page), isDone, continueCursor };
  },
});
