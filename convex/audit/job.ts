/**
 * The audit of the books: documents are folds of entries, and totals are sums of documents. A cron does a page at a time;
 * an operator can have it all done at once. What it finds stops what moves money, and is in the trail.
 */
import { v } from "convex/values";
import { internal } from "../_generated/api";
import { internalAction, internalMutation, internalQuery } from "../_generated/server";
import { recordAct } from "./model";
import { lastResult, passRow, recordPage, requirePass } from "./passes/model";
import { readPage } from "./passes/page";
import { actorAndReason, auditTables, progressValidator } from "./schema";

const pageValidator = v.object({
  step: v.number(),
  progress: progressValidator,
  faults: v.array(v.string()),
  isLast: v.boolean(),
});

/** Where the pass is that a page continues; begins one where none is under way. */
export const begin = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    await requirePass(ctx);
    return null;
  },
});

/** A query, so that the single writer of the books never waits for it, nor it for the writer. */
export const look = internalQuery({
  args: {},
  returns: v.union(v.null(), pageValidator),
  handler: async (ctx) => {
    const pass = await passRow(ctx);
    return pass && pass.finishedAt === null ? { step: pass.step, ...(await readPage(ctx, pass)) } : null;
  },
});

/** Says whether another pass has to follow at once. */
export const record = internalMutation({
  args: pageValidator.fields,
  returns: v.boolean(),
  handler: (ctx, page) => recordPage(ctx, page),
});

/** So many transactions of one run, a fraction of a second each. */
const PAGES_PER_RUN = 20;

/** Some pages. `untilDone`: goes on until the pass is over, and the one that confirms it. */
export const run = internalAction({
  args: { untilDone: v.boolean() },
  returns: v.null(),
  handler: async (ctx, { untilDone }) => {
    await ctx.runMutation(internal.audit.job.begin, {});
    for (let n = 0; n < PAGES_PER_RUN; n += 1) {
      const page = await ctx.runQuery(internal.audit.job.look, {});
      if (page === null) return null;
      const isDoubtful = await ctx.runMutation(internal.audit.job.record, page);
      if (isDoubtful) await ctx.scheduler.runAfter(0, internal.audit.job.run, { untilDone: true });
      if (page.isLast) return null;
    }
    if (untilDone) await ctx.scheduler.runAfter(0, internal.audit.job.run, { untilDone });
    return null;
  },
});

/** Audits everything now; `result` shows when it is done. Refuses: ACT_INCOMPLETE {field}, ACT_TOO_LONG {field, max}. */
export const start = internalMutation({
  args: actorAndReason,
  returns: v.null(),
  handler: async (ctx, author) => {
    await recordAct(ctx, { act: "audit.start", ...author, facts: {} });
    await ctx.scheduler.runAfter(0, internal.audit.job.run, { untilDone: true });
    return null;
  },
});

export const resultValidator = v.union(
  v.null(),
  v.object({ _id: v.id("auditResults"), _creationTime: v.number(), ...auditTables.auditResults.validator.fields }),
);

/** The last pass that went through everything; null before there was one. Times are server time, ms. */
export const result = internalQuery({
  args: {},
  returns: resultValidator,
  handler: (ctx) => lastResult(ctx),
});
