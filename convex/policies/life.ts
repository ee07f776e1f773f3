/**
 * What time and prices do to policies, each in bounded batches: quotes lapse and policies expire by final blocks, payouts
 * are fixed by prices. Only what is final decides here, as nothing of it can be taken back; so a policy expires a little
 * later than its buyer can exercise it last, at the price of the same minute.
 */
import { v } from "convex/values";
import { UNDERLYINGS, type Underlying } from "../../src/domain/policies";
import { unbackingEntry } from "../../src/domain/policyEntries";
import { internal } from "../_generated/api";
import { internalMutation, type MutationCtx } from "../_generated/server";
import { underlyingValidator } from "../functions";
import { Books } from "../ledger/model";
import { notify } from "../notifications/model";
import { expiryPrice, firstPriceAfter, latestPrice } from "../prices/model";
import { requireMirror } from "../sync/model";
import {
  backingsOf,
  changePolicy,
  endBacking,
  exercisedBefore,
  expiredBy,
  expiringOf,
  MAX_BACKINGS,
  type Policy,
  quotesExpiredBy,
} from "./model";
import { fixOutcome, requestCollateralRelease } from "./settlement";

/** Policies that one mutation looks at; it stops when it has touched as many backings as one policy may have. */
const BATCH = 50;

/**
 * To be called when every event up to a final block of this time is in the books: until then a premium may still turn out
 * to be paid. What is too much for once waits for the next look.
 * @param finalTime block time of that final block, unix seconds
 */
export async function expirePolicies(ctx: MutationCtx, finalTime: number) {
  await lapseQuotes(ctx, finalTime);
  const expired = await expiredBy(ctx, "active", finalTime, BATCH);
  for (const policy of expired) await changePolicy(ctx, policy, { status: "expiring" });
  for (const underlying of UNDERLYINGS) {
    const isOne = (policy: Policy) => policy.underlying === underlying;
    if (expired.some(isOne)) await ctx.scheduler.runAfter(0, internal.policies.life.fixOutcomes, { underlying });
  }
  let touched = 0;
  for (const policy of await expiredBy(ctx, "worthless", finalTime, BATCH)) {
    touched += await requestCollateralRelease(ctx, policy);
    if (touched >= MAX_BACKINGS) return;
  }
}

/** Returns what stands behind quotes whose premium can't be paid any more. */
async function lapseQuotes(ctx: MutationCtx, finalTime: number) {
  const books = new Books(ctx);
  let touched = 0;
  for (const policy of await quotesExpiredBy(ctx, finalTime, BATCH)) {
    const backings = await backingsOf(ctx, policy.policyId);
    const parts = backings.map(({ positionId, reserved }) => ({ positionId, amount: reserved }));
    await books.book(unbackingEntry(policy, parts), finalTime);
    for (const backing of backings) await endBacking(ctx, backing);
    await changePolicy(ctx, policy, { status: "lapsed" });
    const { policyId, buyer: provider, premium, token } = policy;
    await notify(ctx, { provider, kind: "policy.lapsed", facts: { policyId, token, premium } });
    touched += backings.length;
    if (touched >= MAX_BACKINGS) break;
  }
  await books.writeBalances();
}

/** A price was accepted: it fixes what waited for it. Called by prices, in the transaction that records it. */
export async function onPrice(ctx: MutationCtx, underlying: Underlying) {
  if (await fixDue(ctx, underlying))
    await ctx.scheduler.runAfter(0, internal.policies.life.fixOutcomes, { underlying });
}

/** What a price or an expiry has left over. */
export const fixOutcomes = internalMutation({
  args: { underlying: underlyingValidator },
  returns: v.null(),
  handler: async (ctx, { underlying }) => {
    await onPrice(ctx, underlying);
    return null;
  },
});

/** Fixes the payouts that can be told, the oldest first, and says whether some may be left. */
async function fixDue(ctx: MutationCtx, underlying: Underlying): Promise<boolean> {
  const latest = await latestPrice(ctx, underlying);
  if (!latest) return false;
  const exercised = await exercisedBefore(ctx, underlying, { ms: latest.publishedAtMs, most: BATCH });
  const expiring = await expiringOf(ctx, underlying, BATCH);
  let touched = 0;
  let fixed = 0;
  for (const policy of [...exercised, ...expiring]) {
    const price = await decidingPrice(ctx, policy);
    if (!price) continue;
    const { tip } = await requireMirror(ctx);
    touched += await fixOutcome(ctx, policy, price.priceUsdMicros, tip.time);
    fixed += 1;
    if (touched >= MAX_BACKINGS) return true;
  }
  return fixed > 0 && (exercised.length === BATCH || expiring.length === BATCH);
}

/** The price that the payout is fixed at; null while it can't be told. */
async function decidingPrice(ctx: MutationCtx, { underlying, status, exercisedAtMs, expiresAt }: Policy) {
  if (status === "exercising" && exercisedAtMs !== null) {
    const first = await firstPriceAfter(ctx, underlying, exercisedAtMs);
    if (!first || first.publishedAtMs < expiresAt * 1_000) return first;
  }
  return expiryPrice(ctx, underlying, expiresAt);
}
