/** What happened to somebody's money, read to its end in pages. */
import type { FunctionArgs, FunctionReturnType } from "convex/server";
import { api } from "../../convex/_generated/api";
import { as, type Backend } from "./backend";

type Activity = typeof api.statements.listActivity;

export async function activity(
  backend: Backend,
  who: string,
  numItems: number,
  filter: Omit<FunctionArgs<Activity>, "paginationOpts"> = {},
) {
  const lines: FunctionReturnType<Activity>["page"] = [];
  for (let cursor: string | null = null, isDone = false; !isDone; ) {
    const listed: FunctionReturnType<Activity> = await as(backend, who).query(api.statements.listActivity, {
      ...filter,
      paginationOpts: { numItems, cursor },
    });
    lines.push(...listed.page);
    ({ isDone, continueCursor: cursor } = listed);
  }
  return lines;
}
