/** The only writer of the books: an entry is applied whole, once, together with the balances that it changes. */
import { type Account, accountName, type Entry, ownerOf } from "../../src/domain/ledger";
import { describeFailure, type ProofFigures, prove } from "../../src/domain/proof";
import { TOKENS, type Token } from "../../src/domain/tokens";
import type { Id } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { MONEY, tripAll } from "../breakers/model";
import { refreshHealth } from "../health/model";
import { type PositionCredits, updateProviderBalances } from "../positions/model";

async function accountRow(ctx: QueryCtx, account: Account, token: Token) {
  return ctx.db
    .query("accounts")
    .withIndex("by_name_and_token", (q) => q.eq("name", accountName(account)).eq("token", token))
    .unique();
}

/** Balance in base units of an account that is not a position's; 0 before its first entry. */
export async function accountBalance(ctx: QueryCtx, account: Account, token: Token): Promise<bigint> {
  return (await accountRow(ctx, account, token))?.balance ?? 0n;
}

async function credit(ctx: MutationCtx, account: Account, token: Token, amount: bigint) {
  const row = await accountRow(ctx, account, token);
  if (row) await ctx.db.patch("accounts", row._id, { balance: row.balance + amount });
  else await ctx.db.insert("accounts", { name: accountName(account), token, balance: amount });
}

/** What the books say the vault holds, base units. */
export async function bookedTotal(ctx: QueryCtx, token: Token): Promise<bigint> {
  return -(await accountBalance(ctx, VAULT, token));
}

function lockRow(ctx: QueryCtx, token: Token) {
  return ctx.db
    .query("lockTotals")
    .withIndex("by_token", (q) => q.eq("token", token))
    .unique();
}

/** What the books say the vault has locked, base units. */
export async function bookedLocks(ctx: QueryCtx, token: Token): Promise<bigint> {
  const { backed = 0n, foreign = 0n } = (await lockRow(ctx, token)) ?? {};
  return backed + foreign;
}

/** What is locked behind policies of ours, kept as a sum, base units. */
export async function backedLocks(ctx: QueryCtx, token: Token): Promise<bigint> {
  return (await lockRow(ctx, token))?.backed ?? 0n;
}

async function addLocks(ctx: MutationCtx, token: Token, { backed, foreign }: Locks) {
  if (backed === 0n && foreign === 0n) return;
  const row = await lockRow(ctx, token);
  if (!row) await ctx.db.insert("lockTotals", { token, backed, foreign });
  else await ctx.db.patch("lockTotals", row._id, { backed: row.backed + backed, foreign: row.foreign + foreign });
}

/** What is locked behind policies of ours, and what else events have locked. */
interface Locks {
  backed: bigint;
  foreign: bigint;
}

const NO_LOCKS: Locks = { backed: 0n, foreign: 0n };

/** Whether what is in the account is locked on-chain. */
function isLock(account: Account): boolean {
  return account.kind === "cover" || (account.kind === "position" && account.pocket === "locked");
}

/** A posting that waits until its position has been read, which says whose it is. */
interface Waiting {
  entry: Entry;
  at: number;
}

/**
 * The books while one transaction adds to them. Entries are inserted as they come; their postings, and what these add to
 * balances, are written by `writeBalances`: each balance once, however many entries touch it, as a batch of events would
 * otherwise write the same few rows for every event; and postings with their owners, who are known from the positions that are
 * read there anyway. Sums commute, so whoever else writes balances meanwhile disturbs nothing, but sees them as they were.
 * An entry that no `writeBalances` follows would leave postings and balances behind: that would be a bug.
 */
export class Books {
  readonly #waiting: Waiting[] = [];
  readonly #accounts = new Map<string, { account: Account; token: Token; amount: bigint }>();
  readonly #positions = new Map<string, PositionCredits>();
  /** By token; read once. */
  readonly #totals = new Map<Token, bigint>();
  readonly #locks = new Map<Token, Locks>();

  constructor(private readonly ctx: MutationCtx) {}

  /**
   * Books an entry and says whether it did: an entry that is in the books already changes nothing.
   * @param at block time of the cause, unix seconds
   */
  async book(entry: Entry, at: number): Promise<boolean> {
    const { id: entryId, token } = entry;
    const known = await this.ctx.db
      .query("entries")
      .withIndex("by_entry_id", (q) => q.eq("entryId", entryId))
      .unique();
    if (known) return false;
    await this.ctx.db.insert("entries", { entryId, token, at });
    this.#waiting.push({ entry, at });
    for (const { account, amount } of entry.postings) {
      if (account.kind === "position") this.#creditPosition(account, amount, at);
      else this.#creditAccount(account, token, amount);
      if (isLock(account)) this.#addLocks(token, { backed: amount, foreign: 0n });
    }
    return true;
  }

  /** Counts what an event has locked that is not ours, or freed of it (negative). No entry moves it: it is nobody's. */
  lockForeign(token: Token, amount: bigint) {
    this.#addLocks(token, { backed: 0n, foreign: amount });
  }

