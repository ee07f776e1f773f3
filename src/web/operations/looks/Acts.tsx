/** The trail: who did what, when and why, newest first. */
import { useId, useState } from "react";
import { api } from "../../../../convex/_generated/api";
import { BACKEND } from "../../../domain/audit";
import { readableTime } from "../../amounts/words";
import { DataTable } from "../../ui/DataTable";
import { shortAddress } from "../../wallets/wallet";
import { ACTS } from "../acts/acts";
import type { RecordedAct } from "../acts/operator";
import { factsInWords } from "../answers";
import { AskedCard } from "../asking/AskedCard";
import { MoreRows } from "../asking/MoreRows";
import { type PolledRows, useAskedRows } from "../asking/useAsked";

/** What the page does, and what the deployment records beside. */
const RECORDED = [
  ...Object.values(ACTS).map(({ recorded }) => recorded),
  ...["outbox.request", "health.stuck", "health.solved", "restore.begin", "restore.end"],
].sort();

export function ActsView({ list, act }: { list: PolledRows<RecordedAct>; act: string }) {
  return (
    <AskedCard title="Acts" polled={list.polled} what="the trail">
      {(seen) => (
        <>
          <DataTable
            caption="Acts, the newest first"
            rows={seen.rows}
            rowKey={({ _id }) => _id}
            columns={[
              { key: "at", header: "At", cell: ({ at }) => readableTime(at) },
              { key: "act", header: "Act", cell: (row) => <code>{row.act}</code> },
              {
                key: "actor",
                header: "Who",
                cell: ({ actor }) =>
                  actor === BACKEND || actor.length < 20 ? actor : <code title={actor}>{shortAddress(actor)}</code>,
              },
              { key: "reason", header: "Why", cell: ({ reason }) => reason },
              {
                key: "facts",
                header: "Facts",
                cell: ({ facts }) => <span className="hint">{factsInWords(facts)}</span>,
              },
            ]}
            empty={<p className="hint">{act === "" ? "Nothing was done yet." : `No ${act} was done yet.`}</p>}
          />
          <MoreRows list={list} seen={seen} />
        </>
      )}
    </AskedCard>
  );
}

export default function Acts() {
  const [act, setAct] = useState("");
  const id = useId();
  const list = useAskedRows(api.operations.listActs, act === "" ? {} : { act });
  return (
    <>
      <div className="field">
        <label htmlFor={id}>Act</label>
        <select id={id} value={act} onChange={(event) => setAct(event.target.value)}>
          <option value="">All acts</option>
          {RECORDED.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <ActsView list={list} act={act} />
    </>
  );
}
