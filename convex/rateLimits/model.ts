/**
 * How often one caller may ask for what costs work: every limit by its name. The rate limiter's component keeps the
 * counts, in tables of its own.
 */
import { MINUTE, type RateLimitConfig, RateLimiter } from "@convex-dev/rate-limiter";
import { components } from "../_generated/api";
import type { ActionCtx, MutationCtx } from "../_generated/server";
import { refuseWith } from "../functions";

/** Far above what people do, so that only programs meet them: `rate` a minute in the long run, `capacity` at once. */
export const LIMITS = {
  signIn: { kind: "token bucket", rate: 60, period: MINUTE, capacity: 60 },
  requestCommitCapital: { kind: "token bucket", rate: 60, period: MINUTE, capacity: 200 },
  cancelCommitment: { kind: "token bucket", rate: 60, period: MINUTE, capacity: 200 },
  assignSuspense: { kind: "token bucket", rate: 60, period: MINUTE, capacity: 200 },
  moveCapital: { kind: "token bucket", rate: 60, period: MINUTE, capacity: 200 },
  setAcceptingPolicies: { kind: "token bucket", rate: 60, period: MINUTE, capacity: 200 },
  collectYield: { kind: "token bucket", rate: 60, period: MINUTE, capacity: 200 },
  requestWithdrawal: { kind: "token bucket", rate: 60, period: MINUTE, capacity: 200 },
  cancelWithdrawal: { kind: "token bucket", rate: 60, period: MINUTE, capacity: 200 },
  requestPolicy: { kind: "token bucket", rate: 60, period: MINUTE, capacity: 200 },
  /** Of pages. */
  getStatement: { kind: "token bucket", rate: 60, period: MINUTE, capacity: 200 },
  exercise: { kind: "token bucket", rate: 60, period: MINUTE, capacity: 200 },
  /** What whoever has a role does, but for what only stops something: see convex/operations.ts. */
  operations: { kind: "token bucket", rate: 60, period: MINUTE, capacity: 200 },
  /** Of the whole deployment: who pushes is known by a secret. Chains of blocks that are told again come fast. */
  push: { kind: "token bucket", rate: 600, period: MINUTE, capacity: 200 },
  /** The read API over HTTP: of one client, and of all together. Shards, as else each request would wait for the last. */
  httpClient: { kind: "token bucket", rate: 600, period: MINUTE, capacity: 150 },
  httpAll: { kind: "token bucket", rate: 6_000, period: MINUTE, capacity: 3_000, shards: 4 },
} as const satisfies Record<string, RateLimitConfig>;

const rateLimiter = new RateLimiter(components.rateLimiter, LIMITS);

type LimitName = keyof typeof LIMITS;

/** Counts one request of `key`, and says whether it was not one too many. */
export async function withinLimit(ctx: ActionCtx | MutationCtx, name: LimitName, key: string) {
  const { ok, retryAfter = 0 } = await rateLimiter.limit(ctx, name, { key });
  return { ok, retryAfterMs: Math.ceil(retryAfter) };
}

/** Counts one request of `address`, whatever becomes of it; refuses the one that is too many. */
export async function requireWithinLimit(ctx: ActionCtx, name: LimitName, address: string): Promise<void> {
  const { ok, retryAfterMs } = await withinLimit(ctx, name, address);
  if (ok) return;
  const seconds = Math.ceil(retryAfterMs / 1_000);
  const message = `Too many requests from ${address}. Try again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`;
  refuseWith({ code: "RATE_LIMITED", message, retryAfterMs });
}
