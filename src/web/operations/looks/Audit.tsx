/** What the last audit of the books found, and another one when it is wanted. */
import { api } from "../../../../convex/_generated/api";
import { readableTime } from "../../amounts/words";
import { Badge } from "../../ui/Badge";
import { DataTable } from "../../ui/DataTable";
import { ActButton } from "../acts/ActButton";
import { ActDialog } from "../acts/ActDialog";
import { useOperator } from "../acts/operator";
import type { AuditResult } from "../answers";
import { Age } from "../asking/Age";
import { AskedCard } from "../asking/AskedCard";
import { useAsked } from "../asking/useAsked";
import type { Polled } from "../asking/usePolled";
import style from "../operations.module.css";

function Result({ result }: { result: NonNullable<AuditResult> }) {
  const { startedAt, finishedAt, checked, differences, wrongSums } = result;
  return (
    <>
      <dl className={style.facts}>
        <dt>Found</dt>
        <dd>
          {differences === 0 ? (
            <Badge tone="good">No difference</Badge>
          ) : (
            <Badge tone="danger">{differences} differences</Badge>
          )}
        </dd>
        <dt>Done</dt>
        <dd>
          <Age since={finishedAt} />, {readableTime(finishedAt)}; begun {readableTime(startedAt)}
        </dd>
        <dt>Checked</dt>
        <dd>
          {checked.accounts} accounts, {checked.positions} positions, {checked.policies} policies, {checked.entries}{" "}
          entries, {checked.postings} postings
        </dd>
      </dl>
      {wrongSums.length > 0 && (
        <DataTable
          caption="Sums in doubt"
          rows={wrongSums}
          rowKey={({ name }) => name}
          columns={[
            { key: "name", header: "Sum in doubt", cell: ({ name }) => name },
            { key: "expected", header: "Expected", isFigure: true, cell: ({ expected }) => expected.toString() },
            { key: "found", header: "Found", isFigure: true, cell: ({ found }) => found.toString() },
          ]}
        />
      )}
      {wrongSums.length > 0 && (
        <p className="hint">A sum is a difference when the next pass finds it wrong by as much.</p>
      )}
    </>
  );
}

function Start({ close, onDone }: { close(): void; onDone(): void }) {
  const { perform } = useOperator();
  return (
    <ActDialog
      act="startAudit"
      title="Audit all books"
      button="Start the audit"
      onClose={close}
      onDone={onDone}
      perform={async (reason) => {
        await perform("startAudit", { reason });
        return "The audit runs. What it finds is shown here once it has gone through all books.";
      }}
    />
  );
}

export function AuditView({ polled }: { polled: Polled<AuditResult> }) {
  const act = (
    <div className={style.row}>
      <ActButton act="startAudit" name="Audit now">
        {(close) => <Start close={close} onDone={polled.askAgain} />}
      </ActButton>
    </div>
  );
  return (
    <AskedCard title="Audit" polled={polled} what="what the last audit found" actions={act}>
      {(result) =>
        result === null ? <p className="hint">No audit has gone through all books yet.</p> : <Result result={result} />
      }
    </AskedCard>
  );
}

export default function Audit() {
  return <AuditView polled={useAsked(api.operations.getAuditResult, {})} />;
}
