/** The queries and the mutation of which a statement is made, each within a transaction's budget. */
import { v } from "convex/values";
import { foldMovements } from "../../src/domain/statements";
import { internalMutation, internalQuery } from "../_generated/server";
import { refuseWith } from "../functions";
import { requireMirror } from "../sync/model";
import { causeOf, checkpointUpTo, movementsAfter, recordCheckpoint, requireOwners, settledTime } from "./model";
import { balanceValidator, placeValidator } from "./schema";

/** Postings that one fold reads, and one page of lines: these read an event each too, at most. */
const FOLDED = 3_000;
export const PAGE = 500;

const from = v.object({ before: v.number(), balances: v.array(balanceValidator) });

/**
 * How far the books are, and what is known of the provider up to the beginning of a period (unix seconds): `from` is where the
 * fold of its opening begins. Refuses NOT_SYNCED, STATEMENTS_NOT_READY, PERIOD_IN_FUTURE {tip}.
 */
export const begin = internalQuery({
  args: { provider: v.string(), at: v.number() },
  returns: v.object({ tip: v.number(), settled: v.number(), from }),
  handler: async (ctx, { provider, at }) => {
    const mirror = await requireMirror(ctx);
    await requireOwners(ctx);
    const tip = mirror.tip.time;
    if (at > tip) {
      const message = `The period begins after the newest block, which is of ${new Date(tip * 1_000).toISOString()}. Choose an earlier beginning.`;
      refuseWith({ code: "PERIOD_IN_FUTURE", message, tip: tip * 1_000 });
    }
    const known = await checkpointUpTo(ctx, provider, at);
    const { before = 0, balances = [] } = known ?? {};
    return { tip, settled: await settledTime(ctx, mirror), from: { before, balances } };
  },
});

/** What balances become by the next postings before a time; `next` is null when that is all. */
export const fold = internalQuery({
  args: { provider: v.string(), balances: v.array(balanceValidator), after: placeValidator, before: v.number() },
  returns: v.object({
    balances: v.array(balanceValidator),
    next: v.union(v.null(), placeValidator),
    read: v.number(),
  }),
  handler: async (ctx, { provider, balances, after, before }) => {
    const { movements, next, read } = await movementsAfter(ctx, provider, { after, before, most: FOLDED });
    return { balances: foldMovements(balances, movements), next, read };
  },
});

/** The next movements of a period with their causes. */
export const page = internalQuery({
  args: { provider: v.string(), after: placeValidator, before: v.number() },
  returns: v.object({
    movements: v.array(
      v.object({
        ...balanceValidator.fields,
        at: v.number(),
        entryId: v.string(),
        txId: v.union(v.null(), v.string()),
        penalty: v.int64(),
      }),
    ),
    next: v.union(v.null(), placeValidator),
  }),
  handler: async (ctx, { provider, after, before }) => {
    const { movements, next } = await movementsAfter(ctx, provider, { after, before, most: PAGE });
    const caused = movements.map(async (movement) => ({ ...movement, ...(await causeOf(ctx, movement)) }));
    return { movements: await Promise.all(caused), next };
  },
});

export const keep = internalMutation({
  args: { provider: v.string(), before: v.number(), balances: v.array(balanceValidator) },
  returns: v.null(),
  handler: async (ctx, { provider, before, balances }) => {
    await recordCheckpoint(ctx, provider, before, balances);
    return null;
  },
});
