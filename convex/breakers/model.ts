/**
 * What stops by itself when something is wrong, until an operator resets it with a reason, and what stops after a
 * restore until it is safe. The only writer of both; every change is in the trail of privileged acts.
 */
import type { Infer } from "convex/values";
import { type Act, BACKEND, clippedReason } from "../../src/domain/audit";
import { afterFinal, afterTip, beginRestore, type Restore } from "../../src/domain/restore";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { type Facts, recordAct } from "../audit/model";
import { refuseWith } from "../functions";
import { notifyOperators } from "../notifications/model";
import type { capabilityValidator } from "./schema";

/** Who does it, and why. */
type Author = Pick<Act, "actor" | "reason">;

export type Capability = Infer<typeof capabilityValidator>;

/** All that moves money or promises it: what stops when the books themselves are in doubt. */
export const MONEY: Capability[] = ["commit", "withdraw", "policies", "settle"];

const CAPABILITIES: Capability[] = [...MONEY, "sync"];

/** Refuses UNKNOWN_CAPABILITY. */
export function requireCapability(text: string): Capability {
  const message = `There is no breaker "${text}". Choose one of: ${CAPABILITIES.join(", ")}.`;
  return CAPABILITIES.find((known) => known === text) ?? refuseWith({ code: "UNKNOWN_CAPABILITY", message });
}

/** Reasons beyond the first that a tripped breaker puts into the trail: one that changes with each look must not fill it. */
const MAX_LATER_REASONS = 20;

function rowOf(ctx: QueryCtx, capability: Capability) {
  return ctx.db
    .query("breakers")
    .withIndex("by_capability", (q) => q.eq("capability", capability))
    .unique();
}

/** The reason why a capability is stopped, null when it is not. */
export async function trippedReason(ctx: QueryCtx, capability: Capability): Promise<string | null> {
  const row = await rowOf(ctx, capability);
  return row?.tripped ? row.reason : null;
}

async function set(ctx: MutationCtx, capability: Capability, tripped: boolean, reason: string) {
  const row = await rowOf(ctx, capability);
  const fields = { capability, tripped, reason, laterReasons: [], changedAt: Date.now() };
  if (row) await ctx.db.replace("breakers", row._id, fields);
  else await ctx.db.insert("breakers", fields);
}

/** Says whether that has stopped it, is one more reason for it, or was known. */
async function stop(ctx: MutationCtx, capability: Capability, reason: string): Promise<"stopped" | "later" | "known"> {
  const row = await rowOf(ctx, capability);
  const { laterReasons = [] } = row ?? {};
  if (row?.tripped) {
    const isFull = laterReasons.length === MAX_LATER_REASONS;
    if (row.reason === reason || laterReasons.includes(reason) || isFull) return "known";
    await ctx.db.patch("breakers", row._id, { laterReasons: [...laterReasons, reason] });
  } else {
    console.error(`Breaker "${capability}" tripped: ${reason}`);
    await set(ctx, capability, true, reason);
  }
  await recordAct(ctx, { act: "breakers.trip", actor: BACKEND, reason, facts: { capability } });
  return row?.tripped ? "later" : "stopped";
}

/** What has happened, where operators are told of that and not only of what is stopped by it. */
interface Cause {
  /** The notification's. */
  kind: string;
  facts?: Facts;
}

/** Stops a capability, as `tripAll` does. */
export function trip(ctx: MutationCtx, capability: Capability, why: string, cause?: Cause) {
  return tripAll(ctx, [capability], why, cause);
}

/**
 * Stops capabilities. The first reason of each is kept, as what follows is usually its consequence; each later one goes into
 * the trail, once. Operators hear once of what goes there, whatever it stops.
 */
export async function tripAll(ctx: MutationCtx, capabilities: Capability[], why: string, cause?: Cause) {
  const reason = clippedReason(why);
  const stopped: Capability[] = [];
  let isNew = false;
  for (const capability of capabilities) {
    const outcome = await stop(ctx, capability, reason);
    if (outcome === "stopped") stopped.push(capability);
    isNew ||= outcome !== "known";
  }
  if (!isNew) return;
  const kind = cause?.kind ?? (stopped.length > 0 ? "breakers.tripped" : "breakers.laterReason");
  await notifyOperators(ctx, { kind, facts: { ...cause?.facts, reason, stopped: stopped.join(", ") } });
}

