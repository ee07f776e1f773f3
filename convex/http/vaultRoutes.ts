/** What the vault holds, what the books owe, and how far the books are behind the chain. */
import { z } from "zod";
import { api } from "../_generated/api";
import { publicRoute, type Route } from "./route";
import { amount, count, listOf, time, timeOrNull, token, wholeNumber } from "./shapes";

const pool = z.object({
  token,
  totalBalance: amount,
  totalLocked: amount,
  totalAvailable: amount,
  lastSequence: wholeNumber,
  /** Of the last event's block. */
  asOf: timeOrNull,
});

const proof = z.object({
  token,
  holds: z.boolean(),
  held: amount,
  counted: amount,
  booked: amount,
  pending: amount,
  locks: z.object({ counted: amount, booked: amount, pending: amount }),
  surplus: amount,
  sequence: wholeNumber,
  blockHeight: count,
  asOf: time,
});

const sync = z.object({
  watermark: wholeNumber,
  seen: wholeNumber,
  tipHeight: count,
  finalHeight: count.nullable(),
  asOf: timeOrNull,
  halted: z.string().nullable(),
});

export const VAULT_ROUTES: Route[] = [
  publicRoute({
    path: "/v1/pool",
    summary: "What the vault holds by the last event in the books, a row a token.",
    answer: listOf(pool),
    maxAgeSeconds: 5,
    ask: async (ctx) => {
      const rows = await ctx.runQuery(api.liquidity.getPoolStats, {});
      const items = rows.map(({ totalBalanceOnChain: totalBalance, lastSyncTimestamp: asOf, ...row }) => ({
        ...row,
        totalBalance,
        asOf,
      }));
      return { items };
    },
  }),
  publicRoute({
    path: "/v1/proof",
    summary: "The newest proof of each token: held covers counted, and counted = booked + pending, all at one block.",
    answer: listOf(proof),
    maxAgeSeconds: 2,
    ask: async (ctx) => ({ items: await ctx.runQuery(api.liquidity.getProof, {}) }),
  }),
  publicRoute({
    path: "/v1/sync",
    summary: "How far the books are behind the chain, and whether sync is halted: why, or null.",
    answer: sync,
    maxAgeSeconds: 2,
    ask: (ctx) => ctx.runQuery(api.liquidity.getSyncStatus, {}),
  }),
];
