/** What anybody was told, and what of it the webhook has. */
import { useState } from "react";
import { api } from "../../../../convex/_generated/api";
import { readableTime } from "../../amounts/words";
import { Badge } from "../../ui/Badge";
import { DataTable } from "../../ui/DataTable";
import { Segments } from "../../ui/Segments";
import { shortAddress } from "../../wallets/wallet";
import { ActButton } from "../acts/ActButton";
import { ActDialog } from "../acts/ActDialog";
import { useOperator } from "../acts/operator";
import { type Delivery, factsInWords, type Told } from "../answers";
import { AskedCard } from "../asking/AskedCard";
import { MoreRows } from "../asking/MoreRows";
import { type PolledRows, useAskedRows } from "../asking/useAsked";
import { PlaybookOf } from "../PlaybookOf";

const FILTERS = [
  { value: "all", label: "All" },
  { value: "pending", label: "Pending" },
  { value: "delivered", label: "Delivered" },
  { value: "failed", label: "Failed" },
] as const;
type Filter = (typeof FILTERS)[number]["value"];

const TONES = { pending: "info", delivered: "good", failed: "danger" } as const;

function Retry({ delivery, close, onDone }: { delivery: Delivery; close(): void; onDone(): void }) {
  const { deliveryId, kind, lastError } = delivery;
  const { perform } = useOperator();
  return (
    <ActDialog
      act="retryDelivery"
      title="Retry a delivery"
      button="Retry it"
      onClose={close}
      onDone={onDone}
      perform={async (reason) => {
        await perform("retryDelivery", { deliveryId, reason });
        return `${deliveryId} is tried again.`;
      }}
    >
      <p>
        <code>{kind}</code>, given up: {lastError ?? "no reason given"}
      </p>
    </ActDialog>
  );
}

export function DeliveriesView({ list }: { list: PolledRows<Delivery> }) {
  return (
    <AskedCard title="Deliveries of the webhook" polled={list.polled} what="the deliveries">
      {(seen) => (
        <>
          <DataTable
            caption="Deliveries"
            rows={seen.rows}
            rowKey={({ deliveryId }) => deliveryId}
            columns={[
              { key: "at", header: "At", cell: ({ at }) => readableTime(at) },
              { key: "kind", header: "What", cell: ({ kind }) => <code>{kind}</code> },
              {
                key: "status",
                header: "Status",
                cell: ({ status }) => <Badge tone={TONES[status]}>{status}</Badge>,
              },
              { key: "tries", header: "Tries", isFigure: true, cell: ({ attempts }) => attempts },
              {
                key: "next",
                header: "Next try",
                cell: ({ nextAttemptAt }) => (nextAttemptAt === null ? "none" : readableTime(nextAttemptAt)),
              },
              { key: "error", header: "Last error", cell: ({ lastError }) => lastError ?? "none" },
              {
                key: "act",
                header: "Act",
                cell: (delivery) =>
                  delivery.status === "failed" ? (
                    <ActButton act="retryDelivery" name="Retry" about={delivery.deliveryId}>
                      {(close) => <Retry delivery={delivery} close={close} onDone={list.polled.askAgain} />}
                    </ActButton>
                  ) : (
                    "–"
                  ),
              },
            ]}
            empty={<p className="hint">There are none. A webhook is told only where the deployment names one.</p>}
          />
          <MoreRows list={list} seen={seen} />
          <PlaybookOf name="webhook" />
        </>
      )}
    </AskedCard>
  );
}

export function NotificationsView({ list }: { list: PolledRows<Told> }) {
  return (
    <AskedCard title="Notifications" polled={list.polled} what="the notifications">
      {(seen) => (
        <>
          <DataTable
            caption="Notifications, the newest first"
            rows={seen.rows.map((row, n) => ({ ...row, n }))}
            rowKey={({ n }) => String(n)}
            columns={[
              { key: "at", header: "At", cell: ({ at }) => readableTime(at) },
              {
                key: "whom",
                header: "Whom",
                cell: ({ provider }) =>
                  provider === null ? "operators" : <code title={provider}>{shortAddress(provider)}</code>,
              },
              { key: "kind", header: "What", cell: ({ kind }) => <code>{kind}</code> },
              {
                key: "facts",
                header: "Facts",
                cell: ({ facts }) => <span className="hint">{factsInWords(facts)}</span>,
              },
            ]}
            empty={<p className="hint">Nobody was told anything yet.</p>}
          />
          <MoreRows list={list} seen={seen} />
        </>
      )}
    </AskedCard>
  );
}

export default function Deliveries() {
  const [filter, setFilter] = useState<Filter>("all");
  const deliveries = useAskedRows(api.operations.listDeliveries, filter === "all" ? {} : { status: filter });
  return (
    <>
      <NotificationsView list={useAskedRows(api.operations.listNotifications, {})} />
      <Segments legend="Deliveries" options={FILTERS} value={filter} onChange={setFilter} />
      <DeliveriesView list={deliveries} />
    </>
  );
}
