/** The policies that were sold last, for everybody: each leads to its own proof. */
import { usePaginatedQuery } from "convex/react";
import { Link } from "wouter";
import { api } from "../../../convex/_generated/api";
import { Amount } from "../amounts/Amount";
import { readableTime, readableUsd } from "../amounts/words";
import { StatusBadge } from "../policies/StatusBadge";
import type { Policy } from "../policies/words";
import { Card } from "../ui/Card";
import { type Column, DataTable } from "../ui/DataTable";
import { Empty } from "../ui/Empty";
import { Placeholder } from "../ui/Live";

const PAGE = 5;

const COLUMNS: Column<Policy>[] = [
  {
    key: "policy",
    header: "Policy",
    cell: ({ policyId, underlying, strikeUsdMicros }) => (
      <Link href={`/policies/${policyId}`}>
        {underlying} at {readableUsd(strikeUsdMicros)}
      </Link>
    ),
  },
  {
    key: "status",
    header: "Status",
    cell: ({ status }) => <StatusBadge status={status} />,
    sortBy: (row) => row.status,
  },
  { key: "tier", header: "Tier", cell: ({ tier }) => tier, sortBy: ({ tier }) => tier },
  {
    key: "quantity",
    header: "Protects",
    cell: ({ quantity, token }) => <Amount of={quantity} token={token} />,
    isFigure: true,
  },
  {
    key: "locked",
    header: "Locked on-chain",
    cell: ({ locked, token }) => <Amount of={locked} token={token} />,
    isFigure: true,
  },
  {
    key: "expires",
    header: "Expires",
    cell: ({ expiresAt }) => readableTime(expiresAt),
    sortBy: ({ expiresAt }) => expiresAt,
    isFigure: true,
  },
];

interface PolicyTableProps {
  policies: Policy[];
  /** Null: there are no more. */
  onMore: (() => void) | null;
}

export function PolicyTable({ policies, onMore }: PolicyTableProps) {
  return (
    <>
      <DataTable
        caption="The policies that were sold last, the newest first"
        rows={policies}
        rowKey={({ policyId }) => String(policyId)}
        columns={COLUMNS}
        empty={
          <Empty action={<Link href="/policies">Ask what one would cost</Link>}>No policy has been sold yet.</Empty>
        }
      />
      {onMore && (
        <button type="button" className="quiet" onClick={onMore}>
          Show more
        </button>
      )}
    </>
  );
}

export function NewestPolicies() {
  const { results, status, loadMore } = usePaginatedQuery(api.policies.listSold, {}, { initialNumItems: PAGE });
  return (
    <Card title="Newest policies">
      {status === "LoadingFirstPage" ? (
        <Placeholder what="the policies" />
      ) : (
        <PolicyTable policies={results} onMore={status === "CanLoadMore" ? () => loadMore(2 * PAGE) : null} />
      )}
    </Card>
  );
}
