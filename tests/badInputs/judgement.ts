/** What an input may come to (an answer, the validator's complaint, or a refusal that the guide tells), and what it may leave. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { type JSONValue, jsonToConvex } from "convex/values";
import type { Outcome } from "../../src/local/host/functionCall";
import type { Change } from "./rewindingStore";

const GUIDE = path.resolve(import.meta.dirname, "../../docs/developers.md");

/** Every code that a caller may be told; a test of the guide holds that these are all there are. */
export const KNOWN_CODES = new Set(
  [...readFileSync(GUIDE, "utf8").matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`([A-Z_]{4,})`/g)].map(([, code = ""]) => code),
  ),
);

export const ANSWERED = "answered";
export const MALFORMED = "malformed";

/** The code of the refusal, or one of the two others. Throws for what is none of them. */
export function verdictOf(outcome: Outcome): string {
  if (outcome.ok) return ANSWERED;
  const { message, errorData } = outcome;
  if (errorData !== undefined) return codeOf(jsonToConvex(errorData as JSONValue), message);
  if (/^ArgumentValidationError: ./.test(message)) return MALFORMED;
  throw new Error(`No refusal, but a failure: ${message}`);
}

export function codeOf(refusal: unknown, shown: string): string {
  const { code, message } = (refusal ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code !== "string" || !KNOWN_CODES.has(code)) throw new Error(`A refusal that no guide tells: ${shown}`);
  if (typeof message === "string" && message.length > 10) return code;
  throw new Error(`A refusal without a sentence: ${shown}`);
}

/** A call as the judge knows it. */
export interface Called {
  path: string;
  kind: string;
  /** The caller's address, null for nobody. */
  who: string | null;
}

/** Only the chain's events write these. */
const OF_EVENTS = ["vaultEvents", "chainMirror", "poolMetrics", "lockTotals", "proofs", "syncStatus"];
/** Rows of one provider each, which nobody else's call may touch. */
const PERSONAL = ["commitments", "withdrawals", "moves", "collections", "spentSignIns", "providers"];
/** Acts of an admin that take from somebody, as they are told to: what was a breach, what is nobody's. */
const TAKES = ["administration.js:correctBreach", "administration.js:assignSurplus"];

/** Throws if a call that came to nothing has left something, or one that was answered has made, taken or locked money. */
export function judgeChanges(verdict: string, { path: called, kind, who }: Called, changes: Change[]): void {
  // How often somebody has asked is counted whatever becomes of it.
  const left = changes.filter(({ component }) => component !== "rateLimiter");
  if (left.length === 0) return;
  const fail = (why: string): never => {
    throw new Error(`${why}: ${JSON.stringify(left.slice(0, 6))}`);
  };
  if (verdict !== ANSWERED) fail("It was refused, but it changed");
  if (kind === "query") fail("A query changed");
  if (left.some(({ table }) => OF_EVENTS.includes(table))) fail("Only events may change");
  for (const change of left.filter(({ table }) => PERSONAL.includes(table))) {
    const { provider = who } = parsed(change.before) as { provider?: string | null };
    if (provider !== who) fail("It changed somebody else's");
  }
  const problem = problemWith(left, !TAKES.includes(called));
  if (problem !== null) fail(problem);
}

/** What somebody has, of one token. */
type Holding = [owner: string, amount: bigint, locked: bigint];

function problemWith(changes: Change[], isKept: boolean): string | null {
  const all = new Map<string, bigint>();
  const owned = new Map<string, bigint>();
  for (const { table, before, after } of changes) {
    for (const [json, sign] of [
      [before, -1n],
      [after, 1n],
    ] as const) {
      const document = parsed(json);
      const holding = holdingOf(table, document);
      if (holding === null) continue;
      const [owner, amount, locked] = holding;
      const token = String(document.token);
      add(all, token, sign * amount);
      add(all, `locked ${token}`, sign * locked);
      add(owned, `${owner} ${token}`, sign * amount);
    }
  }
  if ([...all.values()].some((sum) => sum !== 0n)) return "It made or lost money, or locked some";
  const isTaken = [...owned].some(([owner, sum]) => /^S/.test(owner) && sum < 0n);
  return isKept && isTaken ? "It took from somebody" : null;
}

function holdingOf(table: string, document: Record<string, unknown>): Holding | null {
  if (table === "positions" && "provider" in document) {
    const [available, reserved, locked, earned] = ["available", "reserved", "locked", "accruedYield"].map(
      (name) => document[name] as bigint,
    ) as [bigint, bigint, bigint, bigint];
    return [String(document.provider), available + reserved + locked + earned, locked];
  }
  if (table !== "accounts" || !("name" in document)) return null;
  const name = String(document.name);
  const [kind, principal = ""] = name.split("/");
  return [kind === "suspense" || kind === "reserved" ? principal : name, document.balance as bigint, 0n];
}

function parsed(json: string | null): Record<string, unknown> {
  return json === null ? {} : (jsonToConvex(JSON.parse(json)) as Record<string, unknown>);
}

function add(sums: Map<string, bigint>, key: string, amount: bigint): void {
  sums.set(key, (sums.get(key) ?? 0n) + amount);
}
