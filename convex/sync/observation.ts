/**
 * Applies one look at the chain: decides which events are new, orphaned and final, and is the single writer of everything
 * that follows from them. A mutation moves a bounded batch; what is left is taken up by the next at once.
 */
import { ConvexError } from "convex/values";
import { describeFailure, prove } from "../../src/domain/proof";
import {
  addPending,
  isBookable,
  isFinal,
  laterOf,
  newEvents,
  orphansOf,
  type Progress,
} from "../../src/stacks/following";
import type { BlockMark, ObservedEvent } from "../../src/stacks/observe";
import { internal } from "../_generated/api";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { noteFinal, noteTip } from "../breakers/model";
import { expireCommitments } from "../commitments/model";
import { Books, bookedLocks, bookedTotal, recordProof } from "../ledger/model";
import { expirePolicies } from "../policies/life";
import type { Settled } from "../policies/payers";
import { expireWithdrawals } from "../withdrawals/model";
import { applyFinalEvent, halt } from "./apply";
import {
  insertEvent,
  type MirrorFields,
  mirrorRow,
  newestPending,
  type Observed,
  oldestPending,
  recordMirror,
  settleEvent,
  syncPoolBalancesFromEvent,
} from "./model";

/** What one mutation books, and what it orphans, at most: an event counts as one, and each backing that it touches too. */
const BATCH = 100;

/** The events that one mutation books. Balances are written when it is closed. */
class Batch {
  left = BATCH;
  readonly #books: Books;
  /** By token, the last event that carried its counters. */
  readonly #newest = new Map<string, ObservedEvent>();
  readonly #settled: Settled[] = [];

  constructor(
    private readonly ctx: MutationCtx,
    private readonly progress: Progress,
    private readonly final: BlockMark | null,
  ) {
    this.#books = new Books(ctx);
  }

  /** Whether the event may be booked now, and there is room for it. */
  takes(observed: ObservedEvent): boolean {
    return this.left > 0 && isBookable(observed, this.final, this.progress);
  }

