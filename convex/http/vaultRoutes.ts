/** What the vault holds, what the books owe, and how far the books are behind the chain. */
import { z } from "zod";
import { api } from "../_generated/api";
import { refuseWith } from "../functions";
import { publicRoute, type Route } from "./route";
import { amount, count, idText, listOf, time, timeOrNull, token, wholeNumber } from "./shapes";

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

const authorization = z.object({
  id: wholeNumber,
  token,
  amount,
  withdrawer: z.string(),
  expiresAt: time,
  status: z.enum(["authorised", "cancelling", "paid", "expired", "revoked"]),
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
  publicRoute({
    path: "/v1/authorizations/{id}",
    summary: "What this backend has let out under an id that stands on the chain; 404 if that was not this backend.",
    inPath: { id: idText },
    answer: authorization,
    maxAgeSeconds: 2,
    ask: async (ctx, { id }) => {
      const [found] = await ctx.runQuery(api.authorizations.get, { ids: [BigInt(id)] });
      const message = "This backend has authorised nothing under this id.";
      if (!found) return refuseWith({ code: "NO_AUTHORIZATION", message });
      return { ...found, expiresAt: Number(found.expiresAt) * 1_000 };
    },
  }),
];
