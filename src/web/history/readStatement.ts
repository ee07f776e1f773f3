/** Reads a statement page by page, and adds it up here again before anybody gets it. */
import type { FunctionReturnType } from "convex/server";
import { ConvexError } from "convex/values";
import type { api } from "../../../convex/_generated/api";
import { refuse } from "../../domain/refusal";
import { joined, type Statement, statementFault } from "../../domain/statements";
import type { StatementRequest } from "./statementDraft";

export type StatementAnswer = FunctionReturnType<typeof api.statements.getStatement>;
type Ask = (request: StatementRequest & { cursor: string | null }) => Promise<StatementAnswer>;

interface Reading {
  /** After each page: how many lines there are so far. */
  onLines?(lines: number): void;
  /** Asked before each page: whoever has stopped wants no more. */
  isWanted(): boolean;
  /** Until the service takes another request. */
  wait(ms: number): Promise<void>;
}

/** How long the service wants to be left alone; null: something else is wrong. */
function retryAfterMs(error: unknown): number | null {
  if (!(error instanceof ConvexError)) return null;
  const { code, retryAfterMs: ms } = error.data as { code?: unknown; retryAfterMs?: unknown };
  return code === "RATE_LIMITED" && typeof ms === "number" ? ms : null;
}

/** A long statement has more pages than may be asked for at once. */
async function patiently(ask: () => Promise<StatementAnswer>, { isWanted, wait }: Reading) {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const ms = retryAfterMs(error);
      if (ms === null) throw error;
      await wait(ms);
      if (!isWanted()) return null;
    }
  }
}

/** Null: it was stopped. Refuses as getStatement does, and STATEMENT_WRONG. */
export async function readStatement(ask: Ask, request: StatementRequest, reading: Reading): Promise<Statement | null> {
  const pages: Statement[] = [];
  let lines = 0;
  for (let cursor: string | null = null, isDone = false; !isDone; isDone = cursor === null) {
    const answer: StatementAnswer | null = await patiently(() => ask({ ...request, cursor }), reading);
    if (answer === null || !reading.isWanted()) return null;
    pages.push(answer.page);
    ({ cursor } = answer);
    lines += answer.page.lines.length;
    reading.onLines?.(lines);
  }
  const statement = joined(pages as [Statement, ...Statement[]]);
  const fault = statementFault(statement);
  if (fault === null) return statement;
  const { refusal } = refuse(
    "STATEMENT_WRONG",
    `The statement does not add up, so it was not used: ${fault} Tell the operators.`,
  );
  throw new ConvexError(refusal);
}
