/** What one final event does to the books and to everything that follows from them; and when sync must stop instead. */

import { ConvexError } from "convex/values";
import { depositEntry, surplusEntry } from "../../src/domain/ledger";
import type { Token } from "../../src/domain/tokens";
import { DeepReorganisation } from "../../src/stacks/canonical";
import type { ObservedEvent } from "../../src/stacks/observe";
import { UndecodableEvent } from "../../src/stacks/vaultEvents";
import type { MutationCtx } from "../_generated/server";
import { fulfil, type Share } from "../commitments/model";
import type { Books } from "../ledger/model";
import { notify } from "../notifications/model";
import { bookLocks, bookPremium, bookReleases, bookSettlement } from "../policies/events";
import { arriveAt } from "../positions/model";
import { vaultDeployment } from "../settings";
import { bookPayment, bookRevocation } from "../withdrawals/model";

/** Thrown where going on would make the books wrong: nothing of the look is kept, and sync stops until reset. */
export function halt(message: string): never {
  throw new ConvexError({ code: "SYNC_HALTED", message });
}

/** The reason, if this error (caught outside of the transaction that threw it) is a halt. */
export function haltReason(error: unknown): string | null {
  if (error instanceof UndecodableEvent || error instanceof DeepReorganisation) return error.message;
  return error instanceof ConvexError && error.data.code === "SYNC_HALTED" ? error.data.message : null;
}

/** @returns how many backings of policies it has touched: what an event costs beside itself */
export async function applyFinalEvent(ctx: MutationCtx, books: Books, observed: ObservedEvent): Promise<number> {
  const touched = await book(ctx, books, observed);
  const { event } = observed;
  if ("token" in event) {
    const { sequence, token, balance, locked } = event;
    const booked = await books.total(token);
    if (booked !== balance) halt(`After event ${sequence} the vault counts ${balance} ${token}, the books ${booked}.`);
    const locks = await books.locked(token);
    if (locks !== locked) halt(`After event ${sequence} the vault has ${locked} ${token} locked, the books ${locks}.`);
  }
  return touched;
}

/** Who committed hears what has become capital, who paid what stands in suspense. */
async function tellOfDeposit(ctx: MutationCtx, deposit: Deposit, share: Share | null) {
  const { depositor, token, amount, txId, at } = deposit;
  const counted = share?.amount ?? 0n;
  if (share) {
    const { provider, tier } = share;
    const facts = { token, tier, amount: counted, depositor, txId, at };
    await notify(ctx, { provider, kind: "deposit.counted", facts });
  }
  if (counted === amount) return;
  const facts = { token, amount: amount - counted, txId, at };
  await notify(ctx, { provider: depositor, kind: "deposit.suspended", facts });
}

interface Deposit {
  depositor: string;
  token: Token;
  amount: bigint;
  txId: string;
  /** Block time, ms. */
  at: number;
}

async function book(ctx: MutationCtx, books: Books, { event, blockTime, txId }: ObservedEvent): Promise<number> {
  switch (event.kind) {
    case "deposit": {
      const share = await fulfil(ctx, event, () => books.writeBalances());
      await books.book(depositEntry(event, share), blockTime);
      if (share) await arriveAt(ctx, share.positionId, share.amount, blockTime);
      await tellOfDeposit(ctx, { ...event, txId, at: blockTime * 1_000 }, share);
      break;
    }
    case "withdrawal": {
      await bookPayment(ctx, books, { ...event, txId }, blockTime);
      break;
    }
    case "surplus": {
      await books.book(surplusEntry(event, vaultDeployment().vaultContract), blockTime);
      break;
    }
    case "premium":
      return bookPremium(ctx, books, event, blockTime);
    case "lock":
      return bookLocks(ctx, books, event, blockTime);
    case "release":
      return bookReleases(ctx, books, event, blockTime);
    case "settlement":
      return bookSettlement(ctx, books, event, blockTime);
    case "revocation": {
      await bookRevocation(ctx, books, event, blockTime);
      break;
    }
    case "control":
      break;
  }
  return 0;
}
