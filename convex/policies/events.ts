/**
 * What the vault's final events do to policies and to the books. A policy that this backend did not sell, or that was done
 * to what nobody here decided, is somebody else with its keys: the money is booked as it went, and all that moves money
 * stops. Each function says how many backings it has touched.
 */
import { type Entry, premiumEntry, settlementEntry } from "../../src/domain/ledger";
import { payersOf } from "../../src/domain/payout";
import {
  type Held,
  type LockChange,
  lockedEntry,
  releasedEntry,
  settledEntry,
  soldEntry,
  undecidedEntry,
} from "../../src/domain/policyEntries";
import type { Token } from "../../src/domain/tokens";
import type { VaultEvent } from "../../src/stacks/vaultEvents";
import type { MutationCtx } from "../_generated/server";
import { MONEY, tripAll } from "../breakers/model";
import { earnRest } from "../earnings/model";
import { addExposure, removeExposure } from "../health/model";
import type { Books } from "../ledger/model";
import { notify } from "../notifications/model";
import { countPolicy } from "../tiers/model";
import {
  type Backing,
  backingsOf,
  behind,
  changePolicy,
  endBacking,
  findPolicy,
  insuredOf,
  isLive,
  isOpen,
  type Policy,
  recordEarned,
  setBacking,
} from "./model";

type Event<Kind extends VaultEvent["kind"]> = Extract<VaultEvent, { kind: Kind }>;

async function reportUnknownPolicy(ctx: MutationCtx, policyId: bigint, what: string) {
  const cause = { kind: "policy.foreign", facts: { policyId } };
  await tripAll(ctx, MONEY, `${what}, and this backend sold no such policy.`, cause);
}

async function reportUndecided(ctx: MutationCtx, policyId: bigint, what: string) {
  const cause = { kind: "policy.undecided", facts: { policyId } };
  await tripAll(ctx, MONEY, `${what}, which this backend did not decide.`, cause);
}

/** The policy, if the vault has it by our terms and has not ended it. */
async function livePolicy(ctx: MutationCtx, policyId: bigint, token: Token): Promise<Policy | null> {
  const policy = await findPolicy(ctx, policyId);
  return policy && policy.token === token && isLive(policy) ? policy : null;
}

function isAsSigned(policy: Policy, event: Event<"premium">): boolean {
  return (
    policy.status === "quoted" &&
    policy.buyer === event.buyer &&
    policy.token === event.token &&
    policy.premium === event.amount &&
    policy.lock === event.lock &&
    policy.coverage === event.coverage &&
    BigInt(policy.expiresAt) === event.releaseAfter
  );
}

/** @param at block time of the event, unix seconds: the cover starts there */
export async function bookPremium(ctx: MutationCtx, books: Books, event: Event<"premium">, at: number) {
  const { policyId, token, buyer, lock } = event;
  const policy = await findPolicy(ctx, policyId);
  if (!policy || !isAsSigned(policy, event)) {
    await books.book(premiumEntry(event), at);
    books.lockForeign(token, lock);
    await reportUnknownPolicy(ctx, policyId, `${buyer} bought policy ${policyId}`);
    return 0;
  }
  const backings = await backingsOf(ctx, policyId);
  const parts = backings.map(({ positionId, reserved }) => ({ positionId, amount: reserved }));
  await books.book(soldEntry(event, parts), at);
  for (const backing of backings) {
    const { positionId, quantity, coverage, reserved } = backing;
    await setBacking(ctx, backing, { locked: reserved, reserved: 0n });
    const { strikeUsdMicros, expiresAt } = policy;
    await addExposure(
      ctx,
      positionId,
      { policyId, strikeUsdMicros, quantity, coverage, lock: reserved, expiresAt },
      at,
    );
  }
  await changePolicy(ctx, policy, { status: "active", startedAt: at, locked: lock, lockTarget: lock });
  await recordEarned(ctx, policy, { earned: 0n, earnedUntil: at });
  await countPolicy(ctx, policy, 1);
  await notify(ctx, { provider: buyer, kind: "policy.started", facts: startOf(policy, at) });
  return backings.length;
}

function startOf({ policyId, underlying, token, tier, quantity, coverage, premium, ...policy }: Policy, at: number) {
  const { strikeUsdMicros, expiresAt } = policy;
  const terms = { underlying, token, tier, strikeUsdMicros, quantity, coverage, premium };
  return { policyId, ...terms, startedAt: at * 1_000, expiresAt: expiresAt * 1_000 };
}

/** What a raise by this amount locks of what is set aside for it: positions first, in the order in which they came. */
async function lockReserved(ctx: MutationCtx, policy: Policy, backings: Backing[], amount: bigint) {
  const { covering } = insuredOf(policy, backings);
  const parts: LockChange["parts"] = [];
  let left = amount;
  for (const backing of backings) {
    const locks = backing.reserved < left ? backing.reserved : left;
    if (locks === 0n) continue;
    parts.push({ positionId: backing.positionId, amount: locks });
    await setBacking(ctx, backing, { locked: backing.locked + locks, reserved: backing.reserved - locks });
    left -= locks;
  }
  const insured = covering < left ? covering : left;
  const excess = left - insured;
  await changePolicy(ctx, policy, { locked: policy.locked + amount - excess });
  return { change: { policyId: policy.policyId, parts, insured }, excess };
}

