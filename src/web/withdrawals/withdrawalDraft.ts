/** A withdrawal while it is being typed, held against what the service said could leave. The service has the last word. */
import type { FunctionReturnType } from "convex/server";
import type { api } from "../../../convex/_generated/api";
import type { Outcome } from "../../domain/refusal";
import { parseTier, type Tier } from "../../domain/tiers";
import { parseToken, type Token } from "../../domain/tokens";
import { type Binding, checkWithdrawal, type WithdrawalRoom } from "../../domain/withdrawals";
import { readTyped } from "../amounts/typing";

export type Quote = FunctionReturnType<typeof api.liquidity.quoteWithdrawal>;

/** As it is kept. */
export interface WithdrawalDraft {
  /** "Balanced STX"; empty: none was chosen yet. */
  chosen: string;
  amountText: string;
}

export const EMPTY_WITHDRAWAL: WithdrawalDraft = { chosen: "", amountText: "" };

export function keyOf({ tier, token }: { tier: Tier; token: Token }): string {
  return `${tier} ${token}`;
}

/** What a link to this page chooses: "?tier=Balanced&token=STX"; null: nothing that can be meant. */
export function chosenBy(query: URLSearchParams): string | null {
  const tier = parseTier(query.get("tier") ?? "");
  const token = parseToken(query.get("token") ?? "");
  return tier.ok && token.ok ? keyOf({ tier: tier.value, token: token.value }) : null;
}

const LIMIT_OF = {
  available: "available",
  hold: "notOnHold",
  health: "notNeeded",
  vault: "vaultFree",
  outflow: "outflowRoom",
} as const satisfies Record<Exclude<Binding, "minimum">, keyof WithdrawalRoom>;

/** A room that the domain quotes just as the service did: only what binds is less than all of the position. */
export function roomOf(token: Token, { max, binding, total, minimumPosition }: Quote): WithdrawalRoom {
  const all = { available: total, notOnHold: total, notNeeded: total, vaultFree: total, outflowRoom: total };
  // Short of all by one unit: what would stay is too little, which is what the minimum is about.
  const limit = binding === "minimum" ? { available: total - 1n } : { [LIMIT_OF[binding]]: max };
  return { token, total, minimumPosition, ...all, ...limit };
}

export function checkWithdrawalDraft(amountText: string, token: Token, quote: Quote): Outcome<bigint> {
  const read = readTyped(amountText, token);
  return read.ok ? checkWithdrawal(read.value, roomOf(token, quote)) : read;
}
