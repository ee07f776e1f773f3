/** Lists that come a page at a time: --limit and --cursor, and how a page is shown. */
import { type Command, InvalidArgumentError } from "commander";
import type { PaginationResult } from "convex/server";
import type { Cli } from "./cli";
import { type Column, table } from "./table";

export interface PageOptions {
  limit: number;
  cursor?: string;
}

const MOST = 100;
const USUAL = 20;

function limitOf(text: string): number {
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MOST) return limit;
  throw new InvalidArgumentError(`It is a number of rows from 1 to ${MOST}.`);
}

export function withPages(command: Command): Command {
  return command
    .option("--limit <rows>", `rows to show, ${MOST} at most`, limitOf, USUAL)
    .option("--cursor <cursor>", "go on behind an earlier page, whose nextCursor this is");
}

export function paginationOf({ limit, cursor }: PageOptions) {
  return { paginationOpts: { numItems: limit, cursor: cursor ?? null } };
}

/** @param none what is said instead of a table without rows */
export function showPage<Row>(
  cli: Cli,
  { page, isDone, continueCursor }: PaginationResult<Row>,
  columns: Column<Row>[],
  none: string,
): void {
  const nextCursor = isDone ? null : continueCursor;
  cli.out.show({ items: page, nextCursor }, () => {
    const rows = table(cli.out, page, columns, none);
    return nextCursor === null ? rows : `${rows}\nMore: --cursor '${nextCursor}'`;
  });
}
