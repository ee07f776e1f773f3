/**
 * What is sent by people who should not get anywhere, and what the service itself must never get through: each must abort,
 * in the model and in the contract for the same reason, and leaves no trace in the books.
 */
import { signPolicyTerms, signWithdrawal } from "../../src/stacks/authorization";
import { DEPLOYMENT } from "./calls";
import { timeOf } from "./contract";
import { ADMIN, type Call, GUARDIAN, SERVICE, type Tx } from "./transactions";
import type { Cover } from "./vault";

export const TRICKS = [
  ...["another's payment", "more than was signed", "another token", "another id", "a later expiry"],
  ...["a payment signed by another key", "a payment with a broken signature"],
  ...["another's policy", "a cheaper policy", "more coverage", "an earlier release", "terms signed by another key"],
  ...["a stranger revokes", "a stranger pauses", "a stranger lowers caps", "a stranger raises caps"],
  ...["the guardian unpauses", "caps raised at once", "a stranger cancels a change"],
  ...["a relayed deposit", "an empty deposit", "too large a deposit", "too large a reference"],
  ...["a stranger settles", "a stranger locks", "a stranger releases"],
  ...["a settlement above the lock", "a settlement of nothing", "a settlement in another token"],
  ...["a lock above the coverage", "a release in another token", "one policy released twice", "an early release"],
] as const;
export type Trick = (typeof TRICKS)[number];

/** Nobody's. */
const OTHER_KEY = `${"22".repeat(32)}01`;
const LIMIT = 2n ** 63n;
const CAPS = { withdrawals: 1n, settlements: 1n };
const RAISED = { withdrawals: 2n ** 90n, settlements: 2n ** 90n };

/** What is there to play tricks with. */
export interface Surroundings {
  stranger: string;
  /** What somebody else's wallet was given to send, if anything was. */
  payment: Call<"withdraw"> | undefined;
  premium: Call<"premium"> | undefined;
  policy: [bigint, Cover] | undefined;
  height: number;
}

const otherToken = (token: "STX" | "sBTC") => (token === "STX" ? "sBTC" : "STX");

function ofPayment(trick: Trick, payment: Call<"withdraw">, stranger: string): Tx | null {
  const { id, amount, token, expiresAt, signature } = payment;
  switch (trick) {
    case "another's payment":
      return stranger === payment.sender ? null : { ...payment, sender: stranger };
    case "more than was signed":
      return { ...payment, amount: amount + 1n };
    case "another token":
      return { ...payment, token: otherToken(token) };
    case "another id":
      return { ...payment, id: (id + 1n) % LIMIT };
    case "a later expiry":
      return { ...payment, expiresAt: expiresAt + 3_600n };
    case "a payment signed by another key": {
      const terms = { withdrawer: payment.sender, token, amount, id, expiresAt };
      return { ...payment, signature: signWithdrawal(DEPLOYMENT, terms, OTHER_KEY), signed: null };
    }
    case "a payment with a broken signature":
      return { ...payment, signature: signature.slice(2) + signature.slice(0, 2), signed: null };
    default:
      return null;
  }
}

function ofPremium(trick: Trick, premium: Call<"premium">, stranger: string): Tx | null {
  switch (trick) {
    case "another's policy":
      return stranger === premium.sender ? null : { ...premium, sender: stranger };
    case "a cheaper policy":
      return { ...premium, premium: premium.premium - 1n };
    case "more coverage":
      return { ...premium, coverage: premium.coverage + 1n };
    case "an earlier release":
      return { ...premium, releaseAfter: premium.releaseAfter - 3_600n };
    case "terms signed by another key": {
      const { sender: buyer, kind: _, signature: __, signed: ___, ...terms } = premium;
      const signature = signPolicyTerms(DEPLOYMENT, { buyer, ...terms }, OTHER_KEY);
      return { ...premium, signature, signed: null };
    }
    default:
      return null;
  }
}

function ofPolicy(trick: Trick, [policyId, policy]: [bigint, Cover], { stranger, height }: Surroundings): Tx | null {
  const { token, lock, coverage, releaseAfter } = policy;
  const settle = { kind: "settle", sender: SERVICE, token, policyId, amount: lock } as const;
  const release = { kind: "release", sender: SERVICE, token, policyIds: [policyId] } as const;
  const raise = { kind: "lock", sender: SERVICE, token, locks: [{ policyId, amount: coverage }] } as const;
  switch (trick) {
    case "a stranger settles":
      return { ...settle, sender: stranger };
    case "a stranger locks":
      return { ...raise, locks: [...raise.locks], sender: stranger };
    case "a stranger releases":
      return { ...release, policyIds: [policyId], sender: stranger };
    case "a settlement above the lock":
      return { ...settle, amount: lock + 1n };
    case "a settlement of nothing":
      return { ...settle, amount: 0n };
    case "a settlement in another token":
      return { ...settle, token: otherToken(token) };
    case "a lock above the coverage":
      return { ...raise, locks: [{ policyId, amount: coverage + 1n }] };
    case "a release in another token":
      return { ...release, policyIds: [policyId], token: otherToken(token) };
    case "one policy released twice":
      return { ...release, policyIds: [policyId, policyId] };
    case "an early release":
      // Two blocks, as the transaction may come into the next one.
      return timeOf(height + 2) < Number(releaseAfter) ? { ...release, policyIds: [policyId] } : null;
    default:
      return null;
  }
}

function ofNothing(trick: Trick, sender: string): Tx | null {
  const deposit = { kind: "deposit", sender, token: "STX", amount: 1n, reference: 0n } as const;
  switch (trick) {
    case "a stranger revokes":
      return { kind: "revoke", sender, id: 1n };
    case "a stranger pauses":
      return { kind: "pause", sender, paused: true };
    case "the guardian unpauses":
      return { kind: "pause", sender: GUARDIAN, paused: false };
    case "a stranger lowers caps":
      return { kind: "lower caps", sender, caps: CAPS };
    case "a stranger raises caps":
      return { kind: "schedule caps", sender, caps: RAISED };
    case "caps raised at once":
      return { kind: "lower caps", sender: ADMIN, caps: RAISED };
    case "a stranger cancels a change":
      return { kind: "cancel change", sender };
    case "a relayed deposit":
      return { ...deposit, isRelayed: true };
    case "an empty deposit":
      return { ...deposit, amount: 0n };
    case "too large a deposit":
      return { ...deposit, amount: LIMIT };
    case "too large a reference":
      return { ...deposit, reference: LIMIT };
    default:
      return null;
  }
}

/** The transaction of a trick; null if there is nothing to play it with. */
export function trickOf(trick: Trick, around: Surroundings): Tx | null {
  const { stranger, payment, premium, policy } = around;
  return (
    ofNothing(trick, stranger) ??
    (payment ? ofPayment(trick, payment, stranger) : null) ??
    (premium ? ofPremium(trick, premium, stranger) : null) ??
    (policy ? ofPolicy(trick, policy, around) : null)
  );
}
