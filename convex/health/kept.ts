/** What the policies behind which a position stands keep of its free capital. Reads only. */
import { spareOf } from "../../src/domain/health";
import { UNDERLYING_OF } from "../../src/domain/policies";
import type { Doc } from "../_generated/dataModel";
import type { QueryCtx } from "../_generated/server";
import { requireGoodPrice } from "../prices/model";
import { rulesOf } from "../tiers/model";
import { type Health, healthOf } from "./model";

type Position = Doc<"positions">;

/** Null where it stands behind no policy that runs. */
async function rowOf(ctx: QueryCtx, position: Position): Promise<Health | null> {
  return position.policies === 0 ? null : healthOf(ctx, position._id);
}

/**
 * What a position can put behind one more policy and be Healthy at this price, base units. Without a price nothing, where
 * it stands behind another.
 */
export async function spareAt(ctx: QueryCtx, position: Position, priceUsdMicros: bigint | null): Promise<bigint> {
  const row = await rowOf(ctx, position);
  if (row === null) return position.available;
  if (priceUsdMicros === null) return 0n;
  return spareOf(row.exposures, position.available, priceUsdMicros, await rulesOf(ctx, position));
}

/**
 * What of its free capital may leave a position: what stays leaves it Healthy; nothing in a MarginCall, or worse.
 * Refuses NO_GOOD_PRICE {ageMs?} if it stands behind a policy that runs.
 * @param nowMs unix milliseconds
 */
export async function letGo(ctx: QueryCtx, position: Position, nowMs: number): Promise<bigint> {
  const row = await rowOf(ctx, position);
  if (row === null) return position.available;
  if (row.status === "MarginCall" || row.status === "Liquidating") return 0n;
  const { priceUsdMicros } = await requireGoodPrice(ctx, UNDERLYING_OF[position.token], nowMs);
  return spareOf(row.exposures, position.available, priceUsdMicros, await rulesOf(ctx, position));
}
