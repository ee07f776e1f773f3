/**
 * Double entry. An entry is a set of postings of one token that sum to zero. A posting's amount is a credit: what the
 * vault owes to an account is positive, and the account `vault` mirrors what it holds as the negative of it. So all
 * other accounts together always come to -vault, and every balance is a fold of postings.
 */
import type { Token } from "./tokens";
import type { TreasuryAccount } from "./treasury";

export const POCKETS = ["available", "reserved", "locked", "yield"] as const;
/** The parts of a position: free, promised to a withdrawal or a quote, behind policies, and earned. */
export type Pocket = (typeof POCKETS)[number];

/**
 * Where a posting lands. `suspense` is money whose purpose is unknown and belongs to its principal, `reserved` the part
 * of it that an open withdrawal may take; `breach` is money that left without an authorisation of ours, a debt of its
 * principal; `premium` is what a policy has not earned yet; `insurance` and `fees` are their shares of premiums, and
 * `exiting` is the part of these two that an open withdrawal may take; `cover` is what insurance has locked behind one policy, `covering` what it has promised to and no event has locked yet.
 */
export type Account =
  | { kind: "vault" }
  | { kind: "position"; positionId: string; pocket: Pocket }
  | { kind: "suspense"; principal: string }
  | { kind: "reserved"; principal: string }
  | { kind: "breach"; principal: string }
  | { kind: "premium"; policyId: bigint }
  | { kind: "cover"; policyId: bigint }
  | { kind: "covering"; policyId: bigint }
  | { kind: "insurance" }
  | { kind: "fees" }
  | { kind: "exiting"; account: TreasuryAccount };

export interface Posting {
  account: Account;
  amount: bigint;
}

export interface Entry {
  /** Derived from the cause, so that applying a cause twice applies it once: `deposit:7`, `withdrawal:9`. */
  id: string;
  token: Token;
  postings: Posting[];
}

/** An entry is only ever made here, so an unbalanced or empty one can't reach the books: that would be a bug. */
export function makeEntry(id: string, token: Token, postings: Posting[]): Entry {
  const moving = postings.filter((posting) => posting.amount !== 0n);
  const sum = moving.reduce((total, posting) => total + posting.amount, 0n);
  if (sum !== 0n || moving.length === 0) throw new Error(`Entry ${id} does not balance: it sums to ${sum}`);
  return { id, token, postings: moving };
}

const VAULT: Account = { kind: "vault" };

export interface DepositShare {
  positionId: string;
  amount: bigint;
}

/**
 * A final deposit. What fulfils a commitment is the position's (`share`); the rest, or all of it when nothing
 * matches, waits in the depositor's suspense account.
 */
export function depositEntry(
  event: { sequence: bigint; token: Token; amount: bigint; depositor: string },
  share: DepositShare | null,
): Entry {
  const credited = share?.amount ?? 0n;
  const postings: Posting[] = [{ account: VAULT, amount: -event.amount }];
  if (share)
    postings.push({
      account: { kind: "position", positionId: share.positionId, pocket: "available" },
      amount: credited,
    });
  postings.push({ account: { kind: "suspense", principal: event.depositor }, amount: event.amount - credited });
  return makeEntry(`deposit:${event.sequence}`, event.token, postings);
}

/** A withdrawal that we authorised: what it takes, and of what. */
export interface AuthorisedWithdrawal {
  authorizationId: bigint;
  provider: string;
  token: Token;
  amount: bigint;
  /** Part of a position, of the provider's suspense, or of the treasury. */
  source:
    | { kind: "position"; positionId: string }
    | { kind: "suspense" }
    | { kind: "account"; account: TreasuryAccount };
}

/** Where its money is free, and where it waits for the payment. */
function pocketsOf({ provider, source }: AuthorisedWithdrawal): { free: Account; reserve: Account } {
  if (source.kind === "suspense") {
    return { free: { kind: "suspense", principal: provider }, reserve: { kind: "reserved", principal: provider } };
  }
  if (source.kind === "account") {
    return { free: { kind: source.account }, reserve: { kind: "exiting", account: source.account } };
  }
  const { positionId } = source;
  return {
    free: { kind: "position", positionId, pocket: "available" },
    reserve: { kind: "position", positionId, pocket: "reserved" },
  };
}

/** A final withdrawal that we authorised pays from what was reserved for it; any other is the withdrawer's breach. */
export function withdrawalEntry(
  event: { sequence: bigint; token: Token; amount: bigint; withdrawer: string },
  authorised: AuthorisedWithdrawal | null,
): Entry {
  const from: Account = authorised ? pocketsOf(authorised).reserve : { kind: "breach", principal: event.withdrawer };
  return makeEntry(`withdrawal:${event.sequence}`, event.token, [
    { account: VAULT, amount: event.amount },
    { account: from, amount: -event.amount },
  ]);
}

/** Tokens that were sent to the vault directly: nobody's yet, so they wait in the vault's own suspense account. */
export function surplusEntry(event: { sequence: bigint; token: Token; amount: bigint }, vault: string): Entry {
  return makeEntry(`surplus:${event.sequence}`, event.token, [
    { account: VAULT, amount: -event.amount },
    { account: { kind: "suspense", principal: vault }, amount: event.amount },
  ]);
}

