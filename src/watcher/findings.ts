/** What the watcher finds: one sentence each, with its facts, and whether the vault has to be paused for it. */
import { formatAmount, type Token } from "../domain/tokens";

export type FindingKind =
  /** The vault pays, or is asked to pay, what the backend did not authorise. */
  | "withdrawal.unknown"
  | "withdrawal.differs"
  | "withdrawal.ended"
  /** A policy that the backend did not sell, or on other terms. */
  | "policy.unknown"
  | "policy.differs"
  /** A payout that the backend did not decide, or another one. */
  | "settlement.unknown"
  | "settlement.undecided"
  | "settlement.differs"
  /** Money leaves, and the backend has not said for too long whether that is right. */
  | "payment.unverified"
  | "vault.deficit"
  | "vault.counters"
  | "proof.differs"
  /** From here on nothing is paused: somebody has to look. */
  | "proof.fails"
  | "sync.halted"
  | "sync.lags"
  | "backend.silent"
  | "chain.silent"
  | "chain.unreadable"
  | "chain.reorganised"
  | "guardian.poor"
  | "guardian.other"
  | "pause.fails";

export interface Finding {
  kind: FindingKind;
  /** The same for the same cause: it is told once, and paused for once. */
  key: string;
  message: string;
  facts: Record<string, string | number | bigint>;
  pauses: boolean;
}

export function pausing(kind: FindingKind, key: string, message: string, facts: Finding["facts"] = {}): Finding {
  return { kind, key: `${kind}:${key}`, message, facts, pauses: true };
}

export function alarm(kind: FindingKind, key: string, message: string, facts: Finding["facts"] = {}): Finding {
  return { kind, key: `${kind}:${key}`, message, facts, pauses: false };
}

export function shown(amount: bigint, token: Token): string {
  return `${formatAmount(amount, token)} ${token}`;
}
