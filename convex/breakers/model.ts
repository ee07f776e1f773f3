/** Breakers: what stops by itself when something is wrong, until an operator resets it with a reason. */
import type { Infer } from "convex/values";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { refuseWith } from "../functions";
import type { capabilityValidator } from "./schema";

export type Capability = Infer<typeof capabilityValidator>;

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
  const fields = { capability, tripped, reason, changedAt: Date.now() };
  if (row) await ctx.db.replace(row._id, fields);
  else await ctx.db.insert("breakers", fields);
}

/** Keeps the first reason: what follows is usually its consequence. */
export async function trip(ctx: MutationCtx, capability: Capability, reason: string) {
  if (await trippedReason(ctx, capability)) return;
  console.error(`Breaker "${capability}" tripped: ${reason}`);
  await set(ctx, capability, true, reason);
}

export async function reset(ctx: MutationCtx, capability: Capability, reason: string) {
  await set(ctx, capability, false, reason);
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
