/** A provider's postings in the order of time, a page at a time, and the only writer of checkpoints. */
import type { PaginationOptions } from "convex/server";
import type { Infer } from "convex/values";
import { type Balance, type Movement, movementsOf, totalOf } from "../../src/domain/statements";
import { sequenceOf } from "../../src/domain/statementWords";
import type { Token } from "../../src/domain/tokens";
import type { Doc } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { paged, refuseWith } from "../functions";
import { positionsOf } from "../positions/model";
import { finalEvent, type Mirror } from "../sync/model";
import { hasBacklog } from "../sync/observation";
import type { placeValidator } from "./schema";

export type Place = Infer<typeof placeValidator>;

/** The next postings of an owner behind a place: those of one entry together. */
async function postingsAfter(ctx: QueryCtx, owner: string, { after, before, most }: Stretch) {
  const same = await ctx.db
    .query("postings")
    .withIndex("by_owner_and_at_and_entry_id", (q) =>
      q.eq("owner", owner).eq("at", after.at).gt("entryId", after.entryId),
    )
    .take(most);
  const later = await ctx.db
    .query("postings")
    .withIndex("by_owner_and_at_and_entry_id", (q) => q.eq("owner", owner).gt("at", after.at).lt("at", before))
    .take(most - same.length);
  return [...same, ...later];
}

/** What of a page is whole: its last time may go on behind it, or, where it is all of one time, its last entry. */
function whole(rows: Doc<"postings">[]): Doc<"postings">[] {
  const [first, last] = [rows[0], rows.at(-1)];
  if (!first || !last) return rows;
  const isCut =
    first.at === last.at
      ? ({ entryId }: Doc<"postings">) => entryId === last.entryId
      : ({ at }: Doc<"postings">) => at === last.at;
  const kept = rows.filter((row) => !isCut(row));
  if (kept.length === 0) throw new Error(`${last.entryId} has more postings of one owner than a page`);
  return kept;
}

/** From behind a place to before a time. */
interface Stretch {
  after: Place;
  /** Unix seconds. */
  before: number;
  /** Postings: more than one entry has of one owner (four for each of 50 policies). */
  most: number;
}

/** Of a provider's positions, by their ids. */
async function tiersOf(ctx: QueryCtx, provider: string) {
  return new Map((await positionsOf(ctx, provider)).map(({ _id, tier }) => [_id as string, tier]));
}

/** Movements of a page; `next` is the place behind it, null where nothing follows before the end. */
export async function movementsAfter(ctx: QueryCtx, provider: string, stretch: Stretch) {
  const read = await postingsAfter(ctx, provider, stretch);
  const isLast = read.length < stretch.most;
  const rows = isLast ? read : whole(read);
  const last = rows.at(-1);
  const next: Place | null = isLast || !last ? null : { at: last.at ?? 0, entryId: last.entryId };
  const postings = rows.map(({ at = 0, ...posting }) => ({ at, ...posting }));
  // Of one time they come by the ids of entries; a statement tells them as they were booked.
  postings.sort((one, other) => one.at - other.at || one._creationTime - other._creationTime);
  return { movements: movementsOf(postings, await tiersOf(ctx, provider)), next, read: rows.length };
}

/** More postings than one entry has of one owner (four for each of 50 policies). */
const OF_ONE_ENTRY = 250;

/** All that an entry did to its owner, the newest first. */
function ofEntry(ctx: QueryCtx, owner: string, { at, entryId }: Doc<"postings">) {
  return ctx.db
    .query("postings")
    .withIndex("by_owner_and_at_and_entry_id", (q) => q.eq("owner", owner).eq("at", at).eq("entryId", entryId))
    .order("desc")
    .take(OF_ONE_ENTRY);
}

