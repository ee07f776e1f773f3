/** The only writer of moves: each is one entry between a provider's own accounts, booked in the same transaction. */
import type { ObjectType } from "convex/values";
import { NO_HOLD } from "../../src/domain/holds";
import { checkIdempotencyKey } from "../../src/domain/idempotency";
import { assignmentEntry, moveEntry } from "../../src/domain/ledger";
import { checkArrival, checkAssignment, checkDeparture } from "../../src/domain/moves";
import type { Tier } from "../../src/domain/tiers";
import { checkAmount } from "../../src/domain/tokens";
import type { Doc, Id } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { accepted, refuseWith } from "../functions";
import { letGo } from "../health/kept";
import { accountBalance, applyEntry } from "../ledger/model";
import { arriveAt, findPosition, openPosition, type PositionKey, requirePosition } from "../positions/model";
import { requireMirror } from "../sync/model";
import { requireRoom, termsOf } from "../tiers/model";
import type { moveRequest } from "./schema";

export type MoveRequest = ObjectType<typeof moveRequest>;
type Move = Doc<"moves">;

/**
 * Moves capital into a tier, out of suspense or out of another tier. The same idempotency key of the same provider gives
 * the same move again.
 */
export async function moveCapital(ctx: MutationCtx, request: MoveRequest): Promise<Move> {
  const repeated = await findByKey(ctx, request);
  if (repeated) return repeated;
  const { provider, token, amount, to } = request;
  accepted(checkAmount(amount));
  const at = (await requireMirror(ctx)).tip.time;
  const target = { provider, tier: to, token };
  const source = await requireSource(ctx, request, at);
  await requireFit(ctx, target, amount);

  const positionId = await openPosition(ctx, target);
  const freeAt = await arriveAt(ctx, positionId, amount, at);
  const id = await ctx.db.insert("moves", { ...request, at, freeAt });
  const entry =
    source === "suspense"
      ? assignmentEntry(id, token, { principal: provider, positionId, amount })
      : moveEntry(id, token, { from: source, to: positionId, amount });
  await applyEntry(ctx, entry, at);
  return (await ctx.db.get("moves", id)) as Move;
}

async function findByKey(ctx: QueryCtx, request: MoveRequest): Promise<Move | null> {
  const { provider, idempotencyKey, token, amount, from, to } = request;
  if (idempotencyKey === undefined) return null;
  accepted(checkIdempotencyKey(idempotencyKey));
  const known = await ctx.db
    .query("moves")
    .withIndex("by_provider_and_key", (q) => q.eq("provider", provider).eq("idempotencyKey", idempotencyKey))
    .unique();
  if (!known) return null;
  if (known.token === token && known.amount === amount && known.from === from && known.to === to) return known;
  return refuseWith({
    code: "IDEMPOTENCY_KEY_REUSED",
    message: "This idempotency key was used for another move or assignment. Use a fresh key for a new one.",
  });
}

/** Where the amount comes from, once it is sure that it can go. */
async function requireSource(
  ctx: QueryCtx,
  { provider, token, amount, from, to }: MoveRequest,
  now: number,
): Promise<"suspense" | Id<"positions">> {
  if (from === "suspense") {
    accepted(
      checkAssignment(amount, token, await accountBalance(ctx, { kind: "suspense", principal: provider }, token)),
    );
    return from;
  }
  if (from === to) refuseSameTier(to);
  const position = await requirePosition(ctx, { provider, tier: from, token });
  const { minimumPosition } = await termsOf(ctx, position);
  const notNeeded = await letGo(ctx, position, Math.max(Date.now(), now * 1_000));
  accepted(checkDeparture(amount, token, { ...position, minimumPosition, notNeeded }, now));
  return position._id;
}

export function refuseSameTier(tier: Tier): never {
  return refuseWith({ code: "SAME_TIER", message: `It is in ${tier} already. Choose another tier to move to.` });
}

/** A position that was never opened. */
export const NOTHING = { available: 0n, reserved: 0n, locked: 0n, hold: NO_HOLD };

async function requireFit(ctx: QueryCtx, target: PositionKey, amount: bigint) {
  const { minimumPosition } = await termsOf(ctx, target);
  const there = (await findPosition(ctx, target)) ?? NOTHING;
  accepted(checkArrival(amount, target.token, { ...there, minimumPosition }));
  await requireRoom(ctx, target, amount);
}
