/** What happened to one's money, live: of one token or kind where that is asked for, and as far back as it goes. */
import { useConvexAuth, usePaginatedQuery_experimental as useLivePages } from "convex/react";
import { useEffect, useState } from "react";
import { Link } from "wouter";
import { api } from "../../../convex/_generated/api";
import { ACTIVITY_KINDS, type ActivityKind } from "../../domain/activity";
import { TOKENS, type Token } from "../../domain/tokens";
import { type Explanation, explain } from "../refusals/explain";
import { Problem } from "../refusals/Problem";
import { Card } from "../ui/Card";
import { Empty } from "../ui/Empty";
import { Explained } from "../ui/Explained";
import { Placeholder } from "../ui/Live";
import { Segments } from "../ui/Segments";
import { useDraft } from "../ui/useDraft";
import { ActivityTable } from "./ActivityTable";
import { type ActivityLine, KIND_WORDS } from "./activityWords";
import styles from "./history.module.css";

/** Postings a page: a line has two of them at most times. */
const PAGE = 60;
/** A filter by kind sieves pages; it looks by itself until it has so many lines or so many pages are read. */
const ENOUGH_LINES = 15;
const MOST_PAGES = 8;

export interface Filter {
  token: Token | "All";
  kind: ActivityKind | "all";
}

const ALL: Filter = { token: "All", kind: "all" };

function useActivity({ token, kind }: Filter) {
  const { isAuthenticated } = useConvexAuth();
  const args = { ...(token !== "All" && { token }), ...(kind !== "all" && { kind }) };
  const live = useLivePages({
    query: api.statements.listActivity,
    args: isAuthenticated ? args : "skip",
    initialNumItems: PAGE,
  });
  const [pages, setPages] = useState(1);
  const lines = live.data ?? [];
  const isShort = kind !== "all" && live.canLoadMore && lines.length < ENOUGH_LINES && pages < MOST_PAGES;
  const { loadMore } = live;
  useEffect(() => {
    if (!isShort) return;
    setPages((before) => before + 1);
    loadMore(PAGE);
  }, [isShort, loadMore]);
  const read = () => {
    // A sieved list looks again as far as before.
    setPages(1);
    loadMore(PAGE);
  };
  return { lines, status: live.status, error: live.error, canLoadMore: live.canLoadMore && !isShort, read };
}

interface ActivityViewProps {
  filter: Filter;
  onFilter(filter: Filter): void;
  lines: ActivityLine[];
  state:
    | { kind: "reading" }
    | { kind: "more"; read(): void }
    | { kind: "all read" }
    | { kind: "failed"; problem: Explanation };
}

function Filters({ filter, onFilter }: Pick<ActivityViewProps, "filter" | "onFilter">) {
  return (
    <div className={styles.filters}>
      <Segments
        legend="Token"
        options={["All", ...TOKENS] as const}
        value={filter.token}
        onChange={(token) => onFilter({ ...filter, token })}
      />
      <label className="field">
        <span className={styles.label}>Kind</span>
        <select
          value={filter.kind}
          onChange={({ target }) =>
            onFilter({ ...filter, kind: ACTIVITY_KINDS.find((kind) => kind === target.value) ?? "all" })
          }
        >
          <option value="all">Everything</option>
          {ACTIVITY_KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {KIND_WORDS[kind]}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

function Nothing({ filter, onFilter }: Pick<ActivityViewProps, "filter" | "onFilter">) {
  if (filter.token === "All" && filter.kind === "all")
    return (
      <Empty action={<Link href="/deposit">Deposit</Link>}>
        Nothing has moved yet. A deposit appears here as soon as its block is final.
      </Empty>
    );
  const showAll = (
    <button type="button" className="quiet" onClick={() => onFilter(ALL)}>
      Show everything
    </button>
  );
  return <Empty action={showAll}>Nothing of this kind was found.</Empty>;
}

export function ActivityView({ filter, onFilter, lines, state }: ActivityViewProps) {
  const isSieved = filter.kind !== "all";
  return (
    <Card
      title="Activity"
      aside={
        <Explained what="activity">
          Each line is what one entry of the books did to one of your accounts. What only moves between available,
          reserved, locked and earned changes nothing of what you own: its change is 0. An entry that the chain caused
          has its transaction beside it. Only what is final is in the books.
        </Explained>
      }
    >
      <Filters filter={filter} onFilter={onFilter} />
      {state.kind === "failed" && <Problem explanation={state.problem} />}
      {state.kind === "reading" && lines.length === 0 && <Placeholder what="your activity" />}
      {(lines.length > 0 || state.kind === "all read" || state.kind === "more") && (
        <ActivityTable lines={lines} empty={<Nothing filter={filter} onFilter={onFilter} />} />
      )}
      <div className={styles.more}>
        {state.kind === "reading" && lines.length > 0 && <p className="hint">Reading …</p>}
        {state.kind === "more" && (
          <button type="button" className="quiet" onClick={state.read}>
            {isSieved ? "Look further back" : "Show older"}
          </button>
        )}
        {state.kind === "all read" && lines.length > 0 && <p className="hint">That is all there is.</p>}
      </div>
    </Card>
  );
}

/** Another filter is another list. */
function Filtered({ filter, onFilter }: Pick<ActivityViewProps, "filter" | "onFilter">) {
  const { lines, status, error, canLoadMore, read } = useActivity(filter);
  const stateOf = (): ActivityViewProps["state"] => {
    if (status === "error") return { kind: "failed", problem: explain(error) };
    if (status === "pending") return { kind: "reading" };
    return canLoadMore ? { kind: "more", read } : { kind: "all read" };
  };
  return <ActivityView filter={filter} onFilter={onFilter} lines={lines} state={stateOf()} />;
}

export function Activity() {
  const [filter, setFilter] = useDraft("activity", ALL);
  return <Filtered key={`${filter.token} ${filter.kind}`} filter={filter} onFilter={setFilter} />;
}
