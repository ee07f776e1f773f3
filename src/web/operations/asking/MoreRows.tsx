/** Under a list that has more rows than are shown. */
import type { PolledRows, Rows } from "./useAsked";

export function MoreRows<Row>({ list, seen }: { list: PolledRows<Row>; seen: Rows<Row> }) {
  if (seen.isDone) return null;
  return (
    <button type="button" className="quiet" disabled={list.polled.isAsking} onClick={list.more}>
      Load more
    </button>
  );
}
