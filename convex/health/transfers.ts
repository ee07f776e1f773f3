/**
 * Takes policies off positions in liquidation, at mark: one policy of one position a mutation, as long as there are any.
 * The vault hears nothing of it, as what is locked there stays. Without a taker the backing stays too: its lock still
 * covers the buyer.
 */
import { type Infer, v } from "convex/values";
import { capitalOf, type Exposure, joined, lockNeed, needOf } from "../../src/domain/health";
import type { PolicyRules } from "../../src/domain/policies";
import { type Market, volatilityOf } from "../../src/domain/premium";
import { type Transfer, transferAtMark, transferEntry } from "../../src/domain/transfer";
import { internal } from "../_generated/api";
import type { Id } from "../_generated/dataModel";
import { internalMutation, type MutationCtx } from "../_generated/server";
import { trippedReason } from "../breakers/model";
import { earn } from "../earnings/model";
import { underlyingValidator } from "../functions";
import { Books } from "../ledger/model";
import { notify } from "../notifications/model";
import { type Allocated, allocate } from "../policies/allocation";
import { type Backing, backingsOf, MAX_BACKINGS, replaceBacking, requirePolicy } from "../policies/model";
import { requirePositionOf } from "../positions/model";
import { realisedVolatility } from "../prices/model";
import { rulesOf } from "../tiers/model";
import { addExposure, dueBy, type Health, healthOf, MAX_EXPOSURES, recordStuck, removeExposure, renew } from "./model";
import { type Moment, momentOf } from "./moment";
import { judge } from "./monitor";

/** Looks for takers of one policy before it is given up for now: those that a look finds unfit are left out of the next. */
const LOOKS = 3;
/** A position that nobody takes over from is looked at again so much later, and one whose lock is on its way; seconds. */
const RETRY_SECONDS = 600;
const WAIT_SECONDS = 60;

/** How far the policies of one position are. */
const progressValidator = v.object({
  positionId: v.id("positions"),
  /** Policies that could not be transferred, and how many of them may be when their locks have arrived. */
  tried: v.array(v.int64()),
  waiting: v.number(),
});
type Progress = Infer<typeof progressValidator>;

/** The next transfer, and after it the one after that. */
export const next = internalMutation({
  args: { underlying: underlyingValidator, progress: v.optional(progressValidator) },
  returns: v.null(),
  handler: async (ctx, { underlying, progress }) => {
    const moment = await momentOf(ctx, underlying);
    // Where the books are in doubt nothing moves; the watch looks again.
    if (!moment || (await trippedReason(ctx, "settle")) !== null) return null;
    const row = await rowOf(ctx, moment, progress);
    if (!row) {
      // Who found no taker now adds to its locks what it has free.
      await ctx.scheduler.runAfter(0, internal.health.monitor.run, { underlying });
      return null;
    }
    const begun =
      progress?.positionId === row.positionId ? progress : { positionId: row.positionId, tried: [], waiting: 0 };
    const left = await step(ctx, row, begun, moment);
    await ctx.scheduler.runAfter(0, internal.health.transfers.next, { underlying, ...(left && { progress: left }) });
    return null;
  },
});

async function rowOf(ctx: MutationCtx, { token, at }: Moment, progress: Progress | undefined): Promise<Health | null> {
  const begun = progress && (await healthOf(ctx, progress.positionId));
  if (begun?.status === "Liquidating") return begun;
  const [due] = await dueBy(ctx, token, { status: "Liquidating", at }, 1);
  return due ?? null;
}

/** Transfers one policy, or finds that it can't be. Null: the position is done for now. */
async function step(ctx: MutationCtx, row: Health, progress: Progress, moment: Moment): Promise<Progress | null> {
  const rules = await rulesOf(ctx, row);
  const exposure = neediest(row, progress.tried, { price: moment.price, rules });
  if (!exposure) {
    await putOff(ctx, row, progress, moment.at);
    return null;
  }
  const outcome = await transfer(ctx, row, { exposure, rules, moment });
  if (outcome !== "moved") {
    const waiting = progress.waiting + (outcome === "waiting" ? 1 : 0);
    return { ...progress, tried: [...progress.tried, exposure.policyId], waiting };
  }
  const left = await healthOf(ctx, row.positionId);
  if (!left) return null;
  // It gives no more away than it must.
  return (await judge(ctx, left, moment)).status === "Liquidating" ? progress : null;
}

/** What asks for most of what was not tried yet. */
function neediest(
  { exposures }: Health,
  tried: bigint[],
  { price, rules }: { price: bigint; rules: PolicyRules },
): Exposure | undefined {
  const need = (exposure: Exposure) => lockNeed(exposure, price, rules.marginCallBuffer, rules.floorRate);
  const [first, ...others] = exposures.filter(({ policyId }) => !tried.includes(policyId));
  return first && others.reduce((most, exposure) => (need(exposure) > need(most) ? exposure : most), first);
}

async function putOff(ctx: MutationCtx, row: Health, { tried, waiting }: Progress, at: number) {
  if (waiting === tried.length) await renew(ctx, row, at, { dueAt: at + WAIT_SECONDS });
  else await recordStuck(ctx, row, { dueAt: at + RETRY_SECONDS, at });
}

interface Leaving {
  exposure: Exposure;
  rules: PolicyRules;
  moment: Moment;
}

type Outcome = "moved" | "waiting" | "refused";

