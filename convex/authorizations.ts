/**
 * What this backend has let out of the vault, for whoever sees a payment on the chain and wants to know whether it was
 * decided here: a guardian's watcher, first of all. Nobody can list them, as an id is 63 random bits.
 */
import { v } from "convex/values";
import { query } from "./_generated/server";
import { authorizationsOf, authorizationValidator } from "./withdrawals/views";

/**
 * The authorisations with these ids, a row each; an id that is not this backend's is left out. `amount` in base units,
 * `expiresAt` in unix seconds of block time: from then on the vault pays it no more. Needs no session.
 * Refuses: TOO_MANY_IDS {max}.
 */
export const get = query({
  args: { ids: v.array(v.int64()) },
  returns: v.array(authorizationValidator),
  handler: (ctx, { ids }) => authorizationsOf(ctx, ids),
});