/** A page ends anywhere within an entry. It is of the page that has its newest posting, and stands there whole. */
async function wholeEntries(ctx: QueryCtx, owner: string, rows: Doc<"postings">[]) {
  const [first] = rows;
  if (!first) return [];
  const [newest] = await ofEntry(ctx, owner, first);
  const own = newest?._id === first._id ? rows : rows.filter(({ entryId }) => entryId !== first.entryId);
  const last = own.at(-1);
  if (!last) return [];
  return [...own.filter(({ entryId }) => entryId !== last.entryId), ...(await ofEntry(ctx, owner, last))];
}

/** A page of an owner's postings as movements, the newest first; of one time as they were booked, within a page. */
export async function latestMovements(
  ctx: QueryCtx,
  owner: string,
  { token, ...page }: PaginationOptions & { token: Token | undefined },
) {
  const postings = ctx.db.query("postings");
  const range =
    token === undefined
      ? postings.withIndex("by_owner_and_at_and_entry_id", (q) => q.eq("owner", owner))
      : postings.withIndex("by_owner_and_token_and_at_and_entry_id", (q) => q.eq("owner", owner).eq("token", token));
  const listed = await paged(range.order("desc"), page);
  const rows = (await wholeEntries(ctx, owner, listed.page)).map(({ at = 0, ...posting }) => ({ at, ...posting }));
  rows.sort((one, other) => other.at - one.at || other._creationTime - one._creationTime);
  return { ...listed, page: movementsOf(rows, await tiersOf(ctx, owner)) };
}

/** The movement's transaction, and the penalty of one that left by a transfer. */
export async function causeOf(ctx: QueryCtx, movement: Movement) {
  const { entryId } = movement;
  const sequence = sequenceOf(entryId);
  if (sequence !== null) return { txId: (await finalEvent(ctx, sequence))?.txId ?? null, penalty: 0n };
  const hasLeft = entryId.startsWith("transfer:") && totalOf(movement) < 0n;
  return { txId: null, penalty: hasLeft ? await penaltyOf(ctx, entryId) : 0n };
}

/** The leaver's two postings come first, then insurance's, and the takers' behind it (src/domain/transfer.ts). */
async function penaltyOf(ctx: QueryCtx, entryId: string): Promise<bigint> {
  const postings = await ctx.db
    .query("postings")
    .withIndex("by_entry_id", (q) => q.eq("entryId", entryId))
    .take(3);
  return postings.find(({ account }) => account === "insurance")?.amount ?? 0n;
}

/** Refuses STATEMENTS_NOT_READY while some posting is from before its owner stood in it, so that statements could lack it. */
export async function requireOwners(ctx: QueryCtx): Promise<void> {
  const without = await ctx.db
    .query("postings")
    .withIndex("by_owner_and_at_and_entry_id", (q) => q.eq("owner", undefined).eq("at", undefined))
    .first();
  if (without === null) return;
  const message =
    "Statements are being prepared after an update of this service. Ask its operators, or try again later.";
  refuseWith({ code: "STATEMENTS_NOT_READY", message });
}

/**
 * The block time before which no entry can come any more, unix seconds: that of the newest final block once all events up to it
 * are booked, else of the last event that is. What is booked by anything else has the time of a final block or a later one.
 */
export async function settledTime(ctx: QueryCtx, mirror: Mirror): Promise<number> {
  if (mirror.complete && !(await hasBacklog(ctx, mirror))) return mirror.final?.time ?? 0;
  return (await finalEvent(ctx, mirror.cursor))?.blockTime ?? 0;
}

/** What a provider had at the latest moment, up to a time, that somebody asked for. */
export function checkpointUpTo(ctx: QueryCtx, provider: string, at: number) {
  return ctx.db
    .query("statementCheckpoints")
    .withIndex("by_provider_and_before", (q) => q.eq("provider", provider).lte("before", at))
    .order("desc")
    .first();
}

export async function recordCheckpoint(ctx: MutationCtx, provider: string, before: number, balances: Balance[]) {
  const known = await checkpointUpTo(ctx, provider, before);
  if (known?.before !== before) await ctx.db.insert("statementCheckpoints", { provider, before, balances });
}