async function transfer(ctx: MutationCtx, row: Health, leaving: Leaving): Promise<Outcome> {
  const { exposure, moment } = leaving;
  const policy = await requirePolicy(ctx, exposure.policyId);
  const backings = await backingsOf(ctx, exposure.policyId);
  const backing = backings.find(({ positionId }) => positionId === row.positionId);
  // What is exercised or has expired pays soon, by a price that may be known already.
  const isRunning = policy.status === "active" && moment.at < policy.expiresAt;
  if (!backing || !isRunning || backing.reserved > 0n) return "waiting";
  const found = await findTakers(ctx, row, { ...leaving, backing, backings });
  if (!found) return "refused";
  const { takers, settled } = found;
  const books = new Books(ctx);
  await earn(ctx, books, policy, moment.at);
  const { token, positionId } = row;
  await books.book(transferEntry({ token, cause: backing._id, positionId, lock: backing.locked }, settled), moment.at);
  await replaceBacking(
    ctx,
    backing,
    takers.map(({ lock: locked, ...taker }) => ({ ...taker, locked })),
  );
  await removeExposure(ctx, positionId, exposure.policyId, moment.at);
  for (const taker of takers) await addExposure(ctx, taker.positionId, shareOf(exposure, taker), moment.at);
  await books.writeBalances();
  await tell(ctx, row, exposure, settled);
  return "moved";
}

function shareOf(
  { policyId, strikeUsdMicros, expiresAt }: Exposure,
  { quantity, coverage, lock }: Allocated,
): Exposure {
  return { policyId, strikeUsdMicros, expiresAt, quantity, coverage, lock };
}

interface Found {
  takers: Allocated[];
  settled: Transfer;
}

/** Positions that are Healthy with it, and what they are paid; null where there are none, or the leaver can't pay them. */
async function findTakers(
  ctx: MutationCtx,
  row: Health,
  { exposure, rules, moment, backing, backings }: Leaving & { backing: Backing; backings: Backing[] },
): Promise<Found | null> {
  const { tier, token, positionId } = row;
  const { available } = await requirePositionOf(ctx, positionId);
  const market = await marketOf(ctx, exposure, { rules, moment });
  const leaver = { lock: backing.locked, available };
  const exclude = [positionId];
  for (let look = 0; look < LOOKS; look++) {
    const found = await allocate(ctx, { tier, token, put: exposure, lock: backing.locked, exclude });
    if (!found.ok || found.value.length + backings.length > MAX_BACKINGS) return null;
    const takers = found.value;
    const parts = takers.map((taker) => ({ id: taker.positionId, put: shareOf(exposure, taker), lock: taker.lock }));
    const settled = transferAtMark(leaver, parts, { market, penaltyRate: rules.penalty });
    if (!settled.ok) return null;
    const unfit = await unfitOf(ctx, { takers, settled: settled.value }, { exposure, rules, moment });
    if (unfit.length === 0) return { takers, settled: settled.value };
    exclude.push(...unfit);
  }
  return null;
}

async function marketOf(
  ctx: MutationCtx,
  { expiresAt }: Exposure,
  { rules, moment }: Pick<Leaving, "rules" | "moment">,
): Promise<Market> {
  const { underlying, price, at, nowMs } = moment;
  const realised = await realisedVolatility(ctx, underlying, nowMs);
  const volatility = volatilityOf({ configured: rules.volatility, ...realised });
  return { priceUsdMicros: price, volatility, seconds: Math.max(0, expiresAt - at) };
}

/** Takers that would not be Healthy afterwards. */
async function unfitOf(ctx: MutationCtx, { takers, settled }: Found, leaving: Leaving): Promise<Id<"positions">[]> {
  const unfit: Id<"positions">[] = [];
  for (const [n, taker] of takers.entries()) {
    const paid = settled.takers[n]?.paid ?? 0n;
    if (!(await isFit(ctx, taker, { ...leaving, paid }))) unfit.push(taker.positionId);
  }
  return unfit;
}

async function isFit(
  ctx: MutationCtx,
  taker: Allocated,
  { exposure, rules, moment, paid }: Leaving & { paid: bigint },
): Promise<boolean> {
  const { available, healthStatus } = await requirePositionOf(ctx, taker.positionId);
  const left = available - taker.lock + paid;
  const exposures = joined((await healthOf(ctx, taker.positionId))?.exposures ?? [], shareOf(exposure, taker));
  if (healthStatus !== "Healthy" || left < 0n || exposures.length > MAX_EXPOSURES) return false;
  return capitalOf(left, exposures) >= needOf(exposures, moment.price, rules.warningBuffer, rules.floorRate);
}

async function tell(
  ctx: MutationCtx,
  row: Health,
  { policyId, lock }: Exposure,
  { takers, penalty, returned }: Transfer,
) {
  const { tier, token, positionId } = row;
  const { provider } = await requirePositionOf(ctx, positionId);
  const facts = { tier, token, policyId, lock, penalty, returned };
  await notify(ctx, { provider, kind: "health.policyTransferred", facts });
  for (const taker of takers) {
    const { provider: to } = await requirePositionOf(ctx, taker.id as Id<"positions">);
    const given = { tier, token, policyId, lock: taker.lock, paid: taker.paid };
    await notify(ctx, { provider: to, kind: "health.policyTakenOver", facts: given });
  }
}
