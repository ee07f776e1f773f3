/** One line of the activity in words: what moved where, and by how much. */
import type { FunctionReturnType } from "convex/server";
import type { api } from "../../../convex/_generated/api";
import type { ActivityKind } from "../../domain/activity";
import { causeAndId } from "../../domain/statementWords";
import type { Token } from "../../domain/tokens";
import { readableAmount } from "../amounts/typing";

export type ActivityLine = FunctionReturnType<typeof api.statements.listActivity>["page"][number];

export const KIND_WORDS: Record<ActivityKind, string> = {
  deposit: "Deposits",
  withdrawal: "Withdrawals",
  earning: "Earnings",
  policy: "Policies and locks",
  payout: "Payouts and takeovers",
  move: "Moves and assignments",
  correction: "Corrections",
};

/** "+1.5", "−0.25", "0", with a minus as wide as the plus. */
export function signed(amount: bigint, token: Token): string {
  if (amount === 0n) return "0";
  return amount > 0n ? `+${readableAmount(amount, token)}` : `−${readableAmount(-amount, token)}`;
}

export function placeOf({ account, tier }: Pick<ActivityLine, "account" | "tier">): string {
  return tier ?? (account === "suspense" ? "Suspense" : "Breach");
}

const POCKETS = ["available", "reserved", "locked", "earned"] as const;

/** What each part of the account changed by, where that is more than the amount says: "available −0.05, locked +0.05". */
export function pocketWords(line: ActivityLine): string {
  const moved = POCKETS.filter((pocket) => line[pocket] !== 0n);
  return moved.map((pocket) => `${pocket} ${signed(line[pocket], line.token)}`).join(", ");
}

/** What the entry does not say already: an id of letters that stands there too tells nobody more. */
export function noteOf({ note, entryId }: Pick<ActivityLine, "note" | "entryId">): string {
  const [, id] = causeAndId(entryId);
  return /^\d+(:|$)/.test(id) || !note.endsWith(` ${id}`) ? note : "";
}

/** A long id by its ends; whole where it is copied. */
export function shortEntry(entryId: string): string {
  return entryId.length <= 22 ? entryId : `${entryId.slice(0, 12)}…${entryId.slice(-7)}`;
}

/** A statement's kinds are written small, as they stand within sentences. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
