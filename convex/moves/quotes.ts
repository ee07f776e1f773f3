/** What can be moved now: what a move in the next transaction is held to. Reads only. */
import { type Infer, type ObjectType, v } from "convex/values";
import { leastArrival, quoteAssignment, quoteDeparture } from "../../src/domain/moves";
import type { QueryCtx } from "../_generated/server";
import { requireClosed } from "../breakers/model";
import { letGo } from "../health/kept";
import { accountBalance } from "../ledger/model";
import { findPosition, requirePosition } from "../positions/model";
import { requireMirror } from "../sync/model";
import { roomIn, termsOf } from "../tiers/model";
import { NOTHING, refuseSameTier } from "./model";
import type { moveRequest } from "./schema";

/** Base units. `least`: what has to arrive at least; 0: any amount. `minimumPosition`: what else has to stay behind. */
export const moveQuoteValidator = v.object({
  max: v.int64(),
  binding: v.union(
    v.literal("available"),
    v.literal("hold"),
    v.literal("health"),
    v.literal("minimum"),
    v.literal("capacity"),
  ),
  least: v.int64(),
  minimumPosition: v.int64(),
  /** Block time, ms. */
  asOf: v.number(),
});

type Way = Pick<ObjectType<typeof moveRequest>, "provider" | "token" | "from" | "to">;

export async function quoteOf(
  ctx: QueryCtx,
  { provider, token, from, to }: Way,
): Promise<Infer<typeof moveQuoteValidator>> {
  await requireClosed(ctx, "commit");
  if (from === to) refuseSameTier(to);
  const now = (await requireMirror(ctx)).tip.time;
  const target = { provider, tier: to, token };
  const room = await roomIn(ctx, target);
  const there = { ...((await findPosition(ctx, target)) ?? NOTHING), ...(await termsOf(ctx, target)) };
  const arrival = { least: leastArrival(there), asOf: now * 1_000 };
  if (from === "suspense") {
    const suspense = await accountBalance(ctx, { kind: "suspense", principal: provider }, token);
    return { ...quoteAssignment(suspense, room), ...arrival, minimumPosition: 0n };
  }
  const position = await requirePosition(ctx, { provider, tier: from, token });
  const { minimumPosition } = await termsOf(ctx, position);
  const source = { ...position, minimumPosition, notNeeded: await letGo(ctx, position, now * 1_000) };
  return { ...quoteDeparture(source, now, room), ...arrival, minimumPosition };
}
