/** Positions by their health, for operators. Reads only. */
import type { PaginationOptions } from "convex/server";
import { type Infer, v } from "convex/values";
import type { HealthStatus } from "../../src/domain/health";
import type { Token } from "../../src/domain/tokens";
import type { Doc } from "../_generated/dataModel";
import type { QueryCtx } from "../_generated/server";
import { healthStatusValidator, paged, refuseWith, tierValidator, tokenValidator } from "../functions";
import { requirePositionOf } from "../positions/model";

/** Amounts in base units, prices in micro-dollars, times in ms of block time. */
export const healthRowValidator = v.object({
  provider: v.string(),
  tier: tierValidator,
  token: tokenValidator,
  status: healthStatusValidator,
  /** Capital by what the policies need at a margin call, millionths, at the price known at `asOf`; null: nothing. */
  ratio: v.union(v.null(), v.number()),
  /** At most this price the state is worse, at least this it is better, at most this a lock wants more: 0 and 2^63 - 1 are at none. */
  worseAtUsdMicros: v.int64(),
  betterAtUsdMicros: v.int64(),
  lockAtUsdMicros: v.int64(),
  /** When a margin call has lasted too long, or a transfer is tried next. */
  dueAt: v.union(v.null(), v.number()),
  /** True: it is Liquidating and nobody can take what it backs. */
  isStuck: v.boolean(),
  policies: v.number(),
  available: v.int64(),
  locked: v.int64(),
  asOf: v.number(),
});
type Row = Infer<typeof healthRowValidator>;

const STATUSES = healthStatusValidator.members.map(({ value }) => value);

/** Refuses UNKNOWN_STATUS. */
export function requireHealthStatus(text: string): HealthStatus {
  const message = `There is no health status "${text}". Choose one of: ${STATUSES.join(", ")}.`;
  return STATUSES.find((known) => known === text) ?? refuseWith({ code: "UNKNOWN_STATUS", message });
}

async function shown(ctx: QueryCtx, row: Doc<"health">): Promise<Row> {
  const { provider, available, locked } = await requirePositionOf(ctx, row.positionId);
  const { tier, token, status, ratio, isStuck, worseAt, betterAt, lockAt, dueAt, exposures, asOf } = row;
  return {
    ...{ provider, tier, token, status, ratio, isStuck, available, locked },
    ...{ worseAtUsdMicros: worseAt, betterAtUsdMicros: betterAt, lockAtUsdMicros: lockAt },
    ...{ dueAt: dueAt === null ? null : dueAt * 1_000, policies: exposures.length, asOf: asOf * 1_000 },
  };
}

/** A row may hold a hundred policies, so a page is short. */
const LARGEST_PAGE = 50;

/** A page of the positions of a token in one state, those that are due first. */
export async function listHealth(
  ctx: QueryCtx,
  { token, status, page }: { token: Token; status: HealthStatus; page: PaginationOptions },
) {
  const due = ctx.db
    .query("health")
    .withIndex("by_token_and_status_and_due_at", (q) => q.eq("token", token).eq("status", status));
  const listed = await paged(due, page, LARGEST_PAGE);
  return { ...listed, page: await Promise.all(listed.page.map((row) => shown(ctx, row))) };
}
