/** The only writer of the outbox's tables, and the reads that its parts share. */
import {
  BATCH_CALLS,
  checkCall,
  type Planned,
  QUEUES,
  type Queue,
  queueOf,
  type ServiceCall,
  sameCall,
} from "../../src/domain/outbox";
import type { SignedTransaction } from "../../src/stacks/serviceCalls";
import { internal } from "../_generated/api";
import type { Doc, Id } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { accepted } from "../functions";
import { notifyOperators } from "../notifications/model";

export type Call = Doc<"outboxCalls">;
export type Transaction = Doc<"outboxTransactions">;
export type Form = Doc<"outboxForms">;
export type Lane = Doc<"outboxLanes">;
export type Loop = Omit<Doc<"outboxLoop">, "_id" | "_creationTime">;

/**
 * Owes a call to the vault. The outbox sends it when it may, as often as it must; whether it happened is told by the
 * vault's event alone. The same key asks once, whatever became of that; for another call it is a bug.
 * @param batchLimit with how many calls it may share a transaction, itself included
 * Refuses: INVALID_CALL.
 */
export async function submit(
  ctx: MutationCtx,
  { key, call, batchLimit = BATCH_CALLS }: { key: string; call: ServiceCall; batchLimit?: number },
): Promise<void> {
  accepted(checkCall(call));
  const known = await findCall(ctx, key);
  if (known && !sameCall(known.call, call)) throw new Error(`The outbox has another call under the key ${key}`);
  if (known) return;
  // While others wait, the loop is awake, and the first of them has told it.
  if (!(await anyWaiting(ctx))) await ctx.scheduler.runAfter(0, internal.outbox.loop.wake, {});
  await ctx.db.insert("outboxCalls", {
    key,
    call,
    queue: queueOf(call),
    policyId: call.kind === "revoke" ? null : call.policyId,
    status: "waiting",
    transactionId: null,
    batchLimit: Math.min(batchLimit, BATCH_CALLS),
    aborts: 0,
    outcome: null,
  });
}

export function findCall(ctx: QueryCtx, key: string): Promise<Call | null> {
  return ctx.db
    .query("outboxCalls")
    .withIndex("by_key", (q) => q.eq("key", key))
    .unique();
}

export function callsWith(ctx: QueryCtx, status: Call["status"], most: number): Promise<Call[]> {
  return ctx.db
    .query("outboxCalls")
    .withIndex("by_status_and_queue", (q) => q.eq("status", status))
    .order("desc")
    .take(most);
}

export async function anyWaiting(ctx: QueryCtx): Promise<boolean> {
  return (await callsWith(ctx, "waiting", 1)).length > 0;
}

/** The oldest that wait in each queue. */
export async function waitingCalls(ctx: QueryCtx, mostOf: (queue: Queue) => number): Promise<Call[]> {
  const queued = QUEUES.map((queue) =>
    ctx.db
      .query("outboxCalls")
      .withIndex("by_status_and_queue", (q) => q.eq("status", "waiting").eq("queue", queue))
      .take(mostOf(queue)),
  );
  return (await Promise.all(queued)).flat();
}

/** Calls of one policy that are not done: more than a policy ever has at a time. */
const MOST_OF_POLICY = 20;

export async function openCallsOfPolicy(ctx: QueryCtx, policyId: bigint): Promise<Call[]> {
  const found = (["waiting", "sent"] as const).map((status) =>
    ctx.db
      .query("outboxCalls")
      .withIndex("by_policy_and_status", (q) => q.eq("policyId", policyId).eq("status", status))
      .take(MOST_OF_POLICY),
  );
  return (await Promise.all(found)).flat();
}

/** A lock is raised now and then as the price falls: more than anybody looks up. */
const MOST_EVER = 60;

/** Calls of one policy, whatever became of them, oldest first. */
export async function callsOfPolicy(ctx: QueryCtx, policyId: bigint): Promise<Call[]> {
  const found = await ctx.db
    .query("outboxCalls")
    .withIndex("by_policy_and_status", (q) => q.eq("policyId", policyId))
    .take(MOST_EVER);
  return found.sort((one, other) => one._creationTime - other._creationTime);
}

/** A lock that two calls raise takes one entry, so a transaction never carries more. */
export function callsOf(ctx: QueryCtx, transactionId: Id<"outboxTransactions">): Promise<Call[]> {
  return ctx.db
    .query("outboxCalls")
    .withIndex("by_transaction", (q) => q.eq("transactionId", transactionId))
    .take(BATCH_CALLS);
}

export async function setCall(
  ctx: MutationCtx,
  { _id, key }: Call,
  fields: Partial<Pick<Call, "status" | "transactionId" | "batchLimit" | "aborts" | "outcome">>,
) {
  if (fields.status === "failed") console.error(`The outbox gave up ${key}: ${fields.outcome}`);
  await ctx.db.patch("outboxCalls", _id, fields);
}

