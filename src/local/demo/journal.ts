/**
 * What the journal says about everybody's money: each posting of every entry, put down to whom and why. It is folded here
 * anew, from the postings alone, so that the balances of the backend are checked by it and not the other way round.
 */
import { internal } from "../../../convex/_generated/api";
import type { Token } from "../../domain/tokens";
import type { Operator } from "./operator";

const PAGE = 500;

export interface Posting {
  entryId: string;
  account: string;
  token: Token;
  amount: bigint;
  owner: { provider: string; tier: string } | null;
}

export async function readJournal(operator: Operator): Promise<Posting[]> {
  const postings: Posting[] = [];
  for (let cursor: string | null = null, isDone = false; !isDone; ) {
    const paginationOpts = { numItems: PAGE, cursor };
    const listed: { page: Posting[]; isDone: boolean; continueCursor: string } = await operator.query(
      internal.ledger.journal.list,
      { paginationOpts },
    );
    postings.push(...listed.page);
    ({ isDone, continueCursor: cursor } = listed);
  }
  return postings;
}

/** The part of an entry's id that names its cause's kind: `deposit` of `deposit:7`. */
export const causeOf = ({ entryId }: Posting) => entryId.split(":")[0] ?? entryId;

export const sum = (amounts: bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);

/** Accounts that the vault owes to: every one but the vault's own. */
export const isOwed = ({ account }: Posting) => account !== "vault";

/** Each entry comes to nothing, by itself. */
export function unbalanced(postings: Posting[]): string[] {
  const entries = new Map<string, bigint>();
  for (const { entryId, amount } of postings) entries.set(entryId, (entries.get(entryId) ?? 0n) + amount);
  return [...entries].filter(([, total]) => total !== 0n).map(([entryId]) => entryId);
}
