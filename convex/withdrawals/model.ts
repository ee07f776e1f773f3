/**
 * The only writer of withdrawals. One is open while it may still be paid: from its authorisation until a final event or a
 * final block's time decides that it was paid, revoked or has expired. Until then its reserve stays where it is.
 */
import { reserveEntry, unreserveEntry, withdrawalEntry } from "../../src/domain/ledger";
import { TIERS } from "../../src/domain/tiers";
import { formatAmount, type Token } from "../../src/domain/tokens";
import { TREASURY_ACCOUNTS } from "../../src/domain/treasury";
import type { Doc, Id } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { trip } from "../breakers/model";
import { applyEntry, Books } from "../ledger/model";
import { notify, notifyOperators } from "../notifications/model";
import { submit } from "../outbox/model";

export type Withdrawal = Doc<"withdrawals">;
type NewWithdrawal = Omit<Withdrawal, "_id" | "_creationTime" | "status">;

const OPEN = ["authorised", "cancelling"] as const satisfies Withdrawal["status"][];

function isOpen({ status }: Withdrawal): boolean {
  return OPEN.some((open) => open === status);
}

export function findWithdrawal(ctx: QueryCtx, authorizationId: bigint): Promise<Withdrawal | null> {
  return ctx.db
    .query("withdrawals")
    .withIndex("by_authorization_id", (q) => q.eq("authorizationId", authorizationId))
    .unique();
}

export function findByKey(ctx: QueryCtx, provider: string, idempotencyKey: string): Promise<Withdrawal | null> {
  return ctx.db
    .query("withdrawals")
    .withIndex("by_provider_and_key", (q) => q.eq("provider", provider).eq("idempotencyKey", idempotencyKey))
    .unique();
}

export function isSameSource(one: Withdrawal["source"], other: Withdrawal["source"]): boolean {
  if (one.kind === "position") return other.kind === "position" && one.positionId === other.positionId;
  if (one.kind === "account") return other.kind === "account" && one.account === other.account;
  return one.kind === other.kind;
}

/** What a principal can have or be paid from of one token: a position a tier, suspense, and the treasury's accounts. */
const MAX_SOURCES = TIERS.length + 1 + TREASURY_ACCOUNTS.length;

/** What a principal has open of a token: at most one a source. */
export async function openWithdrawals(ctx: QueryCtx, provider: string, token: Token): Promise<Withdrawal[]> {
  const inStatus = (status: Withdrawal["status"]) =>
    ctx.db
      .query("withdrawals")
      .withIndex("by_provider_and_token_and_status", (q) =>
        q.eq("provider", provider).eq("token", token).eq("status", status),
      )
      .take(MAX_SOURCES);
  return (await Promise.all(OPEN.map(inStatus))).flat();
}

/** One is open a source: a position, or what a provider has of a token in suspense. */
export async function openWithdrawal(
  ctx: QueryCtx,
  { provider, token, source }: Pick<Withdrawal, "provider" | "token" | "source">,
): Promise<Withdrawal | null> {
  const open = await openWithdrawals(ctx, provider, token);
  return open.find((withdrawal) => isSameSource(withdrawal.source, source)) ?? null;
}

function authorisedRow(ctx: QueryCtx, token: Token) {
  return ctx.db
    .query("authorisedTotals")
    .withIndex("by_token", (q) => q.eq("token", token))
    .unique();
}

/** Base units that open withdrawals may still take from the vault. */
export async function authorisedTotal(ctx: QueryCtx, token: Token): Promise<bigint> {
  return (await authorisedRow(ctx, token))?.amount ?? 0n;
}

/** What the open withdrawals themselves come to, a sum a token; null where there are more than `most`. */
export async function sumOfOpen(ctx: QueryCtx, most: number): Promise<Record<Token, bigint> | null> {
  const sums: Record<Token, bigint> = { STX: 0n, sBTC: 0n };
  let left = most;
  for (const status of OPEN) {
    const rows = await ctx.db
      .query("withdrawals")
      .withIndex("by_status_and_expires_at", (q) => q.eq("status", status))
      .take(left + 1);
    if (rows.length > left) return null;
    left -= rows.length;
    for (const { token, amount } of rows) sums[token] += amount;
  }
  return sums;
}

async function addAuthorised(ctx: MutationCtx, token: Token, amount: bigint) {
  const row = await authorisedRow(ctx, token);
  if (row) await ctx.db.patch("authorisedTotals", row._id, { amount: row.amount + amount });
  else await ctx.db.insert("authorisedTotals", { token, amount });
}

/**
 * Sets the amount aside and records its authorisation.
 * @param at block time, unix seconds
 */
export async function openReserve(ctx: MutationCtx, withdrawal: NewWithdrawal, at: number): Promise<Id<"withdrawals">> {
  const { authorizationId, token, amount } = withdrawal;
  if (await findWithdrawal(ctx, authorizationId)) throw new Error(`Authorisation id ${authorizationId} is taken`);
  await applyEntry(ctx, reserveEntry(withdrawal), at);
  await addAuthorised(ctx, token, amount);
  return ctx.db.insert("withdrawals", { ...withdrawal, status: "authorised" });
}

