/** The only writer of corrections: each is one new entry, recorded as an act in the same transaction. */
import type { ObjectType } from "convex/values";
import { checkCorrection } from "../../src/domain/corrections";
import { checkIdempotencyKey } from "../../src/domain/idempotency";
import { correctionEntry } from "../../src/domain/ledger";
import type { Doc, Id } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { recordAct } from "../audit/model";
import { accepted, refuseWith } from "../functions";
import { accountBalance, applyEntry } from "../ledger/model";
import { notify } from "../notifications/model";
import { findPosition } from "../positions/model";
import { requireMirror } from "../sync/model";
import type { correctionRequest } from "./schema";

export type CorrectionRequest = ObjectType<typeof correctionRequest>;
type Correction = Doc<"corrections">;

/** Sets what a principal has free off against its breach. The same idempotency key gives the same correction again. */
export async function correctBreach(
  ctx: MutationCtx,
  request: CorrectionRequest,
  author: { actor: string; reason: string },
): Promise<Correction> {
  const repeated = await findByKey(ctx, request);
  if (repeated) return repeated;
  const { principal, token, amount, tier } = request;
  const at = (await requireMirror(ctx)).tip.time;
  const breach = -(await accountBalance(ctx, { kind: "breach", principal }, token));
  const { positionId, free } = await sourceOf(ctx, request);
  accepted(checkCorrection(amount, token, { breach, free }));
  const left = breach - amount;
  const id = await ctx.db.insert("corrections", { ...request, ...author, at, breach: left });
  await applyEntry(ctx, correctionEntry(id, token, { principal, positionId, amount }), at);
  const facts = { correctionId: id, token, amount, tier, breach: left };
  await recordAct(ctx, { act: "corrections.correctBreach", ...author, facts: { principal, ...facts } });
  await notify(ctx, { provider: principal, kind: "breach.corrected", facts });
  return (await ctx.db.get("corrections", id)) as Correction;
}

/** What the principal itself has free where the correction is to take it from. */
async function sourceOf(
  ctx: QueryCtx,
  { principal, token, tier }: CorrectionRequest,
): Promise<{ positionId: Id<"positions"> | null; free: bigint }> {
  if (tier === null)
    return { positionId: null, free: await accountBalance(ctx, { kind: "suspense", principal }, token) };
  const position = await findPosition(ctx, { provider: principal, tier, token });
  const message = `${principal} has no ${token} in ${tier}. Choose one of its positions, or its suspense.`;
  const { _id, available } = position ?? refuseWith({ code: "NO_POSITION", message });
  return { positionId: _id, free: available };
}

async function findByKey(ctx: QueryCtx, request: CorrectionRequest): Promise<Correction | null> {
  const { principal, token, amount, tier, idempotencyKey } = request;
  if (idempotencyKey === undefined) return null;
  accepted(checkIdempotencyKey(idempotencyKey));
  const known = await ctx.db
    .query("corrections")
    .withIndex("by_key", (q) => q.eq("idempotencyKey", idempotencyKey))
    .unique();
  if (!known) return null;
  if (known.principal === principal && known.token === token && known.amount === amount && known.tier === tier)
    return known;
  return refuseWith({
    code: "IDEMPOTENCY_KEY_REUSED",
    message: "This idempotency key was used for another correction. Use a fresh key for a new one.",
  });
}