/** A premium waits in its policy's account until it is earned. */
export function premiumEntry(event: { sequence: bigint; token: Token; amount: bigint; policyId: bigint }): Entry {
  return makeEntry(`premium:${event.sequence}`, event.token, [
    { account: VAULT, amount: -event.amount },
    { account: { kind: "premium", policyId: event.policyId }, amount: event.amount },
  ]);
}

/** A settlement that no position of ours backs is the buyer's breach. */
export function settlementEntry(event: { sequence: bigint; token: Token; amount: bigint; buyer: string }): Entry {
  return makeEntry(`settlement:${event.sequence}`, event.token, [
    { account: VAULT, amount: event.amount },
    { account: { kind: "breach", principal: event.buyer }, amount: -event.amount },
  ]);
}

/** Sets aside what an authorised withdrawal may take. */
export function reserveEntry(withdrawal: AuthorisedWithdrawal): Entry {
  const { free, reserve } = pocketsOf(withdrawal);
  return makeEntry(`reserve:${withdrawal.authorizationId}`, withdrawal.token, [
    { account: free, amount: -withdrawal.amount },
    { account: reserve, amount: withdrawal.amount },
  ]);
}

/** Gives the reserve back once the authorisation can't be used any more: expired or revoked, whichever is first. */
export function unreserveEntry(withdrawal: AuthorisedWithdrawal): Entry {
  const { free, reserve } = pocketsOf(withdrawal);
  return makeEntry(`unreserve:${withdrawal.authorizationId}`, withdrawal.token, [
    { account: reserve, amount: -withdrawal.amount },
    { account: free, amount: withdrawal.amount },
  ]);
}

/** A provider puts what waited in suspense into a position of its own. */
export function assignmentEntry(
  moveId: string,
  token: Token,
  { principal, positionId, amount }: { principal: string; positionId: string; amount: bigint },
): Entry {
  return makeEntry(`assignment:${moveId}`, token, [
    { account: { kind: "suspense", principal }, amount: -amount },
    { account: { kind: "position", positionId, pocket: "available" }, amount },
  ]);
}

/** What somebody sent to the vault directly becomes insurance. */
export function surplusAssignmentEntry(
  assignmentId: string,
  token: Token,
  { vault, amount }: { vault: string; amount: bigint },
): Entry {
  return makeEntry(`insured surplus:${assignmentId}`, token, [
    { account: { kind: "suspense", principal: vault }, amount: -amount },
    { account: { kind: "insurance" }, amount },
  ]);
}

/** What a principal took without an authorisation of ours is taken off what the books still show as its own. */
export function correctionEntry(
  correctionId: string,
  token: Token,
  { principal, positionId, amount }: { principal: string; positionId: string | null; amount: bigint },
): Entry {
  const owned: Account =
    positionId === null ? { kind: "suspense", principal } : { kind: "position", positionId, pocket: "available" };
  return makeEntry(`correction:${correctionId}`, token, [
    { account: owned, amount: -amount },
    { account: { kind: "breach", principal }, amount },
  ]);
}

/** A provider moves free capital from one of its positions to another. */
export function moveEntry(
  moveId: string,
  token: Token,
  { from, to, amount }: { from: string; to: string; amount: bigint },
): Entry {
  return makeEntry(`move:${moveId}`, token, [
    { account: { kind: "position", positionId: from, pocket: "available" }, amount: -amount },
    { account: { kind: "position", positionId: to, pocket: "available" }, amount },
  ]);
}

/** A provider makes what a position has earned free capital of the same position. */
export function collectionEntry(
  collectionId: string,
  token: Token,
  { positionId, amount }: { positionId: string; amount: bigint },
): Entry {
  return makeEntry(`collect:${collectionId}`, token, [
    { account: { kind: "position", positionId, pocket: "yield" }, amount: -amount },
    { account: { kind: "position", positionId, pocket: "available" }, amount },
  ]);
}

/**
 * Whose an account is: a provider's, or a principal's of whom nothing else is known. Null: the vault's own, a policy's, or the
 * treasury's.
 * @param providers whose each position is
 */
export function ownerOf(account: Account, providers: Map<string, string>): string | null {
  switch (account.kind) {
    case "position":
      return providers.get(account.positionId) ?? null;
    case "suspense":
    case "reserved":
    case "breach":
      return account.principal;
    case "vault":
    case "insurance":
    case "fees":
    case "exiting":
    case "premium":
    case "cover":
    case "covering":
      return null;
  }
}

/** The name that an account is stored under. */
export function accountName(account: Account): string {
  switch (account.kind) {
    case "vault":
    case "insurance":
    case "fees":
      return account.kind;
    case "position":
      return `position/${account.positionId}/${account.pocket}`;
    case "suspense":
      return `suspense/${account.principal}`;
    case "reserved":
      return `reserved/${account.principal}`;
    case "exiting":
      return `reserved/${account.account}`;
    case "breach":
      return `breach/${account.principal}`;
    case "premium":
    case "cover":
    case "covering":
      return `${account.kind}/${account.policyId}`;
  }
}
