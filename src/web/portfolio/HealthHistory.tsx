/** How the health of one position has changed: the newest change first, more on request. */
import { usePaginatedQuery } from "convex/react";
import type { FunctionReturnType } from "convex/server";
import { api } from "../../../convex/_generated/api";
import { readableTime, readableUsd } from "../amounts/words";
import { type Column, DataTable } from "../ui/DataTable";
import { Empty } from "../ui/Empty";
import { Placeholder } from "../ui/Live";
import { Modal } from "../ui/Modal";
import { HealthBadge } from "./HealthGauge";
import { type PositionKey, positionName } from "./portfolioData";

export type HealthChange = FunctionReturnType<typeof api.policies.getHealthHistory>["page"][number];

const COLUMNS: Column<HealthChange>[] = [
  { key: "at", header: "When", cell: ({ at }) => readableTime(at) },
  { key: "from", header: "From", cell: ({ from }) => <HealthBadge status={from} /> },
  { key: "to", header: "To", cell: ({ to }) => <HealthBadge status={to} /> },
  {
    key: "price",
    header: "Price then",
    isFigure: true,
    cell: ({ priceUsdMicros }) => (priceUsdMicros === null ? "decided by no price" : readableUsd(priceUsdMicros)),
  },
];

export function HealthChanges({ changes }: { changes: HealthChange[] }) {
  return (
    <DataTable
      caption="Changes of health"
      rows={changes}
      rowKey={({ at, from, to }) => `${at} ${from} ${to}`}
      columns={COLUMNS}
      empty={<Empty>Its health has never changed: it has been Healthy since it was opened.</Empty>}
    />
  );
}

const PAGE = 20;

function Listed({ tier, token }: PositionKey) {
  const { results, status, loadMore } = usePaginatedQuery(
    api.policies.getHealthHistory,
    { tier, token },
    { initialNumItems: PAGE },
  );
  if (status === "LoadingFirstPage") return <Placeholder what="the history of its health" />;
  return (
    <>
      <HealthChanges changes={results} />
      {status !== "Exhausted" && (
        <button type="button" className="quiet" disabled={status === "LoadingMore"} onClick={() => loadMore(PAGE)}>
          {status === "LoadingMore" ? "Reading …" : "Show earlier changes"}
        </button>
      )}
    </>
  );
}

export function HealthHistory({ position, onClose }: { position: PositionKey; onClose(): void }) {
  return (
    <Modal title={`Health of ${positionName(position)}`} isOpen onClose={onClose}>
      <Listed {...position} />
      <div className="actions">
        <button type="button" className="quiet" onClick={onClose}>
          Close
        </button>
      </div>
    </Modal>
  );
}
