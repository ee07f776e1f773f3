/** Everything that the backend keeps of a market, read at once. */
import type { Backend } from "../../convex/backend";

const ALL = 5_000;

export function readRows(backend: Backend) {
  return backend.run(async (ctx) => ({
    positions: await ctx.db.query("positions").take(ALL),
    policies: await ctx.db.query("policies").take(ALL),
    backings: await ctx.db.query("backings").take(ALL),
    accounts: await ctx.db.query("accounts").take(ALL),
    entries: await ctx.db.query("entries").take(ALL),
    postings: await ctx.db.query("postings").take(ALL),
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
