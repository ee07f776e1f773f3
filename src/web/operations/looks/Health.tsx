/** Positions that back policies, by token and state, those that are due first. */
import { useState } from "react";
import { api } from "../../../../convex/_generated/api";
import type { HealthStatus } from "../../../domain/health";
import { TOKENS, type Token } from "../../../domain/tokens";
import { Amount } from "../../amounts/Amount";
import { readablePercent, readableTime, readableUsd } from "../../amounts/words";
import { Badge } from "../../ui/Badge";
import { DataTable } from "../../ui/DataTable";
import { Segments } from "../../ui/Segments";
import { shortAddress } from "../../wallets/wallet";
import type { HealthRow } from "../answers";
import { AskedCard } from "../asking/AskedCard";
import { MoreRows } from "../asking/MoreRows";
import { type PolledRows, useAskedRows } from "../asking/useAsked";
import { PlaybookOf } from "../PlaybookOf";

const STATUSES: { value: HealthStatus; label: string }[] = [
  { value: "Liquidating", label: "Liquidating" },
  { value: "MarginCall", label: "Margin call" },
  { value: "Warning", label: "Warning" },
  { value: "Healthy", label: "Healthy" },
];

export function HealthView({ list, token, status }: { list: PolledRows<HealthRow>; token: Token; status: string }) {
  return (
    <AskedCard title={`${status} in ${token}`} polled={list.polled} what="these positions">
      {(seen) => (
        <>
          <DataTable
            caption={`Positions in ${token} that are ${status}`}
            rows={seen.rows}
            rowKey={({ provider, tier }) => `${provider} ${tier}`}
            columns={[
              {
                key: "provider",
                header: "Provider",
                cell: ({ provider }) => <code title={provider}>{shortAddress(provider)}</code>,
              },
              { key: "tier", header: "Tier", cell: ({ tier }) => tier },
              {
                key: "due",
                header: "Due",
                cell: ({ dueAt, isStuck }) => (
                  <>
                    {dueAt === null ? "–" : readableTime(dueAt)}{" "}
                    {isStuck && <Badge tone="danger">Nobody can take</Badge>}
                  </>
                ),
              },
              {
                key: "ratio",
                header: "Ratio",
                isFigure: true,
                cell: ({ ratio }) => (ratio === null ? "–" : readablePercent(ratio)),
              },
              {
                key: "locked",
                header: "Locked",
                isFigure: true,
                cell: ({ locked }) => <Amount of={locked} token={token} bare />,
              },
              {
                key: "available",
                header: "Available",
                isFigure: true,
                cell: ({ available }) => <Amount of={available} token={token} bare />,
              },
              {
                key: "worse",
                header: "Worse at",
                isFigure: true,
                cell: ({ worseAtUsdMicros: at }) => (at === 0n ? "no price" : readableUsd(at)),
              },
              { key: "policies", header: "Policies", isFigure: true, cell: ({ policies }) => policies },
              { key: "asOf", header: "As of", cell: ({ asOf }) => readableTime(asOf) },
            ]}
            empty={
              <p className="hint">
                {seen.isDone ? `No position in ${token} is ${status}.` : "None so far; there is more to read."}
              </p>
            }
          />
          <MoreRows list={list} seen={seen} />
          <PlaybookOf name="tier" />
        </>
      )}
    </AskedCard>
  );
}

export default function Health() {
  const [token, setToken] = useState<Token>("sBTC");
  const [status, setStatus] = useState<HealthStatus>("Liquidating");
  const list = useAskedRows(api.operations.listHealth, { token, status });
  return (
    <>
      <Segments legend="Token" options={TOKENS} value={token} onChange={setToken} />
      <Segments legend="State" options={STATUSES} value={status} onChange={setStatus} />
      <HealthView list={list} token={token} status={status} />
    </>
  );
}
