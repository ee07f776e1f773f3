/** The only writer of the books: an entry is applied whole, once, together with the balances that it changes. */
import { type Account, accountName, type Entry, type Pocket } from "../../src/domain/ledger";
import { describeFailure, type ProofFigures, prove } from "../../src/domain/proof";
import { TOKENS, type Token } from "../../src/domain/tokens";
import type { Id } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { MONEY, tripAll } from "../breakers/model";
import { updateProviderBalance } from "../positions/model";

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
  if (row) await ctx.db.patch(row._id, { balance: row.balance + amount });
  else await ctx.db.insert("accounts", { name: accountName(account), token, balance: amount });
}

/** Balances follow the postings: accounts one by one, each position once with all that the entry does to it. */
async function creditAll(ctx: MutationCtx, { token, postings }: Entry, at: number) {
  const positions = new Map<string, { pocket: Pocket; amount: bigint }[]>();
  for (const { account, amount } of postings) {
    if (account.kind !== "position") await credit(ctx, account, token, amount);
    else {
      const { positionId, pocket } = account;
      positions.set(positionId, [...(positions.get(positionId) ?? []), { pocket, amount }]);
    }
  }
  for (const [positionId, credits] of positions) {
    await updateProviderBalance(ctx, positionId as Id<"positions">, credits, at);
  }
}

/**
 * Books an entry and says whether it did: an entry that is in the books already changes nothing.
 * @param at block time of the cause, unix seconds
 */
export async function applyEntry(ctx: MutationCtx, entry: Entry, at: number): Promise<boolean> {
  const known = await ctx.db
    .query("entries")
    .withIndex("by_entry_id", (q) => q.eq("entryId", entry.id))
    .unique();
  if (known) return false;
  await ctx.db.insert("entries", { entryId: entry.id, token: entry.token, at });
  for (const { account, amount } of entry.postings) {
    await ctx.db.insert("postings", { entryId: entry.id, account: accountName(account), token: entry.token, amount });
  }
  await creditAll(ctx, entry, at);
  return true;
}

/** What the books say the vault holds, base units. */
export async function bookedTotal(ctx: QueryCtx, token: Token): Promise<bigint> {
  return -(await accountBalance(ctx, { kind: "vault" }, token));
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
  if (!proof.holds) await tripAll(ctx, MONEY, describeFailure(proof));
  const row = await proofRow(ctx, figures.token);
  const fields = { ...proof, blockHeight: block.height, blockTime: block.time, sequence: block.sequence };
  const figuresOf = ({ held, counted, booked, pending }: ProofFigures) => [held, counted, booked, pending].join();
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
