/** Operators' queries, asked again every few seconds while they are looked at. */
import { useConvex } from "convex/react";
import { type FunctionArgs, type FunctionReference, type FunctionReturnType, getFunctionName } from "convex/server";
import { convexToJson, type Value } from "convex/values";
import { useEffect, useState } from "react";
import { useAccount } from "../../account/AccountProvider";
import { useSession } from "../../session/SessionProvider";
import { type Polled, usePolled } from "./usePolled";

const EVERY_MS = 5_000;
const LIST_EVERY_MS = 10_000;

type Query = FunctionReference<"query">;

const keyOf = (query: Query, args: Record<string, Value>) =>
  `${getFunctionName(query)} ${JSON.stringify(convexToJson(args))}`;

/** Whoever is refused for having no session is asked to sign in again, and loses nothing. */
function useSessionEnd({ asked }: Polled<unknown>) {
  const { expire } = useSession();
  const hasEnded = asked.kind === "unknown" && asked.problem.code === "NOT_SIGNED_IN";
  useEffect(() => {
    if (hasEnded) expire();
  }, [hasEnded, expire]);
}

export function useAsked<Q extends Query>(query: Q, args: FunctionArgs<Q>): Polled<FunctionReturnType<Q>> {
  const client = useConvex();
  const { hindrance } = useAccount();
  const ask = () => client.query(query, args) as Promise<FunctionReturnType<Q>>;
  const polled = usePolled(ask, { key: keyOf(query, args), everyMs: EVERY_MS, hindrance });
  useSessionEnd(polled);
  return polled;
}

/** Rows of a list from its beginning, and whether there are no more. */
export interface Rows<Row> {
  rows: Row[];
  isDone: boolean;
}

export interface PolledRows<Row> {
  polled: Polled<Rows<Row>>;
  more(): void;
}

type PageQuery = FunctionReference<
  "query",
  "public",
  // biome-ignore lint/suspicious/noExplicitAny: each list has arguments of its own beside the page's
  any,
  // biome-ignore lint/suspicious/noExplicitAny: and rows of its own
  { page: any[]; isDone: boolean; continueCursor: string }
>;
type RowOf<Q extends PageQuery> = FunctionReturnType<Q>["page"][number];

/** A page may be short, or empty, and not the last: it is asked on until there are enough rows, so often at most. */
const MOST_PAGES = 20;
const PAGE_ROWS = 25;
/** Whoever has loaded more than this reads, and asks again by hand. */
const MOST_POLLED_ROWS = 100;

export function useAskedRows<Q extends PageQuery>(
  query: Q,
  args: Omit<FunctionArgs<Q>, "paginationOpts">,
): PolledRows<RowOf<Q>> {
  const client = useConvex();
  const { hindrance } = useAccount();
  const key = keyOf(query, args as Record<string, Value>);
  const [wanted, setWanted] = useState({ key, rows: PAGE_ROWS });
  const most = wanted.key === key ? wanted.rows : PAGE_ROWS;
  const ask = async (): Promise<Rows<RowOf<Q>>> => {
    const rows: RowOf<Q>[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const paginationOpts = { numItems: PAGE_ROWS, cursor };
      const listed: FunctionReturnType<PageQuery> = await client.query(query as PageQuery, { ...args, paginationOpts });
      rows.push(...listed.page);
      if (listed.isDone) return { rows, isDone: true };
      if (rows.length >= most) break;
      cursor = listed.continueCursor;
    }
    return { rows, isDone: false };
  };
  const polled = usePolled(ask, { key, everyMs: most > MOST_POLLED_ROWS ? null : LIST_EVERY_MS, hindrance });
  useSessionEnd(polled);
  const more = () => {
    setWanted({ key, rows: most + PAGE_ROWS });
    polled.askAgain();
  };
  return { polled, more };
}