/** An operator's act: recorded whether or not something was stopped already. */
export async function tripByHand(ctx: MutationCtx, capability: Capability, { actor, reason }: Author) {
  await recordAct(ctx, { act: "breakers.trip", actor, reason, facts: { capability } });
  if ((await trippedReason(ctx, capability)) !== null) return;
  await set(ctx, capability, true, reason);
  await notifyOperators(ctx, { kind: "breakers.tripped", facts: { actor, reason, stopped: capability } });
}

export async function reset(ctx: MutationCtx, capability: Capability, { actor, reason }: Author) {
  const was = await trippedReason(ctx, capability);
  await recordAct(ctx, { act: "breakers.reset", actor, reason, facts: { capability, wasTripped: was !== null } });
  if (was !== null) await set(ctx, capability, false, reason);
}

/** Refuses what a tripped breaker stops. */
export async function requireClosed(ctx: QueryCtx, capability: Capability) {
  const reason = await trippedReason(ctx, capability);
  if (reason === null) return;
  refuseWith({
    code: "STOPPED",
    message: `This is stopped until an operator has looked into it: ${reason} Your balances stand; try again later.`,
    capability,
  });
}

/** What is stopped and why, for operators. */
export async function stoppedNow(ctx: QueryCtx) {
  const rows = await ctx.db.query("breakers").take(CAPABILITIES.length);
  const breakers = rows.filter(({ tripped }) => tripped);
  const restore = (await restoreRow(ctx))?.state ?? null;
  return {
    breakers: breakers.map(({ capability, reason, laterReasons = [], changedAt }) => ({
      capability,
      reason,
      laterReasons,
      since: changedAt,
    })),
    restore,
  };
}

function restoreRow(ctx: QueryCtx) {
  return ctx.db.query("restores").unique();
}

async function setRestore(ctx: MutationCtx, state: Restore) {
  const row = await restoreRow(ctx);
  if (row) await ctx.db.replace("restores", row._id, { state });
  else await ctx.db.insert("restores", { state });
}

/** No signature from here on, until looks at the chain have shown that it is safe. */
export async function forbidSigning(ctx: MutationCtx, signedUpTo: number, author: Author) {
  await recordAct(ctx, { act: "restore.begin", ...author, facts: { signedUpTo } });
  await setRestore(ctx, beginRestore((await restoreRow(ctx))?.state ?? null, signedUpTo));
  await notifyOperators(ctx, { kind: "restore.begun", facts: { ...author } });
}

/** To be called for each look that reached the tip; not for what is taken up later of an earlier look. */
export async function noteTip(ctx: MutationCtx, tip: number) {
  const row = await restoreRow(ctx);
  if (row) await setRestore(ctx, afterTip(row.state, tip));
}

/** To be called when every event up to a final block is in the books. Block time, unix seconds. */
export async function noteFinal(ctx: MutationCtx, final: number) {
  const row = await restoreRow(ctx);
  if (!row || afterFinal(row.state, final)) return;
  await ctx.db.delete("restores", row._id);
  const reason = "Every authorisation signed before the restore is in the books or has expired.";
  await recordAct(ctx, { act: "restore.end", actor: BACKEND, reason, facts: {} });
  await notifyOperators(ctx, { kind: "restore.ended", facts: { reason } });
}

/** Refuses RESTORING {until} while the rule after a restore forbids every signature; `until` in unix seconds, once known. */
export async function requireSigningAllowed(ctx: QueryCtx) {
  const row = await restoreRow(ctx);
  if (!row) return;
  const { state } = row;
  const message =
    "The service was restored from a backup, and signs nothing until what it signed before can't be used any more: " +
    "about an hour. Your balances stand; try again later.";
  refuseWith({ code: "RESTORING", message, ...(state.kind === "waiting" && { until: state.until }) });
}