  /** What is locked after the last entry, base units. */
  async locked(token: Token): Promise<bigint> {
    const { backed, foreign } = this.#locks.get(token) ?? NO_LOCKS;
    return (await bookedLocks(this.ctx, token)) + backed + foreign;
  }

  #addLocks(token: Token, { backed, foreign }: Locks) {
    const before = this.#locks.get(token) ?? NO_LOCKS;
    this.#locks.set(token, { backed: before.backed + backed, foreign: before.foreign + foreign });
  }

  /** What the vault holds after the last entry, base units. */
  async total(token: Token): Promise<bigint> {
    const before = this.#totals.get(token) ?? (await bookedTotal(this.ctx, token));
    this.#totals.set(token, before);
    return before - (this.#accounts.get(keyOf(VAULT, token))?.amount ?? 0n);
  }

  /** Writes what the entries since the last time add to balances, and to what is kept beside them. */
  async writeBalances(): Promise<void> {
    for (const { account, token, amount } of this.#accounts.values()) await credit(this.ctx, account, token, amount);
    for (const [token, locks] of this.#locks) await addLocks(this.ctx, token, locks);
    const { backing, providers } = await updateProviderBalances(this.ctx, [...this.#positions.values()]);
    for (const { entry, at } of this.#waiting.splice(0)) await this.#insertPostings(entry, at, providers);
    await refreshHealth(this.ctx, backing);
    for (const written of [this.#accounts, this.#positions, this.#totals, this.#locks]) written.clear();
  }

  /** @param providers whose each position is */
  async #insertPostings({ id: entryId, token, postings }: Entry, at: number, providers: Map<string, string>) {
    for (const { account, amount } of postings) {
      const owner = ownerOf(account, providers);
      const posting = { entryId, account: accountName(account), token, amount, at };
      await this.ctx.db.insert("postings", owner === null ? posting : { ...posting, owner });
    }
  }

  #creditAccount(account: Account, token: Token, amount: bigint) {
    const key = keyOf(account, token);
    const before = this.#accounts.get(key)?.amount ?? 0n;
    this.#accounts.set(key, { account, token, amount: before + amount });
  }

  #creditPosition({ positionId, pocket }: PositionAccount, amount: bigint, at: number) {
    const before = this.#positions.get(positionId)?.credits ?? [];
    const credits = [...before, { pocket, amount }];
    this.#positions.set(positionId, { positionId: positionId as Id<"positions">, credits, at });
  }
}

const VAULT: Account = { kind: "vault" };
type PositionAccount = Extract<Account, { kind: "position" }>;

const keyOf = (account: Account, token: Token) => `${accountName(account)} ${token}`;

/** What an account began with; null: it never had anything. */
export function oldestPosting(ctx: QueryCtx, account: Account, token: Token) {
  return ctx.db
    .query("postings")
    .withIndex("by_account_and_token", (q) => q.eq("account", accountName(account)).eq("token", token))
    .first();
}

/** The postings of an entry; none where it is not in the books. */
export function postingsOf(ctx: QueryCtx, entryId: string, most: number) {
  return ctx.db
    .query("postings")
    .withIndex("by_entry_id", (q) => q.eq("entryId", entryId))
    .take(most);
}

/** Books one entry as `Books.book` does, with the balances that it changes. */
export async function applyEntry(ctx: MutationCtx, entry: Entry, at: number): Promise<boolean> {
  const books = new Books(ctx);
  const isNew = await books.book(entry, at);
  await books.writeBalances();
  return isNew;
}

/** A row changes at most this often when nothing but the block does, so that pages are not redrawn every block. */
const PROOF_REFRESH_SECONDS = 60;

/** Takes the proof of one token, keeps it, and stops what moves money if it fails. */
export async function recordProof(
  ctx: MutationCtx,
  figures: Omit<ProofFigures, "booked">,
  block: { height: number; time: number; sequence: bigint },
) {
  const proof = prove({ ...figures, booked: await bookedTotal(ctx, figures.token) });
  if (!proof.holds) {
    const { token, held, counted, booked, pending } = proof;
    const facts = { token, held, counted, booked, pending };
    await tripAll(ctx, MONEY, describeFailure(proof), { kind: "proof.failed", facts });
  }
  const row = await proofRow(ctx, figures.token);
  const fields = { ...proof, blockHeight: block.height, blockTime: block.time, sequence: block.sequence };
  const figuresOf = ({ held, counted, booked, pending, locks }: ProofFigures) =>
    [held, counted, booked, pending, locks.counted, locks.booked, locks.pending].join();
  const same = row && row.sequence === block.sequence && figuresOf(row) === figuresOf(proof);
  if (same && block.time - row.blockTime < PROOF_REFRESH_SECONDS) return;
  if (row) await ctx.db.replace(row._id, fields);
  else await ctx.db.insert("proofs", fields);
}

function proofRow(ctx: QueryCtx, token: Token) {
  return ctx.db
    .query("proofs")
    .withIndex("by_token", (q) => q.eq("token", token))
    .unique();
}

/** The newest proof of each token that has one. */
export async function latestProofs(ctx: QueryCtx) {
  const rows = await Promise.all(TOKENS.map((token) => proofRow(ctx, token)));
  return rows.filter((row) => row !== null);
}
