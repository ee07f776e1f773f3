/** How far the audit of the books is, and what it found: the only writer of `auditPasses` and `auditResults`. */
import { confirmed, wrongSums } from "../../../src/domain/bookAudit";
import { TIERS } from "../../../src/domain/tiers";
import { TOKENS } from "../../../src/domain/tokens";
import type { Doc } from "../../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../../_generated/server";
import { MONEY, tripAll } from "../../breakers/model";
import { backedLocks, bookedTotal } from "../../ledger/model";
import { tierMetricsOf } from "../../tiers/model";
import { authorisedTotal } from "../../withdrawals/model";
import type { Progress, Sum } from "../schema";

export type Pass = Doc<"auditPasses">;

/** Of one page, so many are told one by one; the rest are counted. */
const MAX_TOLD = 5;
const DIFFERENCE = { kind: "audit.difference" };

export function passRow(ctx: QueryCtx): Promise<Pass | null> {
  return ctx.db.query("auditPasses").unique();
}

export function lastResult(ctx: QueryCtx): Promise<Doc<"auditResults"> | null> {
  return ctx.db.query("auditResults").unique();
}

/** What the sums over all documents have to come to now. */
async function expectedSums(ctx: QueryCtx): Promise<Sum[]> {
  const sums: Sum[] = [];
  const expect = (name: string, expected: bigint | number) =>
    sums.push({ name, expected: BigInt(expected), found: 0n });
  for (const token of TOKENS) {
    expect(`owed ${token}`, await bookedTotal(ctx, token));
    expect(`reserved ${token}`, await authorisedTotal(ctx, token));
    expect(`backed ${token}`, await backedLocks(ctx, token));
    for (const tier of TIERS) {
      const metrics = await tierMetricsOf(ctx, { tier, token });
      expect(`capital ${tier} ${token}`, metrics.totalCapital_virtual);
      expect(`locked ${tier} ${token}`, metrics.totalLocked_virtual);
      expect(`providers ${tier} ${token}`, metrics.providerCount);
    }
  }
  return sums;
}

/** The pass under way, or a new one as of now where none is. */
export async function requirePass(ctx: MutationCtx): Promise<Pass> {
  const row = await passRow(ctx);
  if (row && row.finishedAt === null) return row;
  const newest = await ctx.db.query("postings").order("desc").first();
  const progress: Progress = {
    phase: "accounts",
    after: 0,
    partial: null,
    sums: await expectedSums(ctx),
    checked: { accounts: 0, positions: 0, policies: 0, entries: 0, postings: 0 },
    differences: 0,
  };
  const fields = {
    step: (row?.step ?? 0) + 1,
    startedAt: Date.now(),
    finishedAt: null,
    moment: newest?._creationTime ?? 0,
    progress,
  };
  if (row) await ctx.db.replace("auditPasses", row._id, fields);
  const id = row?._id ?? (await ctx.db.insert("auditPasses", fields));
  return (await ctx.db.get("auditPasses", id)) as Pass;
}

/**
 * Records what a page found, once, and stops what moves money if it found a difference. Says whether another pass has to
 * follow at once, as sums that are wrong wait to be confirmed.
 */
export async function recordPage(
  ctx: MutationCtx,
  { step, progress, faults, isLast }: { step: number; progress: Progress; faults: string[]; isLast: boolean },
): Promise<boolean> {
  const row = await passRow(ctx);
  if (row?.step !== step) return false;
  for (const fault of faults.slice(0, MAX_TOLD))
    await tripAll(ctx, MONEY, `The audit of the books: ${fault}`, DIFFERENCE);
  const differences = progress.differences + faults.length;
  const next = { ...row, step: step + 1, progress: { ...progress, differences } };
  if (!isLast) {
    await ctx.db.replace("auditPasses", row._id, next);
    return false;
  }
  const finishedAt = Date.now();
  await ctx.db.replace("auditPasses", row._id, { ...next, finishedAt });
  return recordResult(ctx, { ...next, finishedAt });
}

async function recordResult(ctx: MutationCtx, { startedAt, finishedAt, progress }: Pass & { finishedAt: number }) {
  const before = await lastResult(ctx);
  const wrong = wrongSums(progress.sums);
  const certain = confirmed(wrong, before?.wrongSums ?? []);
  for (const { name, expected, found } of certain) {
    const fault = `${name} should come to ${expected}, but comes to ${found}.`;
    await tripAll(ctx, MONEY, `The audit of the books: ${fault}`, DIFFERENCE);
  }
  const { checked } = progress;
  const differences = progress.differences + certain.length;
  const fields = { startedAt, finishedAt, checked, differences, wrongSums: wrong };
  if (before) await ctx.db.replace("auditResults", before._id, fields);
  else await ctx.db.insert("auditResults", fields);
  return wrong.some(({ name }) => !before?.wrongSums.some((known) => known.name === name));
}
