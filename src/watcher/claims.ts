/**
 * What somebody takes from the vault, seen in a block or while it waits for one, held against what the backend says of it.
 * Pure: the chain's words and the backend's answers in, findings out.
 */
import type { Token } from "../domain/tokens";
import type { ObservedEvent } from "../stacks/eventPages";
import { type Finding, pausing, shown } from "./findings";

/** In a block: its sequence and block time (unix seconds). Waiting: nothing of it has happened yet. */
export type Place = { kind: "mined"; sequence: bigint; time: number } | { kind: "waiting" };

interface Seen {
  txId: string;
  place: Place;
}

export interface WithdrawalClaim extends Seen {
  kind: "withdrawal";
  id: bigint;
  token: Token;
  amount: bigint;
  withdrawer: string;
  /** Unix seconds, as the call says; null where only the event was seen, which does not. */
  expiresAt: bigint | null;
}

export interface PremiumClaim extends Seen {
  kind: "premium";
  policyId: bigint;
  buyer: string;
  token: Token;
  premium: bigint;
  lock: bigint;
  coverage: bigint;
  /** Unix seconds. */
  releaseAfter: bigint;
}

export interface SettlementClaim extends Seen {
  kind: "settlement";
  policyId: bigint;
  token: Token;
  amount: bigint;
  /** Null while it waits: the vault pays whom it has registered. */
  buyer: string | null;
}

export type Claim = WithdrawalClaim | PremiumClaim | SettlementClaim;

/** What an event of the vault took, or promised; null for what takes nothing. */
export function claimOf({ txId, blockTime, event }: ObservedEvent): Claim | null {
  const seen = { txId, place: { kind: "mined" as const, sequence: event.sequence, time: blockTime } };
  switch (event.kind) {
    case "withdrawal": {
      const { authorizationId: id, token, amount, withdrawer } = event;
      return { kind: "withdrawal", ...seen, id, token, amount, withdrawer, expiresAt: null };
    }
    case "premium": {
      const { policyId, buyer, token, amount: premium, lock, coverage, releaseAfter } = event;
      return { kind: "premium", ...seen, policyId, buyer, token, premium, lock, coverage, releaseAfter };
    }
    case "settlement": {
      const { policyId, token, amount, buyer } = event;
      return { kind: "settlement", ...seen, policyId, token, amount, buyer };
    }
    default:
      return null;
  }
}

/** What the backend says of an authorisation (`authorizations.get`). */
export interface Authorization {
  id: bigint;
  token: Token;
  amount: bigint;
  withdrawer: string;
  /** Unix seconds. */
  expiresAt: bigint;
  status: "authorised" | "cancelling" | "paid" | "expired" | "revoked";
}

/** What the backend says of a policy (`policies.getPolicy`). Times in ms. */
export interface PolicyFacts {
  buyer: string;
  token: Token;
  premium: bigint;
  lock: bigint;
  coverage: bigint;
  termsExpireAt: number;
  expiresAt: number;
  outcome: null | { payout: bigint; missing: bigint };
}

/** An id that is not there was not answered; null: the backend does not know it. */
export interface Answers {
  authorizations: Map<bigint, Authorization | null>;
  policies: Map<bigint, PolicyFacts | null>;
}

/** The same for the event and for the call that it came of. */
export function subjectOf(claim: Claim): string {
  return claim.kind === "withdrawal" ? `withdrawal:${claim.id}` : `${claim.kind}:${claim.policyId}`;
}

/** What waited, was looked at and is mined after all is a cause of its own: then it has taken something. */
function keyOf(claim: Claim): string {
  return `${subjectOf(claim)}:${claim.place.kind}:${claim.txId}`;
}

/** What was found of it, nothing if it is as it should be; null: the backend did not say. */
export function judgeClaim(claim: Claim, { authorizations, policies }: Answers): Finding[] | null {
  switch (claim.kind) {
    case "withdrawal": {
      const known = authorizations.get(claim.id);
      return known === undefined ? null : judgeWithdrawal(claim, known);
    }
    case "premium": {
      const known = policies.get(claim.policyId);
      return known === undefined ? null : judgePremium(claim, known);
    }
    case "settlement": {
      const known = policies.get(claim.policyId);
      return known === undefined ? null : judgeSettlement(claim, known);
    }
  }
}