/** Ends a withdrawal that is not paid: nothing is authorised any more, and its reserve returns. */
async function endUnpaid(
  ctx: MutationCtx,
  books: Books,
  withdrawal: Withdrawal,
  { status, at }: { status: "expired" | "revoked"; at: number },
) {
  await ctx.db.patch("withdrawals", withdrawal._id, { status });
  await addAuthorised(ctx, withdrawal.token, -withdrawal.amount);
  await books.book(unreserveEntry(withdrawal), at);
  await tellEnd(ctx, withdrawal, { status, at });
}

/** Whoever asked for it hears how it ended; the operators do of what was to leave insurance or fees. */
async function tellEnd(
  ctx: MutationCtx,
  { _id: withdrawalId, provider, token, amount, source, authorizationId }: Withdrawal,
  { status, at, ...more }: { status: "paid" | "expired" | "revoked"; at: number; txId?: string },
) {
  const from = source.kind === "account" ? source.account : source.kind;
  const facts = { withdrawalId, authorizationId, token, amount, from, ...more, at: at * 1_000 };
  const notice = { kind: `withdrawal.${status}`, facts };
  await (source.kind === "account" ? notifyOperators(ctx, notice) : notify(ctx, { provider, ...notice }));
}

/**
 * Asks the vault to revoke an authorisation, and says what has become of the withdrawal. Its signature is out, so the
 * reserve returns only when the vault's final event says that it can't be paid any more.
 */
export async function startCancelling(ctx: MutationCtx, withdrawal: Withdrawal): Promise<Withdrawal["status"]> {
  if (withdrawal.status !== "authorised") return withdrawal.status;
  const { _id, authorizationId } = withdrawal;
  await ctx.db.patch("withdrawals", _id, { status: "cancelling" });
  await submit(ctx, { key: `revoke:${authorizationId}`, call: { kind: "revoke", authorizationId } });
  return "cancelling";
}

interface PaidEvent {
  txId: string;
  sequence: bigint;
  authorizationId: bigint;
  withdrawer: string;
  token: Token;
  amount: bigint;
}

/** Why the vault should not have paid this; null if it is exactly what we authorised, and still open. */
function breachOf(known: Withdrawal | null, paid: PaidEvent): string | null {
  if (!known) return "which is not ours";
  const { provider, amount, token, status } = known;
  if (!isOpen(known)) return `which the books have as ${status}`;
  if (provider === paid.withdrawer && amount === paid.amount && token === paid.token) return null;
  return `which was for ${formatAmount(amount, token)} ${token} to ${provider}`;
}

/**
 * Books a final withdrawal: from its reserve, or, if we never authorised exactly this, as its withdrawer's breach. Only
 * the authoriser's key makes the vault pay, so a breach stops all signing until an operator has looked.
 * @param at block time, unix seconds
 */
export async function bookPayment(ctx: MutationCtx, books: Books, paid: PaidEvent, at: number) {
  const known = await findWithdrawal(ctx, paid.authorizationId);
  const breach = breachOf(known, paid);
  const ours = breach === null ? known : null;
  await books.book(withdrawalEntry(paid, ours), at);
  if (ours) {
    await ctx.db.patch("withdrawals", ours._id, { status: "paid" });
    await addAuthorised(ctx, ours.token, -ours.amount);
    await tellEnd(ctx, ours, { status: "paid", at, txId: paid.txId });
    return;
  }
  const { withdrawer, token, amount, authorizationId, txId } = paid;
  const what = `${withdrawer} withdrew ${formatAmount(amount, token)} ${token}`;
  const cause = { kind: "breach", facts: { withdrawer, token, amount, authorizationId, txId } };
  await trip(ctx, "withdraw", `${what} by authorisation ${authorizationId}, ${breach}.`, cause);
}

/** A final revocation, asked for by us or the guardian's own: the reserve returns, if one is still there. */
export async function bookRevocation(ctx: MutationCtx, books: Books, revoked: { authorizationId: bigint }, at: number) {
  const known = await findWithdrawal(ctx, revoked.authorizationId);
  if (known && isOpen(known)) await endUnpaid(ctx, books, known, { status: "revoked", at });
}

/** What a mutation can do beside a batch of events. */
const EXPIRED_BATCH = 100;

/**
 * Returns the reserve of authorisations that can't be used any more, the oldest first; what is too much for once waits
 * for the next look. To be called only when every event up to a final block of this time is in the books: until then one
 * of them may still turn out to be paid.
 * @param finalTime block time of that final block, unix seconds
 */
export async function expireWithdrawals(ctx: MutationCtx, finalTime: number) {
  const books = new Books(ctx);
  let room = EXPIRED_BATCH;
  for (const status of OPEN) {
    const expired = await ctx.db
      .query("withdrawals")
      .withIndex("by_status_and_expires_at", (q) => q.eq("status", status).lte("expiresAt", BigInt(finalTime)))
      .take(room);
    room -= expired.length;
    for (const withdrawal of expired) await endUnpaid(ctx, books, withdrawal, { status: "expired", at: finalTime });
  }
  await books.writeBalances();
}
