/**
 * Tells those behind settled policies what each has paid. By itself, as a policy may have 256 of them: the batch that books
 * the settlements has no room for as many reads.
 */
import { type Infer, v } from "convex/values";
import { internal } from "../_generated/api";
import type { Id } from "../_generated/dataModel";
import { internalMutation, type MutationCtx } from "../_generated/server";
import { postingsOf } from "../ledger/model";
import { notify } from "../notifications/model";
import { requirePositionOf } from "../positions/model";
import { MAX_BACKINGS } from "./model";

/** A settlement's event, whose entry says who has paid. */
const settledValidator = v.object({ sequence: v.int64(), policyId: v.int64() });
export type Settled = Infer<typeof settledValidator>;

/** Three pockets of each position, and what is not a position's. */
const MOST_POSTINGS = 3 * MAX_BACKINGS + 5;
/** Providers after whom no other settlement is begun. */
const ENOUGH = 100;

/** Scheduled in the transaction that books the settlements. What is too much for once follows at once. */
export const tell = internalMutation({
  args: { settled: v.array(settledValidator) },
  returns: v.null(),
  handler: async (ctx, { settled }) => {
    let done = 0;
    for (let told = 0; done < settled.length && told < ENOUGH; done += 1) {
      told += await tellPayers(ctx, settled[done] as Settled);
    }
    const left = settled.slice(done);
    if (left.length > 0) await ctx.scheduler.runAfter(0, internal.policies.payers.tell, { settled: left });
    return null;
  },
});

/** @returns how many it has told */
async function tellPayers(ctx: MutationCtx, { sequence, policyId }: Settled): Promise<number> {
  const postings = await postingsOf(ctx, `settlement:${sequence}`, MOST_POSTINGS);
  const paid = new Map<Id<"positions">, bigint>();
  for (const { account, amount } of postings) {
    const [kind, id] = account.split("/");
    if (kind !== "position") continue;
    const positionId = id as Id<"positions">;
    paid.set(positionId, (paid.get(positionId) ?? 0n) - amount);
  }
  const payers = [...paid].filter(([, amount]) => amount > 0n);
  for (const [positionId, amount] of payers) {
    const { provider, token, tier } = await requirePositionOf(ctx, positionId);
    await notify(ctx, { provider, kind: "policy.payoutBorne", facts: { policyId, token, tier, amount } });
  }
  return payers.length;
}
