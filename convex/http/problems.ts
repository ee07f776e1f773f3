/** Failures as `application/problem+json` (RFC 9457): the refusal's code, sentence and facts, and nothing of the inside. */
import { ConvexError, type Value } from "convex/values";
import type { Refusal } from "../../src/domain/refusal";

const TITLES = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};
export type ProblemStatus = keyof typeof TITLES;

/** What each refusal means to HTTP; one that is not named here is about what was asked: 422. */
const STATUS_OF: Record<string, ProblemStatus> = {
  INVALID_PARAMETER: 400,
  UNKNOWN_CURSOR: 400,
  PERIOD_UNREADABLE: 400,
  PERIOD_BACKWARDS: 400,
  NOT_SIGNED_IN: 401,
  NOT_ALLOWED: 403,
  NO_ROUTE: 404,
  NO_POLICY: 404,
  NO_AUTHORIZATION: 404,
  UNKNOWN_TIER: 404,
  UNKNOWN_TOKEN: 404,
  METHOD_NOT_ALLOWED: 405,
  IDEMPOTENCY_KEY_REUSED: 409,
  RATE_LIMITED: 429,
  NOT_SYNCED: 503,
  STATEMENTS_NOT_READY: 503,
  NOT_LAUNCHED: 503,
  VAULT_PAUSED: 503,
  STOPPED: 503,
  RESTORING: 503,
  NO_GOOD_PRICE: 503,
};

const HEADERS = { "content-type": "application/problem+json", "cache-control": "no-store" };

function asSent(facts: Record<string, unknown>): string {
  return JSON.stringify(facts, (_name, value) => (typeof value === "bigint" ? String(value) : value));
}

function sent(status: ProblemStatus, { code, message, ...facts }: Refusal, headers: Record<string, string>): Response {
  const problem = { ...facts, type: "about:blank", title: TITLES[status], status, detail: message, code };
  return new Response(asSent(problem), { status, headers: { ...HEADERS, ...headers } });
}

export function problem(refusal: Refusal, headers: Record<string, string> = {}): Response {
  const status = STATUS_OF[refusal.code] ?? 422;
  const challenge: Record<string, string> = status === 401 ? { "www-authenticate": "Bearer" } : {};
  return sent(status, refusal, { ...challenge, ...headers });
}

function isRefusal(data: Value): data is Refusal {
  return typeof data === "object" && data !== null && "code" in data && "message" in data;
}

/** A refusal tells itself; of anything else only the log learns more. */
export function problemOf(error: unknown): Response {
  if (error instanceof ConvexError && isRefusal(error.data)) return problem(error.data);
  console.error("A request over HTTP failed:", error);
  const message = "Something unforeseen happened here. Try again; if it stays so, tell the operators.";
  return sent(500, { code: "INTERNAL", message }, {});
}
