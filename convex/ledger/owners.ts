/** Whose a posting is and when it was booked, for documents from before both stood in it. Reads only. */
import type { Doc, Id } from "../_generated/dataModel";
import type { QueryCtx } from "../_generated/server";

const OF_PRINCIPAL = new Set(["suspense", "reserved", "breach"]);
/** Stored as `reserved/<account>`, as are principals' reserves: the treasury's are nobody's. */
const OF_TREASURY = new Set(["insurance", "fees"]);

async function ownerOf(ctx: QueryCtx, account: string): Promise<string | undefined> {
  const [kind = "", id = ""] = account.split("/");
  if (kind === "position") return (await ctx.db.get("positions", id as Id<"positions">))?.provider;
  return OF_PRINCIPAL.has(kind) && !OF_TREASURY.has(id) ? id : undefined;
}

/** What such a posting lacks; nothing, where it has it. */
export async function withOwner(ctx: QueryCtx, { entryId, account, at }: Doc<"postings">) {
  if (at !== undefined) return {};
  const entry = await ctx.db
    .query("entries")
    .withIndex("by_entry_id", (q) => q.eq("entryId", entryId))
    .unique();
  if (!entry) throw new Error(`There is no entry ${entryId}`);
  const owner = await ownerOf(ctx, account);
  return owner === undefined ? { at: entry.at } : { at: entry.at, owner };
}
