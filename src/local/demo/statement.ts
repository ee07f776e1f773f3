/**
 * What the week has brought each actor, and why. Two sources that know nothing of each other must agree on it: the wallets
 * on-chain with what the books owe, and the journal's entries with the vault's events.
 */
import { TOKENS, type Token } from "../../domain/tokens";
import type { VaultEvent } from "../../stacks/vaultEvents";
import { causeOf, isOwed, type Posting, sum } from "./journal";

/** Why money came or went, as it is printed. */
export type Reasons = Map<string, bigint>;

export interface Row {
  name: string;
  token: Token;
  reasons: Reasons;
  /** What it came to by the reasons, base units. */
  gain: bigint;
  /** What it came to by the wallet and by what the books owe; null: an account that has no wallet. */
  seen: bigint | null;
}

/** How causes of entries are printed. */
export type Words = Record<string, string>;

const OF_A_PERSON: Words = { earning: "premiums earned", settlement: "payouts borne" };

function add(reasons: Reasons, reason: string, amount: bigint) {
  const total = (reasons.get(reason) ?? 0n) + amount;
  if (total === 0n) reasons.delete(reason);
  else reasons.set(reason, total);
}

function byEntry(postings: Posting[]): Map<string, Posting[]> {
  const entries = new Map<string, Posting[]>();
  for (const posting of postings) entries.set(posting.entryId, [...(entries.get(posting.entryId) ?? []), posting]);
  return entries;
}

/** The leaver of a transfer pays the mark and a penalty, which is what insurance gets in the same entry. */
function addTransfer(reasons: Reasons, amount: bigint, entry: Posting[]) {
  const penalty = sum(entry.filter(({ account }) => account === "insurance").map((posting) => posting.amount));
  if (amount > 0n) return add(reasons, "mark received", amount);
  add(reasons, "penalty", -penalty);
  add(reasons, "mark paid", amount + penalty);
}

const OWN_MONEY = new Set(["deposit", "withdrawal"]);

/** Gains by reason of whoever the postings belong to; what comes from or goes to its own wallet is no gain. */
export function reasonsOf(
  journal: Posting[],
  token: Token,
  isOwn: (posting: Posting) => boolean,
  words: Words = OF_A_PERSON,
): Reasons {
  const reasons: Reasons = new Map();
  for (const entry of byEntry(journal.filter((posting) => posting.token === token)).values()) {
    const own = entry.filter((posting) => isOwed(posting) && isOwn(posting));
    const [first] = own;
    const amount = sum(own.map((posting) => posting.amount));
    if (!first || amount === 0n) continue;
    const cause = causeOf(first);
    if (OWN_MONEY.has(cause)) continue;
    if (cause === "transfer" && first.owner) addTransfer(reasons, amount, entry);
    else add(reasons, words[cause] ?? cause, amount);
  }
  return reasons;
}

/** What a buyer paid to the vault and got from it, by the vault's events. */
export function boughtBy(events: VaultEvent[], token: Token, buyer: string): Reasons {
  const reasons: Reasons = new Map();
  for (const event of events) {
    if (event.kind !== "premium" && event.kind !== "settlement") continue;
    if (event.token !== token || event.buyer !== buyer) continue;
    if (event.kind === "premium") add(reasons, "premiums paid", -event.amount);
    else add(reasons, "payouts received", event.amount);
  }
  return reasons;
}

export const totalOf = (reasons: Reasons) => sum([...reasons.values()]);

export function merged(...all: Reasons[]): Reasons {
  const reasons: Reasons = new Map();
  for (const some of all) for (const [reason, amount] of some) add(reasons, reason, amount);
  return reasons;
}

/** What is wrong with the rows; nothing, if every row agrees with what was seen and nothing came from nowhere. */
export function faultsOf(rows: Row[]): string[] {
  const unlike = rows
    .filter(({ gain, seen }) => seen !== null && seen !== gain)
    .map(({ name, token, gain, seen }) => `${name}'s ${token}: ${gain} by the entries, ${seen} by wallet and books`);
  const sums = TOKENS.map((token) => ({
    token,
    total: sum(rows.filter((row) => row.token === token).map(({ gain }) => gain)),
  }));
  const made = sums.filter(({ total }) => total !== 0n);
  return [...unlike, ...made.map(({ token, total }) => `all gains of ${token} come to ${total}, not to nothing`)];
}
