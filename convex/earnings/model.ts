/**
 * What premiums earn: booked lazily, as what anyone gets follows from what is earned in all (src/domain/earnings.ts).
 * Whoever changes what stands behind a policy calls `earn` first, so that who leaves keeps what it earned. The only writer
 * of collections, by which yield becomes capital.
 */
import type { ObjectType } from "convex/values";
import { earnedAt, splitEarning } from "../../src/domain/earnings";
import { checkIdempotencyKey } from "../../src/domain/idempotency";
import { type Account, collectionEntry, type Entry, makeEntry, type Posting } from "../../src/domain/ledger";
import type { Doc } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { accepted, refuseWith } from "../functions";
import { applyEntry, type Books } from "../ledger/model";
import { backingsOf, type Policy, recordEarned } from "../policies/model";
import { requirePosition } from "../positions/model";
import { requireMirror } from "../sync/model";
import { rulesOf } from "../tiers/model";
import type { collectionRequest } from "./schema";

const yieldOf = (positionId: string): Account => ({ kind: "position", positionId, pocket: "yield" });

/** Books what makes the policy's earned premium come to `earned`, by what stands behind it now; says for how many positions. */
async function bookEarned(
  ctx: MutationCtx,
  books: Books,
  policy: Policy,
  { earned, until, cause }: { earned: bigint; until: number; cause: string },
): Promise<number> {
  const { policyId, token, tier } = policy;
  await recordEarned(ctx, policy, { earned, earnedUntil: until });
  if (earned === policy.earned) return 0;
  const { insuranceShare, feeShare } = await rulesOf(ctx, { tier, token });
  const backings = (await backingsOf(ctx, policyId)).map(({ positionId, coverage }) => ({
    id: positionId as string,
    weight: coverage,
  }));
  const earning = splitEarning({ from: policy.earned, to: earned }, { insuranceShare, feeShare, backings });
  const postings: Posting[] = [
    { account: { kind: "premium", policyId }, amount: policy.earned - earned },
    ...[...earning.backings].map(([id, amount]) => ({ account: yieldOf(id), amount })),
    { account: { kind: "insurance" }, amount: earning.insurance },
    { account: { kind: "fees" }, amount: earning.fees },
  ];
  const entry: Entry = makeEntry(`earning:${policyId}:${cause}`, token, postings);
  if (!(await books.book(entry, until)))
    throw new Error(`${entry.id} is in the books, but the policy has not earned it`);
  return backings.length;
}

/** The policy as it is now: a caller may have read it before another change of the same transaction. */
async function current(ctx: MutationCtx, { _id }: Pick<Policy, "_id">): Promise<Policy | null> {
  const policy = await ctx.db.get("policies", _id);
  return policy?.startedAt == null ? null : policy;
}

/**
 * Books what a policy's premium has earned since the last time, to what stands behind it now; says for how many positions.
 * The caller writes the balances. Before the premium, at an earlier time and at the same again it does nothing.
 * @param until block time, unix seconds
 */
export async function earn(
  ctx: MutationCtx,
  books: Books,
  policy: Pick<Policy, "_id">,
  until: number,
): Promise<number> {
  const known = await current(ctx, policy);
  if (known?.startedAt == null || until <= known.earnedUntil) return 0;
  const { premium, startedAt, expiresAt } = known;
  const linear = earnedAt(premium, { startedAt, expiresAt, at: until });
  // After an exercise all of it is earned, whatever the time.
  const earned = linear > known.earned ? linear : known.earned;
  return bookEarned(ctx, books, known, { earned, until, cause: String(until) });
}

/**
 * Books all that is left of a premium, when a policy's payout is fixed. The caller writes the balances.
 * @param at block time, unix seconds
 */
export async function earnRest(ctx: MutationCtx, books: Books, policy: Pick<Policy, "_id">, at: number): Promise<void> {
  const known = await current(ctx, policy);
  if (known === null || known.earned === known.premium) return;
  await bookEarned(ctx, books, known, { earned: known.premium, until: at, cause: "rest" });
}

export type CollectionRequest = ObjectType<typeof collectionRequest>;
type Collection = Doc<"collections">;

/**
 * Makes all the yield that a position has accrued its free capital: whatever its tier's capacity, as no new money comes in,
 * and under no hold. The same idempotency key of the same provider gives the same collection again.
 */
export async function collect(ctx: MutationCtx, request: CollectionRequest): Promise<Collection> {
  const repeated = await findByKey(ctx, request);
  if (repeated) return repeated;
  const { token, tier } = request;
  const at = (await requireMirror(ctx)).tip.time;
  const { _id: positionId, accruedYield: amount } = await requirePosition(ctx, request);
  if (amount === 0n) {
    const message = `Your ${token} in ${tier} has earned nothing that is not collected. Premiums are booked about once a day.`;
    refuseWith({ code: "NOTHING_TO_COLLECT", message });
  }
  const id = await ctx.db.insert("collections", { ...request, amount, at });
  await applyEntry(ctx, collectionEntry(id, token, { positionId, amount }), at);
  return (await ctx.db.get("collections", id)) as Collection;
}

async function findByKey(ctx: QueryCtx, request: CollectionRequest): Promise<Collection | null> {
  const { provider, idempotencyKey, token, tier } = request;
  if (idempotencyKey === undefined) return null;
  accepted(checkIdempotencyKey(idempotencyKey));
  const known = await ctx.db
    .query("collections")
    .withIndex("by_provider_and_key", (q) => q.eq("provider", provider).eq("idempotencyKey", idempotencyKey))
    .unique();
  if (!known || (known.token === token && known.tier === tier)) return known;
  return refuseWith({
    code: "IDEMPOTENCY_KEY_REUSED",
    message: "This idempotency key was used for another position. Use a fresh key for a new one.",
  });
}
