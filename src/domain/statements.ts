/**
 * What happened to somebody's money in a period: what there was, each movement, what there is. Accountants and tax offices
 * read it, so it adds up to the base unit by itself: opening + lines = closing, for every account and every part of it.
 *
 * **Accounts.** A position (a tier and a token), suspense (a token: deposits that no commitment claimed) and breach (a
 * token: what was paid without an authorisation of ours, a debt, so negative). Whatever of the books is somebody's is in one of
 * them. An account's parts are pockets: available, reserved, locked, earned; its balance is all four together.
 *
 * **A line** is what one entry of the books did to one account. What only changes pockets (a withdrawal's reserve, a lock, a
 * collection) is a line with the amount 0, so that every posting is in exactly one line; the balance changes only by what comes,
 * goes, is earned, is paid, or moves to another account of the same statement. A line names its entry, whose id derives from
 * its cause, and the transaction of the vault where the cause is an event of the vault; what has no transaction says in its
 * note what caused it (a policy, an authorisation).
 *
 * **The period** goes by an entry's block time, UTC, from its beginning to just before its end, so adjacent periods share
 * nothing and one's closing is the next one's opening. It is final when no entry of it can come any more: a final block is
 * at its end or past it, and all events up to that block are booked (what is booked by anything but an event has the time of
 * a final block or a later one). Before that it is provisional and says so: an event of the period may still become final.
 *
 * **Order**: by block time, then as it was booked.
 *
 * There are no dollars in it: prices are kept for a week, so a line's price of its time could be told for recent lines only,
 * and a statement must not change with the day on which it is asked for.
 */
import { type Account, POCKETS, type Pocket } from "./ledger";
import { describeEntry } from "./statementWords";
import { TIERS, type Tier } from "./tiers";
import { TOKENS, type Token } from "./tokens";

export const STATEMENT_ACCOUNTS = ["position", "suspense", "breach"] as const;
export type StatementAccount = (typeof STATEMENT_ACCOUNTS)[number];

/** Base units of one token, signed. */
export interface Pockets {
  available: bigint;
  reserved: bigint;
  locked: bigint;
  earned: bigint;
}

interface Place {
  token: Token;
  account: StatementAccount;
  /** A position's; else null. */
  tier: Tier | null;
}

/** An account with what is in it. */
export interface Balance extends Place, Pockets {}

/** A posting of somebody's, as it is in the books. */
export interface OwnPosting {
  /** Block time, unix seconds. */
  at: number;
  entryId: string;
  /** The name that `accountName` gives. */
  account: string;
  token: Token;
  amount: bigint;
}

/** What one entry did to one account. */
export interface Movement extends Place, Pockets {
  /** Block time, unix seconds. */
  at: number;
  entryId: string;
}

/** What else is known of a movement. */
export interface Cause {
  /** The vault's transaction; null: no event of the vault is the cause. */
  txId: string | null;
  /** Of what left a position by a transfer at mark, insurance's part; 0n for all else. */
  penalty: bigint;
}

export interface Line extends Place {
  /** Block time, ms. */
  at: number;
  entryId: string;
  /** In words that stay the same: "deposit", "premium earned". */
  kind: string;
  /** Base units by which the account's balance changes, and the balance after it. */
  amount: bigint;
  balance: bigint;
  /** What each pocket changes by; together `amount`. */
  available: bigint;
  reserved: bigint;
  locked: bigint;
  earned: bigint;
  txId: string | null;
  note: string;
}

/** Times in ms; `to` is not part of it. */
export interface Statement {
  provider: string;
  from: number;
  to: number;
  status: "final" | "provisional";
  /** Block time of the newest block that was known. */
  asOf: number;
  opening: Balance[];
  lines: Line[];
  closing: Balance[];
}

export const EMPTY: Pockets = { available: 0n, reserved: 0n, locked: 0n, earned: 0n };
const COLUMN = { available: "available", reserved: "reserved", locked: "locked", yield: "earned" } as const;

export function totalOf({ available, reserved, locked, earned }: Pockets): bigint {
  return available + reserved + locked + earned;
}

function plus(one: Pockets, other: Pockets): Pockets {
  return {
    available: one.available + other.available,
    reserved: one.reserved + other.reserved,
    locked: one.locked + other.locked,
    earned: one.earned + other.earned,
  };
}

const isSame = (one: Place, other: Place) =>
  one.token === other.token && one.account === other.account && one.tier === other.tier;

/** Suspense and breach after the positions, each token apart. */
function isBefore(one: Place, other: Place): boolean {
  const rank = ({ token, account, tier }: Place) =>
    TOKENS.indexOf(token) * 100 + STATEMENT_ACCOUNTS.indexOf(account) * 10 + (tier === null ? 0 : TIERS.indexOf(tier));
  return rank(one) < rank(other);
}

type Part = Pick<Place, "account" | "tier"> & { pocket: Pocket };

const OF_PRINCIPAL: Partial<Record<Account["kind"], Omit<Part, "tier">>> = {
  suspense: { account: "suspense", pocket: "available" },
  reserved: { account: "suspense", pocket: "reserved" },
  breach: { account: "breach", pocket: "available" },
};

