/** The prices that are believed, and what is wrong with their sources. */
import { api } from "../../../../convex/_generated/api";
import { readableTime, readableUsd } from "../../amounts/words";
import { Badge } from "../../ui/Badge";
import { DataTable } from "../../ui/DataTable";
import type { PriceStanding } from "../answers";
import { Age } from "../asking/Age";
import { AskedCard } from "../asking/AskedCard";
import { useAsked } from "../asking/useAsked";
import type { Polled } from "../asking/usePolled";
import { PlaybookOf } from "../PlaybookOf";

export function PricesView({ polled }: { polled: Polled<PriceStanding> }) {
  return (
    <AskedCard title="Prices" polled={polled} what="the price sources">
      {({ prices, troubles, failures, dueAt }) => (
        <>
          <DataTable
            caption="Prices that are believed"
            rows={prices}
            rowKey={({ underlying }) => underlying}
            columns={[
              { key: "of", header: "Of", cell: ({ underlying }) => underlying },
              {
                key: "price",
                header: "Price",
                isFigure: true,
                cell: ({ accepted }) => (accepted ? readableUsd(accepted.priceUsdMicros) : "none"),
              },
              {
                key: "published",
                header: "Published",
                cell: ({ accepted }) => (accepted ? <Age since={accepted.publishedAtMs} /> : "never"),
              },
              {
                key: "good",
                header: "Good",
                cell: ({ isGood }) =>
                  isGood ? <Badge tone="good">Good</Badge> : <Badge tone="danger">Not good</Badge>,
              },
              { key: "trouble", header: "Why the last look brought none", cell: ({ refusal }) => refusal ?? "it did" },
            ]}
            empty={<p className="hint">No price has been accepted yet.</p>}
          />
          {failures > 0 && <p className="problem">{failures} looks in a row could not be recorded.</p>}
          {troubles.length > 0 ? (
            <section aria-label="What was wrong with the last look">
              <h3>What was wrong with the last look</h3>
              <ul>
                {troubles.map((trouble) => (
                  <li key={trouble}>{trouble}</li>
                ))}
              </ul>
            </section>
          ) : (
            <p className="hint">Nothing was wrong with any source at the last look.</p>
          )}
          <p className="hint">
            {dueAt === null ? "No look is planned." : `The next look is due ${readableTime(dueAt)}.`}
          </p>
          <PlaybookOf name="prices" />
        </>
      )}
    </AskedCard>
  );
}

export default function Prices() {
  return <PricesView polled={useAsked(api.operations.getPriceSources, {})} />;
}