/** What is on its way or may still be taken back; by nonce. */
export async function watchedTransactions(ctx: QueryCtx, sender: string, most: number): Promise<Transaction[]> {
  const found = (["included", "open"] as const).map((status) =>
    ctx.db
      .query("outboxTransactions")
      .withIndex("by_sender_and_status_and_nonce", (q) => q.eq("sender", sender).eq("status", status))
      .take(most),
  );
  return (await Promise.all(found)).flat().sort((one, other) => one.nonce - other.nonce);
}

export async function addTransaction(
  ctx: MutationCtx,
  lane: Pick<Transaction, "sender" | "nonce">,
  { ids, payload }: Planned<Id<"outboxCalls">>,
): Promise<Transaction> {
  const transactionId = await ctx.db.insert("outboxTransactions", { ...lane, payload, status: "open", alarm: null });
  for (const id of ids) await ctx.db.patch("outboxCalls", id, { status: "sent", transactionId });
  return (await ctx.db.get("outboxTransactions", transactionId)) as Transaction;
}

export async function setTransaction(
  ctx: MutationCtx,
  transaction: Transaction,
  fields: Pick<Transaction, "status" | "alarm">,
) {
  const { _id, sender, nonce, status, alarm } = transaction;
  if (status === fields.status && alarm === fields.alarm) return;
  if (fields.alarm !== null && fields.alarm !== alarm) {
    console.error(`The outbox's transaction with nonce ${nonce}: ${fields.alarm}`);
  }
  await ctx.db.patch("outboxTransactions", _id, fields);
  // One that has troubles already is not told again for each new one.
  if (fields.alarm === null || alarm !== null) return;
  await notifyOperators(ctx, { kind: "outbox.alarm", facts: { alarm: fields.alarm, sender, nonce } });
}

/** A fee is raised by half until its limit, so a transaction has few. */
const MOST_FORMS = 40;

/** Oldest first. */
export function formsOf(ctx: QueryCtx, transactionId: Id<"outboxTransactions">): Promise<Form[]> {
  return ctx.db
    .query("outboxForms")
    .withIndex("by_transaction", (q) => q.eq("transactionId", transactionId))
    .take(MOST_FORMS);
}

export async function addForm(
  ctx: MutationCtx,
  transactionId: Id<"outboxTransactions">,
  signed: SignedTransaction,
): Promise<Form> {
  const id = await ctx.db.insert("outboxForms", { transactionId, ...signed, sentAt: null, refusal: null });
  return (await ctx.db.get("outboxForms", id)) as Form;
}

export async function recordReply(
  ctx: MutationCtx,
  formId: Id<"outboxForms">,
  { refusal, at }: { refusal: string | null; at: number },
) {
  const form = await ctx.db.get("outboxForms", formId);
  if (!form) throw new Error(`There is no signed form ${formId}`);
  const sentAt = form.sentAt ?? (refusal === null ? at : null);
  if (form.refusal !== refusal || form.sentAt !== sentAt)
    await ctx.db.patch("outboxForms", formId, { refusal, sentAt });
}

export function findLane(ctx: QueryCtx, sender: string): Promise<Lane | null> {
  return ctx.db
    .query("outboxLanes")
    .withIndex("by_sender", (q) => q.eq("sender", sender))
    .unique();
}

/** That of the key that was used last, also while no key is there. */
export function newestLane(ctx: QueryCtx): Promise<Lane | null> {
  return ctx.db.query("outboxLanes").order("desc").first();
}

/** The lane of a key, opened at the account's nonce when it is used first. */
export async function laneOf(ctx: MutationCtx, sender: string, nextNonce: number): Promise<Lane> {
  const known = await findLane(ctx, sender);
  if (known) return known;
  const id = await ctx.db.insert("outboxLanes", { sender, nextNonce, paused: null, alarm: null });
  return (await ctx.db.get("outboxLanes", id)) as Lane;
}

export async function setLane(
  ctx: MutationCtx,
  lane: Lane,
  fields: Partial<Pick<Lane, "nextNonce" | "paused" | "alarm">>,
) {
  const changes = Object.entries(fields).filter(([name, value]) => lane[name as keyof typeof fields] !== value);
  if (changes.length === 0) return;
  await ctx.db.patch("outboxLanes", lane._id, fields);
  if (!fields.alarm || fields.alarm === lane.alarm) return;
  console.error(`The outbox sends nothing new: ${fields.alarm}`);
  if (lane.alarm !== null) return;
  await notifyOperators(ctx, { kind: "outbox.stopped", facts: { alarm: fields.alarm, sender: lane.sender } });
}

export function loopRow(ctx: QueryCtx): Promise<Doc<"outboxLoop"> | null> {
  return ctx.db.query("outboxLoop").unique();
}

export async function recordLoop(ctx: MutationCtx, fields: Loop) {
  const row = await loopRow(ctx);
  if (row) await ctx.db.replace("outboxLoop", row._id, fields);
  else await ctx.db.insert("outboxLoop", fields);
}
