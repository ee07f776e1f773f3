/** What a live query shows: a placeholder while it is read, its failure, or its data. */
import type { UseQueryResult } from "convex/react";
import type { ReactNode } from "react";
import { explain } from "../refusals/explain";
import { Problem } from "../refusals/Problem";

interface LiveProps<Data> {
  state: UseQueryResult<Data>;
  /** What is being read, as "the pool": told to those who hear the page. */
  what: string;
  children: (data: Data) => ReactNode;
}

export function Placeholder({ what }: { what: string }) {
  return (
    <div className="placeholder" role="status">
      <span className="unseen">Reading {what} …</span>
    </div>
  );
}

export function Live<Data>({ state, what, children }: LiveProps<Data>) {
  switch (state.status) {
    case "pending":
      return <Placeholder what={what} />;
    case "error":
      return <Problem explanation={explain(state.error)} />;
    case "success":
      return children(state.data);
  }
}
