/** How one's money went, asked for when it is shown and again when something has moved; a new price only moves the last figure. */
import { useConvex, useConvexAuth, useQuery_experimental as useLiveQuery } from "convex/react";
import { useEffect, useMemo, useState } from "react";
import { api } from "../../../convex/_generated/api";
import { courseOf } from "../../domain/courses";
import { UNDERLYING_OF } from "../../domain/policies";
import { type PriceHistory, pastPrices } from "../../domain/priceHistory";
import type { Statement } from "../../domain/statements";
import { TOKENS, type Token } from "../../domain/tokens";
import { usePrices } from "../prices/usePrices";
import { type Explanation, explain } from "../refusals/explain";
import { Problem } from "../refusals/Problem";
import { useDraft } from "../ui/useDraft";
import { type Choice, CourseView, type Known } from "./CourseView";
import { RANGE_MS, type Range } from "./chartWords";
import { readStatement } from "./readStatement";

/** What happens together is asked for once. */
const SETTLE_MS = 1_500;
/** So long a remembered price may be behind. */
const REFRESH_MS = 5 * 60_000;

/** The newest entry of the books that is one's own; changes when something has moved. */
function useNewest(): string | null {
  const { isAuthenticated } = useConvexAuth();
  const args = { paginationOpts: { numItems: 1, cursor: null } };
  const live = useLiveQuery({ query: api.statements.listActivity, args: isAuthenticated ? args : "skip" });
  return live.status === "success" ? (live.data.page[0]?.entryId ?? "none") : null;
}

interface Read {
  range: Range;
  statement: Statement;
  histories: Record<Token, PriceHistory>;
}

const timeText = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function useRead(range: Range): { read: Read | null; problem: Explanation | null } {
  const client = useConvex();
  const newest = useNewest();
  const [read, setRead] = useState<Read | null>(null);
  const [problem, setProblem] = useState<Explanation | null>(null);
  const isRead = read?.range === range;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was read decides only how soon to ask.
  useEffect(() => {
    if (newest === null) return;
    let isCurrent = true;
    const isWanted = () => isCurrent;
    const historyOf = (token: Token) => client.query(api.prices.getPriceHistory, { underlying: UNDERLYING_OF[token] });
    const look = async () => {
      const { asOf } = await client.query(api.liquidity.getSyncStatus, {});
      const period = { from: timeText(Math.max(0, asOf - RANGE_MS[range])), to: timeText(asOf + 1_000) };
      const ask = (request: typeof period & { cursor: string | null }) =>
        client.action(api.statements.getStatement, request);
      const [statement, stx, sbtc] = await Promise.all([
        readStatement(ask, period, { isWanted, wait }),
        ...(["STX", "sBTC"] as const).map(historyOf),
      ]);
      if (!statement || !stx || !sbtc || !isCurrent) return;
      setRead({ range, statement, histories: { STX: stx, sBTC: sbtc } });
      setProblem(null);
    };
    const start = () => look().catch((error) => isCurrent && setProblem(explain(error)));
    const first = setTimeout(start, isRead ? SETTLE_MS : 0);
    const again = setInterval(start, REFRESH_MS);
    return () => {
      isCurrent = false;
      clearTimeout(first);
      clearInterval(again);
    };
  }, [client, newest, range]);
  return { read: isRead ? read : null, problem };
}

function useKnown(read: Read | null): Known | null {
  const rows = usePrices();
  return useMemo(() => {
    if (!read) return null;
    const { statement, histories } = read;
    const newestOf = (token: Token) => {
      const row = rows.find(({ underlying }) => underlying === UNDERLYING_OF[token]);
      if (!row || row.priceUsdMicros === null || row.publishedAt === null) return null;
      return { priceUsdMicros: row.priceUsdMicros, publishedAtMs: row.publishedAt };
    };
    const prices = {
      STX: pastPrices(histories.STX, newestOf("STX")),
      sBTC: pastPrices(histories.sBTC, newestOf("sBTC")),
    };
    // A price may be younger than the newest block.
    const to = Math.max(statement.asOf, ...rows.map(({ publishedAt }) => publishedAt ?? 0));
    const courses = TOKENS.map((token) => courseOf(statement, token));
    return { span: { from: statement.from, to }, courses, prices };
  }, [read, rows]);
}

const FIRST_CHOICE: Choice = { range: "Week", measure: "Value", counted: "USD", token: "All" };

export function Courses() {
  const [choice, setChoice] = useDraft("courses", FIRST_CHOICE);
  const { read, problem } = useRead(choice.range);
  const known = useKnown(read);
  if (problem && !known) return <Problem explanation={problem} />;
  return <CourseView choice={choice} onChoice={setChoice} known={known} />;
}
