/** Applies one look at the chain to the books: the single writer of everything that follows from vault events. */

import { ConvexError } from "convex/values";
import { depositEntry, premiumEntry, settlementEntry, surplusEntry, withdrawalEntry } from "../../src/domain/ledger";
import type { ObservedEvent } from "../../src/stacks/observe";
import { balanceChange, UndecodableEvent } from "../../src/stacks/vaultEvents";
import type { MutationCtx } from "../_generated/server";
import { followRestore, MONEY, trip, tripAll } from "../breakers/model";
import { expireCommitments, fulfil } from "../commitments/model";
import { Books, recordProof } from "../ledger/model";
import { arriveAt } from "../positions/model";
import { vaultDeployment } from "../settings";
import { expireWithdrawals, markPaid } from "../withdrawals/model";
import { markFinal, mirrorRow, type Observed, recordMirror, recordPending, syncPoolBalancesFromEvent } from "./model";

/** Thrown where going on would make the books wrong: nothing of the look is kept, and sync stops until reset. */
function halt(message: string): never {
  throw new ConvexError({ code: "SYNC_HALTED", message });
}

/** The reason, if this error (caught outside of the transaction that threw it) is a halt. */
export function haltReason(error: unknown): string | null {
  if (error instanceof UndecodableEvent) return error.message;
  return error instanceof ConvexError && error.data.code === "SYNC_HALTED" ? error.data.message : null;
}

/** This backend sells no policies yet, so whoever signed or locked one has its keys. */
async function reportUnknownPolicy(ctx: MutationCtx, what: string) {
  await tripAll(ctx, MONEY, `${what}, and this backend sold no such policy.`);
}

async function applyFinalEvent(ctx: MutationCtx, books: Books, observed: ObservedEvent) {
  const { event, blockTime } = observed;
  switch (event.kind) {
    case "deposit": {
      const share = await fulfil(ctx, event, () => books.writeBalances());
      await books.book(depositEntry(event, share), blockTime);
      if (share) await arriveAt(ctx, share.positionId, share.amount, blockTime);
      break;
    }
    case "withdrawal": {
      const positionId = await markPaid(ctx, event);
      await books.book(withdrawalEntry(event, positionId), blockTime);
      if (positionId === null) {
        const what = `${event.withdrawer} withdrew ${event.amount} base units of ${event.token}`;
        await trip(ctx, "withdraw", `${what} by authorisation ${event.authorizationId}, which is not ours.`);
      }
      break;
    }
    case "surplus": {
      await books.book(surplusEntry(event, vaultDeployment().vaultContract), blockTime);
      break;
    }
    case "premium": {
      await books.book(premiumEntry(event), blockTime);
      await reportUnknownPolicy(ctx, `${event.buyer} bought policy ${event.policyId}`);
      break;
    }
    case "settlement": {
      await books.book(settlementEntry(event), blockTime);
      await reportUnknownPolicy(ctx, `Policy ${event.policyId} paid ${event.amount} ${event.token} to ${event.buyer}`);
      break;
    }
    case "lock":
    case "release": {
      await reportUnknownPolicy(ctx, `The locks of ${event.policies.length} policies changed`);
      break;
    }
    case "revocation":
    case "control":
      break;
  }
  if ("token" in event) {
    const booked = await books.total(event.token);
    if (booked !== event.balance) {
      halt(`After event ${event.sequence} the vault counts ${event.balance} ${event.token}, the books ${booked}.`);
    }
  }
  await markFinal(ctx, event.sequence);
}

/** Events that moved money but are not final, as the vault's counters already include them. */
function pendingTotal(events: ObservedEvent[], token: string): bigint {
  let total = 0n;
  for (const { event } of events) {
    if ("token" in event && event.token === token) total += balanceChange(event);
  }
  return total;
}

/**
 * Applies an observation. Says whether nothing is left to read at this tip, and whether the books advanced.
 *
 * The events that are final go to the books in the order of their sequence, without a gap; the rest waits as pending.
 * When the look reached the vault's last sequence, the proof is taken at its tip, and reserves whose authorisation
 * and capacity whose commitment a final block has outlived are returned.
 */
export async function applyObservation(
  ctx: MutationCtx,
  observation: Observed,
): Promise<{ complete: boolean; advanced: boolean }> {
  const { tip, final, sequence, paused, accounts, events } = observation;
  const before = (await mirrorRow(ctx))?.cursor ?? 0n;
  let cursor = before;
  if (sequence < before) {
    halt(`The vault is at sequence ${sequence} but ${before} is in the books: a reorganisation below finality.`);
  }
  // A look that began before another one was applied may start with events that are in the books by now.
  const fresh = events.filter(({ event }) => event.sequence > before);
  if (fresh[0] && fresh[0].event.sequence !== before + 1n)
    throw new Error(`The look starts after a gap behind ${before}`);
  await recordPending(ctx, fresh);

  const isFinal = (observed: ObservedEvent) => final !== null && observed.blockHeight <= final.height;
  const waiting = fresh.filter((observed) => !isFinal(observed));
  const books = new Books(ctx);
  const newest = new Map<string, ObservedEvent>();
  for (const observed of fresh) {
    if (!isFinal(observed)) break;
    await applyFinalEvent(ctx, books, observed);
    cursor = observed.event.sequence;
    if ("token" in observed.event) newest.set(observed.event.token, observed);
  }
  await books.writeBalances();
  for (const observed of newest.values()) await syncPoolBalancesFromEvent(ctx, observed);

  const complete = (fresh.at(-1)?.event.sequence ?? cursor) >= sequence;
  if (complete) {
    for (const { token, held, balance } of accounts) {
      const figures = { token, held, counted: balance, pending: pendingTotal(waiting, token) };
      await recordProof(ctx, figures, { height: tip.height, time: tip.time, sequence });
    }
    if (final) {
      await expireWithdrawals(ctx, final.time);
      await expireCommitments(ctx, final.time);
    }
    await followRestore(ctx, { tip: tip.time, final: final?.time ?? null });
  }
  await recordMirror(ctx, { cursor, tip, final, paused, accounts, complete });
  return { complete, advanced: cursor > before };
}