/** @param tiers of the owner's positions, by their ids */
function partOf(name: string, tiers: Map<string, Tier>): Part {
  const [kind = "", id = "", pocketName] = name.split("/");
  const tier = tiers.get(id) ?? null;
  const pocket = POCKETS.find((known) => known === pocketName);
  if (kind === "position" && tier && pocket) return { account: "position", tier, pocket };
  const known = OF_PRINCIPAL[kind as Account["kind"]];
  if (!known) throw new Error(`${name} is nobody's account`);
  return { ...known, tier: null };
}

/** What the postings come to, an entry and account: in the order in which they are given. */
export function movementsOf(postings: OwnPosting[], tiers: Map<string, Tier>): Movement[] {
  const movements = new Map<string, Movement>();
  for (const { at, entryId, account: name, token, amount } of postings) {
    const { pocket, ...place } = partOf(name, tiers);
    const key = `${entryId} ${place.account} ${place.tier}`;
    const known = movements.get(key) ?? { at, entryId, token, ...place, ...EMPTY };
    movements.set(key, { ...known, [COLUMN[pocket]]: known[COLUMN[pocket]] + amount });
  }
  return [...movements.values()];
}

/** The balances after a movement; an account appears with its first. */
function moved(balances: Balance[], { token, account, tier, ...change }: Movement): Balance[] {
  const place = { token, account, tier };
  const known = balances.find((balance) => isSame(balance, place));
  if (known) return balances.map((balance) => (balance === known ? { ...known, ...plus(known, change) } : balance));
  const { at: _at, entryId: _entryId, ...pockets } = change;
  const next = balances.findIndex((balance) => isBefore(place, balance));
  return balances.toSpliced(next === -1 ? balances.length : next, 0, { ...place, ...pockets });
}

export function foldMovements(opening: Balance[], movements: Movement[]): Balance[] {
  return movements.reduce(moved, opening);
}

function balanceOf(balances: Balance[], place: Place): bigint {
  const known = balances.find((balance) => isSame(balance, place));
  return known ? totalOf(known) : 0n;
}

/** What a movement is by itself: a line without the balance that it leads to. */
export function unbalancedLine({ txId, penalty, ...movement }: Movement & Cause): Omit<Line, "balance"> {
  const { at, entryId, token, account, tier, available, reserved, locked, earned } = movement;
  const amount = totalOf(movement);
  return {
    ...{ at: at * 1_000, entryId, token, account, tier },
    ...describeEntry({ entryId, token, account, amount, penalty }),
    ...{ amount, available, reserved, locked, earned, txId },
  };
}

/** The lines of movements, and what there is after them. Movements are in order. */
export function drawUp(
  opening: Balance[],
  movements: (Movement & Cause)[],
): Pick<Statement, "opening" | "lines" | "closing"> {
  let closing = opening;
  const lines = movements.map(({ txId, penalty, ...movement }): Line => {
    closing = moved(closing, movement);
    return { ...unbalancedLine({ ...movement, txId, penalty }), balance: balanceOf(closing, movement) };
  });
  return { opening, lines, closing };
}

/** One statement of pages that follow each other. */
export function joined(pages: [Statement, ...Statement[]]): Statement {
  const [first] = pages;
  const last = pages.at(-1) ?? first;
  const isOne = pages.every(
    ({ provider, from, to }) => [provider, from, to].join() === [first.provider, first.from, first.to].join(),
  );
  if (!isOne) throw new Error("These pages are of different statements");
  const status = pages.every((page) => page.status === "final") ? "final" : "provisional";
  return { ...first, status, lines: pages.flatMap(({ lines }) => lines), closing: last.closing };
}

/** What is wrong with a statement, null if nothing is: worked out of its lines alone. */
export function statementFault({ from, to, opening, lines, closing }: Statement): string | null {
  let balances = opening;
  for (const line of lines) {
    const { entryId, at, amount, balance } = line;
    if (at < from || at >= to) return `${entryId} is not of the period.`;
    if (totalOf(line) !== amount) return `${entryId} changes pockets by ${totalOf(line)} and the balance by ${amount}.`;
    const { token, account, tier, available, reserved, locked, earned } = line;
    balances = moved(balances, { at, entryId, token, account, tier, available, reserved, locked, earned });
    if (balanceOf(balances, line) !== balance)
      return `After ${entryId} it shows ${balance}, which is not what adds up.`;
  }
  const isRight =
    balances.length === closing.length &&
    balances.every((balance) => closing.some((one) => isSame(one, balance) && isEqual(one, balance)));
  return isRight ? null : "What there is at the end is not what there was and what moved.";
}

function isEqual(one: Pockets, other: Pockets): boolean {
  return POCKETS.every((pocket) => one[COLUMN[pocket]] === other[COLUMN[pocket]]);
}

/** A check of the whole, a token: what there was, the sum of all amounts, and what there is. */
export function checksums({ opening, lines, closing }: Pick<Statement, "opening" | "lines" | "closing">) {
  return TOKENS.map((token) => {
    const sum = (amounts: bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);
    const ofToken = <T extends Place>(places: T[]) => places.filter((place) => place.token === token);
    return {
      token,
      opening: sum(ofToken(opening).map(totalOf)),
      movements: sum(ofToken(lines).map(({ amount }) => amount)),
      closing: sum(ofToken(closing).map(totalOf)),
    };
  });
}
