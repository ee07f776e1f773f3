/** Tiers: what is in them, what they ask of capital, and by which rules they write policies. */
import { z } from "zod";
import { parseTier } from "../../src/domain/tiers";
import { parseToken } from "../../src/domain/tokens";
import { internal } from "../_generated/api";
import type { ActionCtx } from "../_generated/server";
import { accepted } from "../functions";
import { publicRoute, type Route } from "./route";
import { amount, count, listOf, millionths, seconds, tier, token } from "./shapes";

const rules = z.object({
  minimumBacking: amount,
  maxUtilization: millionths,
  initialMargin: millionths,
  minStrike: millionths,
  maxStrike: millionths,
  floor: millionths,
  minSeconds: seconds,
  maxSeconds: seconds,
  volatility: millionths,
  loading: millionths,
  insuranceShare: millionths,
  feeShare: millionths,
  warningBuffer: millionths,
  marginCallBuffer: millionths,
  liquidationBuffer: millionths,
  floorRate: millionths,
  penalty: millionths,
});

const row = z.object({
  tier,
  token,
  totalCapital: amount,
  totalLocked: amount,
  utilization: millionths,
  providerCount: count,
  activePolicyCount: count,
  totalYieldAccrued: amount,
  terms: z.object({ capacityLimit: amount.nullable(), minimumPosition: amount, minimumHoldSeconds: seconds }),
  rules,
});

async function rowsOf(ctx: ActionCtx): Promise<z.input<typeof row>[]> {
  const rows = await ctx.runQuery(internal.http.facts.tiers, {});
  return rows.map(({ metrics, terms, rules: own }) => ({
    tier: metrics.tierName,
    token: metrics.token,
    totalCapital: metrics.totalCapital_virtual,
    totalLocked: metrics.totalLocked_virtual,
    utilization: metrics.utilization_estimate,
    providerCount: metrics.providerCount,
    activePolicyCount: metrics.activePolicyCount,
    totalYieldAccrued: metrics.totalYieldAccrued_virtual,
    terms,
    rules: own,
  }));
}

export const TIER_ROUTES: Route[] = [
  publicRoute({
    path: "/v1/tiers",
    summary: "What is in each tier, its terms and its rules, a row a tier and token.",
    answer: listOf(row),
    maxAgeSeconds: 60,
    ask: async (ctx) => ({ items: await rowsOf(ctx) }),
  }),
  publicRoute({
    path: "/v1/tiers/{tier}/{token}",
    summary: "One of these rows.",
    inPath: { tier: z.string(), token: z.string() },
    answer: row,
    maxAgeSeconds: 60,
    ask: async (ctx, given) => {
      const wanted = { tier: accepted(parseTier(given.tier)), token: accepted(parseToken(given.token)) };
      const found = (await rowsOf(ctx)).find(({ tier, token }) => tier === wanted.tier && token === wanted.token);
      if (!found) throw new Error(`There is no row of ${wanted.tier} ${wanted.token}`);
      return found;
    },
  }),
];