const isMined = ({ place }: Seen) => place.kind === "mined";

function judgeWithdrawal(claim: WithdrawalClaim, known: Authorization | null): Finding[] {
  const { id, token, amount, withdrawer, txId, place, expiresAt } = claim;
  const facts = { id, token, amount, withdrawer, txId };
  const what = `${withdrawer} ${isMined(claim) ? "took" : "is about to take"} ${shown(amount, token)} by authorisation ${id}`;
  const found = (kind: "withdrawal.unknown" | "withdrawal.differs" | "withdrawal.ended", why: string) => [
    pausing(kind, keyOf(claim), `${what}, ${why}.`, facts),
  ];
  if (!known) return found("withdrawal.unknown", "which the backend does not know");
  if (known.token !== token || known.amount !== amount || known.withdrawer !== withdrawer) {
    return found("withdrawal.differs", `which was for ${shown(known.amount, known.token)} to ${known.withdrawer}`);
  }
  if (expiresAt !== null && expiresAt !== known.expiresAt) {
    return found("withdrawal.differs", `which ends at ${known.expiresAt} and not at ${expiresAt}`);
  }
  if (place.kind === "waiting") return [];
  // The vault asks for the time itself: what it paid later was signed a second time.
  if (BigInt(place.time) >= known.expiresAt) {
    return found("withdrawal.ended", `which had ended at ${known.expiresAt}, before its block of ${place.time}`);
  }
  if (known.status === "expired" || known.status === "revoked") {
    return found("withdrawal.ended", `which the backend has as ${known.status}`);
  }
  return [];
}

function judgePremium(claim: PremiumClaim, known: PolicyFacts | null): Finding[] {
  const { policyId, buyer, token, premium, lock, coverage, releaseAfter, txId, place } = claim;
  const facts = { policyId, buyer, token, premium, lock, coverage, txId };
  const what = `${buyer} ${isMined(claim) ? "bought" : "is about to buy"} policy ${policyId} with ${shown(lock, token)} behind it`;
  if (!known) {
    return [pausing("policy.unknown", keyOf(claim), `${what}, which the backend did not sell.`, facts)];
  }
  const differs = (why: string) => [pausing("policy.differs", keyOf(claim), `${what}, ${why}.`, facts)];
  const said = [known.buyer, known.token, known.premium, known.lock, known.coverage, BigInt(known.expiresAt)];
  const seen = [buyer, token, premium, lock, coverage, releaseAfter * 1_000n];
  if (said.some((value, n) => value !== seen[n])) return differs("which the backend sold on other terms");
  if (place.kind === "mined" && place.time * 1_000 >= known.termsExpireAt) {
    return differs("whose terms had ended before its block");
  }
  return [];
}

function judgeSettlement(claim: SettlementClaim, known: PolicyFacts | null): Finding[] {
  const { policyId, token, amount, buyer, txId } = claim;
  const facts = { policyId, token, amount, txId, ...(buyer !== null && { buyer }) };
  const what = `Policy ${policyId} ${isMined(claim) ? "paid" : "is about to pay"} ${shown(amount, token)}`;
  if (!known) {
    return [pausing("settlement.unknown", keyOf(claim), `${what}; the backend knows no such policy.`, facts)];
  }
  if (!known.outcome) {
    return [pausing("settlement.undecided", keyOf(claim), `${what}; the backend has decided no payout.`, facts)];
  }
  const due = known.outcome.payout - known.outcome.missing;
  if (token === known.token && amount <= due && (buyer === null || buyer === known.buyer)) return [];
  const instead = `${shown(due, known.token)} to ${known.buyer}`;
  return [pausing("settlement.differs", keyOf(claim), `${what}; the backend decided ${instead}.`, facts)];
}

/** Whether money leaves by it: what only comes in can wait until somebody can say what it is. */
export function takesMoney({ kind }: Claim): boolean {
  return kind !== "premium";
}

/** Nobody has said for too long whether this may be. */
export function unverified(claim: Claim, seconds: number): Finding {
  const what = `${subjectOf(claim).replace(":", " ")} of ${claim.txId}`;
  const message = `The backend has not said for ${seconds} seconds whether ${what} is right. Whoever steals could silence it.`;
  return pausing("payment.unverified", subjectOf(claim), message, { txId: claim.txId, seconds });
}