  async book(observed: ObservedEvent) {
    const touched = await applyFinalEvent(this.ctx, this.#books, observed);
    this.progress.cursor = observed.event.sequence;
    if (observed.event.kind === "settlement") this.#settled.push(observed.event);
    if ("token" in observed.event) this.#newest.set(observed.event.token, observed);
    this.left -= 1 + touched;
  }

  async close() {
    await this.#books.writeBalances();
    for (const observed of this.#newest.values()) await syncPoolBalancesFromEvent(this.ctx, observed);
    if (this.#settled.length === 0) return;
    const settled = this.#settled.map(({ sequence, policyId }) => ({ sequence, policyId }));
    await this.ctx.scheduler.runAfter(0, internal.policies.payers.tell, { settled });
  }
}

/** Books what waited and is final now, oldest first. */
async function bookPending(ctx: MutationCtx, progress: Progress, batch: Batch) {
  for (const row of await oldestPending(ctx, BATCH)) {
    if (!batch.takes(row)) break;
    await batch.book(row);
    await settleEvent(ctx, row, "final");
    addPending(progress, row.event, -1n);
  }
}

/** Takes back what waited above `after`, but for what is seen again just as it was. */
async function orphanAbove(ctx: MutationCtx, progress: Progress, after: bigint, again: ObservedEvent[]) {
  const rows = await newestPending(ctx, BATCH + 1, after);
  if (rows.length > BATCH)
    throw new Error(`More than ${BATCH} events wait above ${after}: the look is of another time`);
  for (const row of orphansOf(rows.reverse(), again)) {
    await settleEvent(ctx, row, "orphaned");
    addPending(progress, row.event, -1n);
    if (progress.seen >= row.sequence) progress.seen = row.sequence - 1n;
  }
}

/** New events go straight to the books if they are final and none waits before them. */
async function takeNew(ctx: MutationCtx, progress: Progress, batch: Batch, events: ObservedEvent[]) {
  for (const observed of events) {
    const isBooked = batch.takes(observed);
    if (isBooked) await batch.book(observed);
    else addPending(progress, observed.event, 1n);
    await insertEvent(ctx, observed, isBooked ? "final" : "pending");
    progress.seen = observed.event.sequence;
  }
}

/**
 * What was seen may be of a fork that an API still showed: such a look is thrown away, and only if the next ones say the
 * same, the proof fails. Where nothing waits, or tokens are missing, there is nothing to doubt.
 */
const MOST_DOUBTS = 2;

/** Whether a look was thrown away for this reason. */
export function isDoubt(error: unknown): boolean {
  return error instanceof ConvexError && error.data.code === "DOUBTFUL";
}

/**
 * Takes the proof at the mirror's tip. Once all that is final is booked, what a final block has outlived ends: the reserves of
 * authorisations and quotes and the capacity of commitments return, and policies expire.
 */
async function conclude(ctx: MutationCtx, mirror: MirrorFields, doubts: number) {
  const { tip, final, accounts, seen, cursor, pending, pendingLocks } = mirror;
  for (const { token, held, balance, locked } of accounts) {
    const locks = { counted: locked, booked: await bookedLocks(ctx, token), pending: pendingLocks[token] };
    const figures = { token, held, counted: balance, pending: pending[token], locks };
    const proof = prove({ ...figures, booked: await bookedTotal(ctx, token) });
    if (!proof.holds && proof.surplus >= 0n && seen > cursor && doubts < MOST_DOUBTS) {
      throw new ConvexError({ code: "DOUBTFUL", message: describeFailure(proof) });
    }
    await recordProof(ctx, figures, { height: tip.height, time: tip.time, sequence: seen });
  }
  if (await hasBacklog(ctx, mirror)) return;
  if (final) {
    await expireWithdrawals(ctx, final.time);
    await expireCommitments(ctx, final.time);
    await expirePolicies(ctx, final.time);
    await noteFinal(ctx, final.time);
  }
}

/** Whether an event waits that is final already. */
export async function hasBacklog(ctx: QueryCtx, { final }: Pick<MirrorFields, "final">): Promise<boolean> {
  const [oldest] = await oldestPending(ctx, 1);
  return oldest !== undefined && isFinal(oldest, final);
}

/** Not done: there is more to read or to book, at once. */
export type Applied = { isDone: boolean };

/**
 * Applies an observation: orphans what a reorganisation took back, books what is final in the order of its sequence and
 * without a gap, and keeps the rest as pending. When everything up to the vault's last sequence was seen, the proof is
 * taken at the look's tip.
 * @param doubts how many looks before this one were thrown away because the proof would have failed
 */
export async function applyObservation(ctx: MutationCtx, observation: Observed, doubts: number): Promise<Applied> {
  const { tip, sequence, paused, guardian, accounts, after, isStepBack = false } = observation;
  const mirror = await mirrorRow(ctx);
  const progress: Progress = {
    cursor: mirror?.cursor ?? 0n,
    seen: mirror?.seen ?? 0n,
    pending: { ...(mirror?.pending ?? { STX: 0n, sBTC: 0n }) },
    pendingLocks: { ...(mirror?.pendingLocks ?? { STX: 0n, sBTC: 0n }) },
  };
  if (sequence < progress.cursor) {
    halt(
      `The vault is at sequence ${sequence} but ${progress.cursor} is in the books: a reorganisation below finality.`,
    );
  }
  const fresh = newEvents(observation.events, progress, after);
  await orphanAbove(ctx, progress, after, fresh);
  const final = laterOf(mirror?.final ?? null, observation.final);
  const batch = new Batch(ctx, progress, final);
  // What waits below an unfinished step back may be gone as well.
  if (!isStepBack) await bookPending(ctx, progress, batch);
  const unknown = fresh.filter(({ event }) => event.sequence > progress.seen);
  await takeNew(ctx, progress, batch, unknown);
  await batch.close();
  const complete = !isStepBack && progress.seen >= sequence;
  const fields = { ...progress, tip, final, paused, guardian, accounts, complete };
  if (complete) {
    await conclude(ctx, fields, doubts);
    await noteTip(ctx, tip.time);
  }
  await recordMirror(ctx, isStepBack ? { ...fields, final: mirror?.final ?? null } : fields);
  return { isDone: complete && !(await hasBacklog(ctx, fields)) };
}

/** Books the next batch of what waits and was final at the last look. */
export async function applyBacklog(ctx: MutationCtx): Promise<Applied> {
  const mirror = await mirrorRow(ctx);
  if (!mirror) return { isDone: true };
  const { _id, _creationTime, ...fields } = mirror;
  const progress = { ...fields, pending: { ...fields.pending }, pendingLocks: { ...fields.pendingLocks } };
  const batch = new Batch(ctx, progress, fields.final);
  await bookPending(ctx, progress, batch);
  if (batch.left === BATCH) return { isDone: true };
  await batch.close();
  if (progress.complete) await conclude(ctx, progress, MOST_DOUBTS);
  await recordMirror(ctx, progress);
  // Behind a look that could not bring everything there is more to read.
  return { isDone: progress.complete && !(await hasBacklog(ctx, progress)) };
}
