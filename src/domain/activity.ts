/** The few kinds by which somebody looks for what happened to its capital: each cause of an entry is of one of them. */
import { causeAndId } from "./statementWords";

export const ACTIVITY_KINDS = ["deposit", "withdrawal", "earning", "policy", "payout", "move", "correction"] as const;
export type ActivityKind = (typeof ACTIVITY_KINDS)[number];

const KIND_OF: Record<string, ActivityKind> = {
  deposit: "deposit",
  surplus: "deposit",
  withdrawal: "withdrawal",
  reserve: "withdrawal",
  unreserve: "withdrawal",
  earning: "earning",
  collect: "earning",
  backing: "policy",
  unbacking: "policy",
  raise: "policy",
  premium: "policy",
  lock: "policy",
  release: "policy",
  settlement: "payout",
  transfer: "payout",
  assignment: "move",
  move: "move",
  correction: "correction",
};

/** Null: of a cause that is not known here, which no filter finds. */
export function activityKindOf(entryId: string): ActivityKind | null {
  const [cause] = causeAndId(entryId);
  return Object.hasOwn(KIND_OF, cause) ? (KIND_OF[cause] as ActivityKind) : null;
}
