/**
 * What one look at the chain changes in the outbox, in one transaction: the fate of what is on its way, the calls that
 * leave now, and their signatures. Nonce, bytes and id of a transaction are stored before this ends, and nothing is sent
 * before it has ended; so whatever dies afterwards, the same bytes are there to be sent again.
 */

import { ConvexError } from "convex/values";
import { isHeldBack, planTransactions, type Queue, type Room } from "../../src/domain/outbox";
import { fateOf, judgeAbort, type NextStep, type Sighting, startingFee } from "../../src/domain/transactions";
import { serviceAddress, signServiceCall } from "../../src/stacks/serviceCalls";
import type { ServiceLook } from "../../src/stacks/serviceNode";
import type { MutationCtx } from "../_generated/server";
import { requireSigningAllowed, trippedReason } from "../breakers/model";
import { notifyOperators } from "../notifications/model";
import { serviceSettings, vaultDeployment } from "../settings";
import {
  addForm,
  addTransaction,
  type Call,
  callsOf,
  type Form,
  formsOf,
  type Lane,
  laneOf,
  openCallsOfPolicy,
  recordReply,
  setCall,
  setLane,
  setTransaction,
  type Transaction,
  waitingCalls,
  watchedTransactions,
} from "./model";

/** The node chains 25 that wait; some of them may be another's. */
const MOST_ON_THE_WAY = 20;
/** On its way, or in a block that is not final. */
export const MOST_WATCHED = 100;
/** Transactions whose calls one turn settles, up to 50 each: a mutation reads and writes only so much. */
const MOST_ENDED = 10;

export function serviceSender(): string {
  return serviceAddress(vaultDeployment(), serviceSettings().privateKey);
}

interface Turn {
  look: ServiceLook;
  /** Whether anything may be signed now. */
  maySign: boolean;
}

async function maySign(ctx: MutationCtx): Promise<boolean> {
  try {
    await requireSigningAllowed(ctx);
    return true;
  } catch (error) {
    if (error instanceof ConvexError) return false;
    throw error;
  }
}

/** What to send now, in the order of nonces, and whether some of it is new. */
export async function takeStock(ctx: MutationCtx, look: ServiceLook): Promise<{ forms: Form[]; hasNew: boolean }> {
  const turn = { look, maySign: await maySign(ctx) };
  const lane = await laneOf(ctx, serviceSender(), look.finalNonce);
  const forms: Form[] = [];
  let ended = 0;
  for (const transaction of await watchedTransactions(ctx, lane.sender, MOST_WATCHED)) {
    // The rest is dealt with by the next turn, at once, and before anything new is sent.
    if (ended === MOST_ENDED) return { forms, hasNew: true };
    const { form, isEnded } = await advance(ctx, transaction, turn);
    if (form) forms.push(form);
    if (isEnded) ended += 1;
  }
  const added = await sendWaiting(ctx, lane, turn);
  return { forms: [...forms, ...added], hasNew: added.length > 0 };
}

/** Brings one transaction to where the chain has it; gives the form to send, if one is to be sent. */
async function advance(
  ctx: MutationCtx,
  transaction: Transaction,
  { look, maySign }: Turn,
): Promise<{ form: Form | null; isEnded: boolean }> {
  const { feeRule } = serviceSettings();
  const forms = await formsOf(ctx, transaction._id);
  const seen = forms.map((form) => ({ ...form, sighting: sightingOf(form, look) }));
  const rivalHeight = look.rivals.find(({ nonce }) => nonce === transaction.nonce)?.blockHeight ?? null;
  const chain = { time: look.tip.time, finalHeight: look.finalHeight };
  const { step, alarm } = fateOf({ forms: seen, rivalHeight }, chain, feeRule);
  await setTransaction(ctx, transaction, { status: STATUS[step.kind], alarm });
  // The node has it, even if its answer never came.
  for (const { _id, sighting } of seen) {
    if (sighting.kind === "pending") await recordReply(ctx, _id, { refusal: null, at: look.tip.time });
  }
  switch (step.kind) {
    case "confirm":
      for (const call of await callsOf(ctx, transaction._id)) await setCall(ctx, call, { status: "done" });
      return { form: null, isEnded: true };
    case "abort":
      await settleAborted(ctx, await callsOf(ctx, transaction._id), step.failure);
      return { form: null, isEnded: true };
    case "lost":
      // Whether its calls happened in another way need not be known: each of them may be repeated (src/domain/outbox).
      for (const call of await callsOf(ctx, transaction._id)) await setCall(ctx, call, WAITING);
      return { form: null, isEnded: true };
    case "send":
      return { form: forms.at(-1) ?? null, isEnded: false };
    case "raise": {
      const form = maySign ? await sign(ctx, transaction, () => step.feeUstx) : (forms.at(-1) ?? null);
      return { form, isEnded: false };
    }
    case "included":
    case "watch":
      return { form: null, isEnded: false };
  }
}

const WAITING = { status: "waiting", transactionId: null } as const;

