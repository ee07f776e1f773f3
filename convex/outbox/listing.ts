/** The outbox as operators see it: what waits, what is on its way, what failed, and what keeps it from sending. Reads only. */
import { type Infer, v } from "convex/values";
import type { QueryCtx } from "../_generated/server";
import {
  type Call,
  callsWith,
  findLane,
  formsOf,
  loopRow,
  newestLane,
  type Transaction,
  watchedTransactions,
} from "./model";
import { callStatusValidator, serviceCallValidator, transactionStatusValidator } from "./schema";
import { MOST_WATCHED, serviceSender } from "./turn";

const MOST_CALLS = 50;

const callRow = v.object({
  key: v.string(),
  call: serviceCallValidator,
  status: callStatusValidator,
  aborts: v.number(),
  outcome: v.union(v.null(), v.string()),
});

const transactionRow = v.object({
  nonce: v.number(),
  kind: v.string(),
  status: transactionStatusValidator,
  alarm: v.union(v.null(), v.string()),
  forms: v.array(v.object({ txId: v.string(), feeUstx: v.int64(), refusal: v.union(v.null(), v.string()) })),
});

/**
 * The lane, what is on its way, and at most 50 calls that wait, and that failed, newest first. `paused`: why an operator
 * stopped it; `alarm`: why it sends nothing new by itself; `failures`: turns in a row that failed, and the last one's error.
 */
export const outboxValidator = v.object({
  sender: v.string(),
  nextNonce: v.union(v.null(), v.number()),
  paused: v.union(v.null(), v.string()),
  alarm: v.union(v.null(), v.string()),
  failures: v.number(),
  lastError: v.union(v.null(), v.string()),
  transactions: v.array(transactionRow),
  waiting: v.array(callRow),
  failed: v.array(callRow),
});

const rowOf = ({ key, call, status, aborts, outcome }: Call) => ({ key, call, status, aborts, outcome });

async function shown(ctx: QueryCtx, { _id, nonce, payload, status, alarm }: Transaction) {
  const forms = (await formsOf(ctx, _id)).map(({ txId, feeUstx, refusal }) => ({ txId, feeUstx, refusal }));
  return { nonce, kind: payload.kind, status, alarm, forms };
}

export async function outboxNow(ctx: QueryCtx): Promise<Infer<typeof outboxValidator>> {
  const sender = serviceSender();
  const { nextNonce = null, paused = null, alarm = null } = (await findLane(ctx, sender)) ?? {};
  const { failures = 0, lastError = null } = (await loopRow(ctx)) ?? {};
  const watched = await watchedTransactions(ctx, sender, MOST_WATCHED);
  return {
    ...{ sender, nextNonce, paused, alarm, failures, lastError },
    transactions: await Promise.all(watched.map((transaction) => shown(ctx, transaction))),
    waiting: (await callsWith(ctx, "waiting", MOST_CALLS)).map(rowOf),
    failed: (await callsWith(ctx, "failed", MOST_CALLS)).map(rowOf),
  };
}

/** Whether anything in it needs somebody, and whether somebody has stopped it. */
export async function outboxHealth(ctx: QueryCtx): Promise<{ isAlarmed: boolean; isPaused: boolean }> {
  const lane = await newestLane(ctx);
  if (!lane) return { isAlarmed: false, isPaused: false };
  const watched = await watchedTransactions(ctx, lane.sender, MOST_WATCHED);
  const isAlarmed = lane.alarm !== null || watched.some(({ alarm }) => alarm !== null);
  return { isAlarmed, isPaused: lane.paused !== null };
}