export async function bookLocks(ctx: MutationCtx, books: Books, event: Event<"lock">, at: number) {
  const changes: LockChange[] = [];
  let touched = 0;
  for (const { policyId, amount } of event.policies) {
    const policy = await livePolicy(ctx, policyId, event.token);
    if (!policy) {
      books.lockForeign(event.token, amount);
      await reportUnknownPolicy(ctx, policyId, `The lock of policy ${policyId} was raised by ${amount} ${event.token}`);
      continue;
    }
    // It stood there already: the call was repeated.
    if (amount === 0n) continue;
    const backings = await backingsOf(ctx, policyId);
    const { change, excess } = await lockReserved(ctx, policy, backings, amount);
    changes.push(change);
    touched += backings.length;
    if (excess === 0n) continue;
    books.lockForeign(event.token, excess);
    await reportUndecided(
      ctx,
      policyId,
      `The lock of policy ${policyId} was raised by ${excess} ${event.token} too much`,
    );
  }
  await bookIfAny(books, lockedEntry(event, changes), at);
  return touched;
}

async function bookIfAny(books: Books, entry: Entry | null, at: number) {
  if (entry) await books.book(entry, at);
}

function heldBy(policy: Policy, backings: Backing[]): Held {
  const positions = backings.map(({ positionId, locked, reserved }) => ({ positionId, locked, reserved }));
  return { policyId: policy.policyId, positions, ...insuredOf(policy, backings) };
}

/** The vault has freed the policy's lock: nothing stands behind it any more. */
async function end(
  ctx: MutationCtx,
  books: Books,
  { policy, backings }: { policy: Policy; backings: Backing[] },
  { status, freed, at }: { status: "settled" | "released"; freed: bigint; at: number },
) {
  // What was locked beyond what we asked for goes as well; less than that is for sync to find.
  if (freed > policy.locked) books.lockForeign(policy.token, policy.locked - freed);
  if (isOpen(policy)) await earnRest(ctx, books, policy, at);
  for (const backing of backings) {
    await removeExposure(ctx, backing.positionId, policy.policyId, at);
    await endBacking(ctx, backing);
  }
  await changePolicy(ctx, policy, { status, locked: 0n, lockTarget: 0n });
  await countPolicy(ctx, policy, -1);
}

export async function bookReleases(ctx: MutationCtx, books: Books, event: Event<"release">, at: number) {
  const held: Held[] = [];
  let touched = 0;
  for (const { policyId, amount } of event.policies) {
    const policy = await livePolicy(ctx, policyId, event.token);
    if (!policy) {
      books.lockForeign(event.token, -amount);
      await reportUnknownPolicy(ctx, policyId, `Policy ${policyId} was released`);
      continue;
    }
    const backings = await backingsOf(ctx, policyId);
    held.push(heldBy(policy, backings));
    touched += backings.length;
    await end(ctx, books, { policy, backings }, { status: "released", freed: amount, at });
    const isDecided = policy.status === "releasing" || policy.status === "worthless";
    if (!isDecided)
      await reportUndecided(ctx, policyId, `Policy ${policyId} was released while it was ${policy.status}`);
  }
  await bookIfAny(books, releasedEntry(event, held), at);
  return touched;
}

/** Who pays what the vault has paid; null if that is not what was decided. */
function payersOfDecided({ outcome, status }: Policy, event: Event<"settlement">, backings: Backing[], held: Held) {
  if (status !== "settling" || !outcome || event.amount !== outcome.payout - outcome.missing) return null;
  const payers = payersOf(outcome.payout, behind(backings), held.cover + held.covering);
  const paid = [...payers.positions.values()].reduce((sum, amount) => sum + amount, payers.insurance);
  return paid === event.amount ? payers : null;
}

export async function bookSettlement(ctx: MutationCtx, books: Books, event: Event<"settlement">, at: number) {
  const { policyId, token, amount, buyer, unlocked } = event;
  const policy = await livePolicy(ctx, policyId, token);
  if (!policy) {
    await books.book(settlementEntry(event), at);
    books.lockForeign(token, -unlocked);
    await reportUnknownPolicy(ctx, policyId, `Policy ${policyId} paid ${amount} ${token} to ${buyer}`);
    return 0;
  }
  const backings = await backingsOf(ctx, policyId);
  const held = heldBy(policy, backings);
  const payers = payersOfDecided(policy, event, backings, held);
  await books.book(payers ? settledEntry(event, held, payers) : undecidedEntry(event, held), at);
  await end(ctx, books, { policy, backings }, { status: "settled", freed: unlocked, at });
  if (payers) await notify(ctx, { provider: policy.buyer, kind: "policy.paid", facts: { policyId, token, amount } });
  else await reportUndecided(ctx, policyId, `Policy ${policyId} paid ${amount} ${token} to ${buyer}`);
  return backings.length;
}