const STATUS: Record<NextStep["kind"], Transaction["status"]> = {
  confirm: "confirmed",
  abort: "aborted",
  included: "included",
  lost: "lost",
  send: "open",
  raise: "open",
  watch: "open",
};

function sightingOf({ txId }: Form, { sightings }: ServiceLook): Sighting {
  return sightings.find((seen) => seen.txId === txId)?.sighting ?? { kind: "unknown" };
}

async function settleAborted(ctx: MutationCtx, calls: Call[], failure: { reason: string; code: number | null }) {
  const before = Math.max(0, ...calls.map((call) => call.aborts));
  const verdict = judgeAbort(
    calls.map(({ call }) => call),
    failure,
    before + 1,
  );
  for (const call of calls) {
    const aborts = call.aborts + 1;
    await setCall(
      ctx,
      call,
      verdict.kind === "again"
        ? { ...WAITING, batchLimit: verdict.batchLimit, aborts }
        : { status: verdict.kind, outcome: verdict.why, aborts },
    );
  }
  if (verdict.kind !== "failed") return;
  const keys = calls.map(({ key }) => key).join(", ");
  await notifyOperators(ctx, { kind: "outbox.failed", facts: { reason: verdict.why, calls: calls.length, keys } });
}

async function sign(ctx: MutationCtx, { _id, nonce, payload }: Transaction, feeUstx: (lengthBytes: number) => bigint) {
  const { privateKey } = serviceSettings();
  return addForm(ctx, _id, await signServiceCall(vaultDeployment(), payload, { privateKey, nonce, feeUstx }));
}

/** Gives waiting calls their transactions, as far as there is room; returns their signed forms. */
async function sendWaiting(ctx: MutationCtx, lane: Lane, { look, maySign }: Turn): Promise<Form[]> {
  if (look.vault === null) return [];
  // Nonces are only ever counted on from what is final, so that none is left out if the chain takes something back.
  let nonce = Math.max(lane.nextNonce, look.finalNonce);
  const alarm = obstacleOf({ ...lane, nextNonce: nonce }, look);
  await setLane(ctx, lane, { nextNonce: nonce, alarm });
  if (alarm !== null || lane.paused !== null || !maySign) return [];

  const watched = await watchedTransactions(ctx, lane.sender, MOST_WATCHED);
  const { feeRule } = serviceSettings();
  const forms: Form[] = [];
  for (const planned of planTransactions(await unhindered(ctx, watched), await roomFor(ctx, watched, look))) {
    const transaction = await addTransaction(ctx, { sender: lane.sender, nonce }, planned);
    forms.push(await sign(ctx, transaction, (lengthBytes) => startingFee(lengthBytes, feeRule)));
    nonce += 1;
  }
  await setLane(ctx, lane, { nextNonce: nonce });
  return forms;
}

function obstacleOf(lane: Pick<Lane, "sender" | "nextNonce">, { vault, tipNonce }: ServiceLook): string | null {
  if (vault?.service !== lane.sender) {
    return `The vault's service is ${vault?.service}, and SERVICE_PRIVATE_KEY is the key of ${lane.sender}.`;
  }
  if (tipNonce > lane.nextNonce) {
    return `${lane.sender} has sent a transaction that is not the outbox's: its next nonce is ${tipNonce}, not ${lane.nextNonce}. The outbox goes on when that is final.`;
  }
  return null;
}

async function roomFor(ctx: MutationCtx, watched: Transaction[], { vault }: ServiceLook): Promise<Room> {
  const open = watched.filter(({ status }) => status === "open");
  const transactions = Math.min(MOST_ON_THE_WAY - open.length, MOST_WATCHED - watched.length);
  if (vault === null || vault.paused || (await trippedReason(ctx, "settle")))
    return { transactions, settlements: null };
  const settlements = { ...vault.settlementRoom };
  for (const { payload } of open) if (payload.kind === "settle") settlements[payload.token] -= payload.amount;
  return { transactions, settlements };
}

/** Of a queue, so many are looked at in a turn: a batch, or what one turn may send one by one. */
function mostOf(queue: Queue): number {
  return /^(lock|release)/.test(queue) ? 50 : MOST_ON_THE_WAY;
}

async function unhindered(ctx: MutationCtx, watched: Transaction[]) {
  const included = new Set(watched.filter(({ status }) => status === "included").map(({ _id }) => _id));
  const free: Call[] = [];
  for (const waiting of await waitingCalls(ctx, mostOf)) {
    const { policyId, call, _creationTime } = waiting;
    const ofPolicy = policyId === null ? [] : await openCallsOfPolicy(ctx, policyId);
    const earlier = ofPolicy.filter(
      (other) => other._creationTime < _creationTime && !(other.transactionId && included.has(other.transactionId)),
    );
    const calls = earlier.map((other) => other.call);
    if (!isHeldBack(call, calls)) free.push(waiting);
  }
  return free.map(({ _id, call, batchLimit }) => ({ id: _id, call, batchLimit }));
}
