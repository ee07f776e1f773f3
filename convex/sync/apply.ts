/** What one final event does to the books and to everything that follows from them; and when sync must stop instead. */

import { ConvexError } from "convex/values";
import { depositEntry, premiumEntry, settlementEntry, surplusEntry } from "../../src/domain/ledger";
import { DeepReorganisation } from "../../src/stacks/canonical";
import type { ObservedEvent } from "../../src/stacks/observe";
import { UndecodableEvent } from "../../src/stacks/vaultEvents";
import type { MutationCtx } from "../_generated/server";
import { MONEY, tripAll } from "../breakers/model";
import { fulfil } from "../commitments/model";
import type { Books } from "../ledger/model";
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

/** This backend sells no policies yet, so whoever signed or locked one has its keys. */
async function reportUnknownPolicy(ctx: MutationCtx, what: string) {
  await tripAll(ctx, MONEY, `${what}, and this backend sold no such policy.`);
}

export async function applyFinalEvent(ctx: MutationCtx, books: Books, observed: ObservedEvent) {
  const { event, blockTime } = observed;
  switch (event.kind) {
    case "deposit": {
      const share = await fulfil(ctx, event, () => books.writeBalances());
      await books.book(depositEntry(event, share), blockTime);
      if (share) await arriveAt(ctx, share.positionId, share.amount, blockTime);
      break;
    }
    case "withdrawal": {
      await bookPayment(ctx, books, event, blockTime);
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
    case "revocation": {
      await bookRevocation(ctx, books, event, blockTime);
      break;
    }
    case "control":
      break;
  }
  if ("token" in event) {
    const booked = await books.total(event.token);
    if (booked !== event.balance) {
      halt(`After event ${event.sequence} the vault counts ${event.balance} ${event.token}, the books ${booked}.`);
    }
  }
}
