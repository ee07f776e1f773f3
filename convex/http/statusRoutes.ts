/** The whole in one document, for people who compare (`/stats`), and in one word, for monitors (`/health`). */
import type { FunctionReturnType } from "convex/server";
import { z } from "zod";
import { UNDERLYINGS, type Underlying } from "../../src/domain/policies";
import { DECIMALS, type Token } from "../../src/domain/tokens";
import { internal } from "../_generated/api";
import { goodPrice } from "./priceRoutes";
import { publicRoute, type Route } from "./route";
import { amount, count, millionths, seconds, tier, timeOrNull, token, usdMicros } from "./shapes";

const UNDERLYING_OF: Record<Token, Underlying> = { STX: "STX", sBTC: "BTC" };

const stats = z.object({
  pool: z.array(
    z.object({
      token,
      total: amount,
      locked: amount,
      insurance: amount,
      /** What all of it is worth by the price that is believed, rounded down; null while none is good. */
      totalUsdMicros: usdMicros.nullable(),
    }),
  ),
  tiers: z.array(
    z.object({
      tier,
      token,
      totalCapital: amount,
      totalLocked: amount,
      utilization: millionths,
      activePolicyCount: count,
    }),
  ),
  activePolicyCount: count,
  /** What premiums have brought to providers so far. */
  yieldAccrued: z.array(z.object({ token, amount })),
  proofHolds: z.boolean(),
  asOf: timeOrNull,
  /** How far the books' newest look is behind the clock; null before the first. */
  lagSeconds: seconds.nullable(),
});

type Stats = FunctionReturnType<typeof internal.http.facts.stats>;

/** Null before the first look. */
function lagOf(asOf: number): number | null {
  return asOf === 0 ? null : Math.max(0, Math.floor((Date.now() - asOf) / 1_000));
}

function worthOf({ prices, tipMs }: Stats, token: Token, total: bigint): bigint | null {
  const known = prices.find(({ underlying }) => underlying === UNDERLYING_OF[token]);
  const price = known ? goodPrice(known, tipMs) : null;
  return price === null ? null : (total * price) / 10n ** BigInt(DECIMALS[token]);
}

function shownStats(facts: Stats): z.input<typeof stats> {
  const { pool, tiers, proofHolds, asOf } = facts;
  return {
    pool: pool.map((row) => ({ ...row, totalUsdMicros: worthOf(facts, row.token, row.total) })),
    tiers: tiers.map((row) => ({
      tier: row.tierName,
      token: row.token,
      totalCapital: row.totalCapital_virtual,
      totalLocked: row.totalLocked_virtual,
      utilization: row.utilization_estimate,
      activePolicyCount: row.activePolicyCount,
    })),
    activePolicyCount: tiers.reduce((sum, row) => sum + row.activePolicyCount, 0),
    yieldAccrued: pool.map(({ token }) => {
      const own = tiers.filter((row) => row.token === token);
      return { token, amount: own.reduce((sum, row) => sum + row.totalYieldAccrued_virtual, 0n) };
    }),
    proofHolds,
    asOf,
    lagSeconds: lagOf(asOf),
  };
}

/** Behind by more than this, something has stopped: blocks come every few seconds, and the loop looks as often. */
const LONGEST_LAG_SECONDS = 600;

const state = z.enum(["ok", "degraded", "failing"]);
const check = z.object({ name: z.string(), status: state, detail: z.string() });
const health = z.object({ status: state, checks: z.array(check), lagSeconds: seconds.nullable() });

type Checks = FunctionReturnType<typeof internal.http.facts.checks>;
type Check = z.input<typeof check>;

const ok = (name: string, detail: string): Check => ({ name, status: "ok", detail });
const failing = (name: string, detail: string): Check => ({ name, status: "failing", detail });
/** It heals by itself, or somebody has it so on purpose: nobody need be woken. */
const degraded = (name: string, detail: string): Check => ({ name, status: "degraded", detail });

function syncCheck({ isHalted, asOf }: Checks): Check {
  const lag = lagOf(asOf);
  if (isHalted) return failing("sync", "Sync is halted.");
  if (lag === null) return failing("sync", "The chain has not been read yet.");
  if (lag > LONGEST_LAG_SECONDS) return failing("sync", `The books are ${lag} seconds behind.`);
  return ok("sync", "The books follow the chain.");
}

function breakerCheck({ stopped, isRestoring }: Checks): Check {
  if (stopped.length > 0) return failing("breakers", `Stopped: ${stopped.toSorted().join(", ")}.`);
  if (isRestoring) return degraded("breakers", "Nothing is signed until a while after the restore.");
  return ok("breakers", "Nothing is stopped.");
}

function outboxCheck({ outbox: { isAlarmed, isPaused } }: Checks): Check {
  if (isAlarmed) return failing("outbox", "What the service sends needs an operator.");
  if (isPaused) return degraded("outbox", "An operator has paused it.");
  return ok("outbox", "What the service owes is sent.");
}

/** Without a price nobody loses what he has; new risk waits, and it is the sources that have to come back. */
function priceCheck({ prices, tipMs }: Checks): Check {
  const good = prices.filter((price) => goodPrice(price, tipMs) !== null).map(({ underlying }) => underlying);
  const missing = UNDERLYINGS.filter((underlying) => !good.includes(underlying));
  if (missing.length > 0) return degraded("prices", `There is no good price of ${missing.join(" and ")}.`);
  return ok("prices", "There are good prices.");
}

function judged(facts: Checks): z.input<typeof health> {
  const proof = facts.proofHolds
    ? ok("proof", "It holds.")
    : failing("proof", "It does not hold, or there is none yet.");
  const checks = [syncCheck(facts), proof, breakerCheck(facts), outboxCheck(facts), priceCheck(facts)];
  const worst = (["failing", "degraded"] as const).find((one) => checks.some(({ status }) => status === one));
  return { status: worst ?? "ok", checks, lagSeconds: lagOf(facts.asOf) };
}

export const STATUS_ROUTES: Route[] = [
  publicRoute({
    path: "/stats",
    summary: "What is in the pool and its tiers, what it is worth, and whether the proof holds; a minute old at most.",
    answer: stats,
    maxAgeSeconds: 60,
    ask: async (ctx) => shownStats(await ctx.runQuery(internal.http.facts.stats, {})),
  }),
  publicRoute({
    path: "/health",
    summary: "For monitors: 200 while it is ok or degraded, 503 when somebody has to look. Never limited.",
    answer: health,
    maxAgeSeconds: 0,
    statusOf: { statuses: [200, 503], of: ({ status }) => (status === "failing" ? 503 : 200) },
    ask: async (ctx) => judged(await ctx.runQuery(internal.http.facts.checks, {})),
  }),
];
