/** The only writer of commitments. */
import type { ObjectType } from "convex/values";
import { amountTaken } from "../../src/domain/commitments";
import { checkAmount, formatAmount, type Token } from "../../src/domain/tokens";
import type { Doc, Id } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { accepted, refuseWith } from "../functions";
import { openPosition } from "../positions/model";
import { termsOf } from "../tiers/model";
import type { commitmentRequest } from "./schema";

export type CommitmentRequest = ObjectType<typeof commitmentRequest>;

/** A provider's open intents; more than any wallet signs at once. */
const MAX_OPEN = 100;
/** An intent whose deposit never came makes room for new ones after a day. */
const LAPSES_AFTER_MS = 24 * 3_600_000;

export function findCommitment(ctx: QueryCtx, reference: bigint): Promise<Doc<"commitments"> | null> {
  return ctx.db
    .query("commitments")
    .withIndex("by_reference", (q) => q.eq("reference", reference))
    .unique();
}

/** Stores an intent. The same idempotency key of the same provider gives the same commitment again. */
export async function commit(ctx: MutationCtx, request: CommitmentRequest): Promise<Doc<"commitments">> {
  const repeated = await findByKey(ctx, request);
  if (repeated) return repeated;
  accepted(checkAmount(request.amount));
  const { minimumPosition: minimum } = await termsOf(ctx, request);
  if (request.amount < minimum) {
    const shown = `${formatAmount(minimum, request.token)} ${request.token}`;
    refuseWith({ code: "AMOUNT_BELOW_MINIMUM", message: `Commit at least ${shown}.`, minimum });
  }
  if (await findCommitment(ctx, request.reference)) throw new Error(`Reference ${request.reference} is taken`);
  await makeRoom(ctx, request.provider);
  const id = await ctx.db.insert("commitments", { ...request, status: "open" });
  return (await ctx.db.get("commitments", id)) as Doc<"commitments">;
}

async function findByKey(ctx: QueryCtx, request: CommitmentRequest): Promise<Doc<"commitments"> | null> {
  if (request.idempotencyKey === undefined) return null;
  const known = await ctx.db
    .query("commitments")
    .withIndex("by_provider_and_key", (q) =>
      q.eq("provider", request.provider).eq("idempotencyKey", request.idempotencyKey),
    )
    .unique();
  if (!known) return null;
  const same =
    known.token === request.token &&
    known.tier === request.tier &&
    known.amount === request.amount &&
    known.depositor === request.depositor;
  if (same) return known;
  return refuseWith({
    code: "IDEMPOTENCY_KEY_REUSED",
    message: "This idempotency key was used for another commitment. Use a fresh key for a new one.",
  });
}

async function makeRoom(ctx: MutationCtx, provider: string) {
  const open = await ctx.db
    .query("commitments")
    .withIndex("by_provider_and_status", (q) => q.eq("provider", provider).eq("status", "open"))
    .take(MAX_OPEN);
  const [oldest] = open;
  if (open.length < MAX_OPEN || !oldest) return;
  if (Date.now() - oldest._creationTime < LAPSES_AFTER_MS) {
    refuseWith({
      code: "TOO_MANY_OPEN_COMMITMENTS",
      message: `You have ${MAX_OPEN} commitments without a deposit. Deposit for one, or wait until the oldest is a day old.`,
      max: MAX_OPEN,
    });
  }
  await ctx.db.patch("commitments", oldest._id, { status: "lapsed" });
}

/**
 * What a final deposit fulfils: the position that it is for and how much of it. Null where nothing matches.
 * A lapsed intent still takes its deposit: lapsing only makes room.
 */
export async function fulfil(
  ctx: MutationCtx,
  deposit: { reference: bigint; depositor: string; token: Token; amount: bigint },
): Promise<{ positionId: Id<"positions">; amount: bigint } | null> {
  const commitment = await findCommitment(ctx, deposit.reference);
  if (!commitment) return null;
  const amount = amountTaken({ ...commitment, fulfilled: commitment.status === "fulfilled" }, deposit);
  if (amount === 0n) return null;
  await ctx.db.patch("commitments", commitment._id, { status: "fulfilled" });
  const { provider, tier, token } = commitment;
  return { positionId: await openPosition(ctx, { provider, tier, token }), amount };
}
