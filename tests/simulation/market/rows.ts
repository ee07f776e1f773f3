/** Everything that the backend keeps of a market, read at once; of the journal only what is new, for what it says stands. */
import type { Doc } from "../../../convex/_generated/dataModel";
import type { QueryCtx } from "../../../convex/_generated/server";
import type { Backend } from "../../convex/backend";

const ALL = 5_000;

/** @param known what was read before */
async function grown<Table extends "entries" | "postings">(
  db: QueryCtx["db"],
  table: Table,
  known: Doc<Table>[] = [],
): Promise<Doc<Table>[]> {
  const last = known.at(-1)?._creationTime ?? 0;
  const rows = await db
    .query(table)
    .withIndex("by_creation_time", (q) => q.gt("_creationTime", last as never))
    .take(ALL);
  return [...known, ...rows];
}

/** @param before what was read before the last step */
export function readRows(backend: Backend, before: { entries: Doc<"entries">[]; postings: Doc<"postings">[] } | null) {
  return backend.run(async (ctx) => ({
    positions: await ctx.db.query("positions").take(ALL),
    policies: await ctx.db.query("policies").take(ALL),
    backings: await ctx.db.query("backings").take(ALL),
    accounts: await ctx.db.query("accounts").take(ALL),
    entries: await grown(ctx.db, "entries", before?.entries),
    postings: await grown(ctx.db, "postings", before?.postings),
    withdrawals: await ctx.db.query("withdrawals").take(ALL),
    authorised: await ctx.db.query("authorisedTotals").take(ALL),
    health: await ctx.db.query("health").take(ALL),
    pool: await ctx.db.query("poolMetrics").take(ALL),
    tiers: await ctx.db.query("tierMetrics").take(ALL),
    breakers: await ctx.db.query("breakers").take(ALL),
    latest: await ctx.db.query("latestPrices").take(ALL),
    calls: await ctx.db.query("outboxCalls").take(ALL),
    proofs: await ctx.db.query("proofs").take(ALL),
    mirror: await ctx.db.query("chainMirror").unique(),
  }));
}

export type Rows = Awaited<ReturnType<typeof readRows>>;
export type Position = Rows["positions"][number];
export type Policy = Rows["policies"][number];
export type Backing = Rows["backings"][number];

/** The sum over some rows. */
export function sumOf<Row>(rows: Row[], amount: (row: Row) => bigint): bigint {
  return rows.reduce((sum, row) => sum + amount(row), 0n);
}
