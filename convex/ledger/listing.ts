/** Accounts that stand for principals, for operators: whose suspense waits, and who owes what left without us. Reads only. */
import type { PaginationOptions } from "convex/server";
import { type Infer, v } from "convex/values";
import type { Token } from "../../src/domain/tokens";
import type { QueryCtx } from "../_generated/server";
import { paged, tokenValidator } from "../functions";

/** `amount`: base units, above 0: in suspense it is the principal's, of a breach the principal owes it. */
export const principalAmountValidator = v.object({ principal: v.string(), token: tokenValidator, amount: v.int64() });
type Row = Infer<typeof principalAmountValidator>;

/** The character after the slash: names that begin with the prefix lie below it. */
const BEHIND_SLASH = "0";

/**
 * A page of the principals that have something in their account of this kind, by name. An account stays when it is emptied,
 * and each principal has one a token, so a page may hold fewer than were asked for, or none, and not be the last.
 */
export async function listPrincipals(
  ctx: QueryCtx,
  { kind, token, page }: { kind: "suspense" | "breach"; token: Token; page: PaginationOptions },
) {
  const accounts = ctx.db
    .query("accounts")
    .withIndex("by_name_and_token", (q) => q.gt("name", `${kind}/`).lt("name", `${kind}${BEHIND_SLASH}`));
  const listed = await paged(accounts, page);
  const rows = listed.page.filter((row) => row.token === token && row.balance !== 0n);
  return { ...listed, page: rows.map(({ name, balance }): Row => shown(kind, name, token, balance)) };
}

/** A breach is booked as what the principal is credited with: nothing, less what it took. */
function shown(kind: "suspense" | "breach", name: string, token: Token, balance: bigint): Row {
  return { principal: name.slice(`${kind}/`.length), token, amount: kind === "breach" ? -balance : balance };
}
