/** What the service sends: the lane, what is on its way, what waits and what failed; and the acts on it. */
import { api } from "../../../../convex/_generated/api";
import { Amount } from "../../amounts/Amount";
import { Badge } from "../../ui/Badge";
import { DataTable } from "../../ui/DataTable";
import { ActButton } from "../acts/ActButton";
import type { OutboxNow, WaitingCall } from "../answers";
import { AskedCard } from "../asking/AskedCard";
import { useAsked } from "../asking/useAsked";
import type { Polled } from "../asking/usePolled";
import style from "../operations.module.css";
import { PlaybookOf } from "../PlaybookOf";
import { CancelCall, PauseOutbox, ResumeOutbox, RetryCall } from "./outboxActs";

function Lane({ outbox }: { outbox: OutboxNow }) {
  const { sender, nextNonce, paused, alarm, failures, lastError } = outbox;
  return (
    <dl className={style.facts}>
      <dt>Sender</dt>
      <dd>
        <code>{sender}</code>
      </dd>
      <dt>Next nonce</dt>
      <dd>{nextNonce ?? "none yet"}</dd>
      <dt>Paused</dt>
      <dd>
        {paused === null ? <Badge tone="good">No</Badge> : <Badge tone="danger">Paused</Badge>} {paused}
      </dd>
      <dt>Alarm</dt>
      <dd>
        {alarm === null ? <Badge tone="good">None</Badge> : <Badge tone="danger">Alarm</Badge>} {alarm}
      </dd>
      <dt>Failing</dt>
      <dd>{failures === 0 ? "no" : `${failures} turns in a row: ${lastError ?? ""}`}</dd>
    </dl>
  );
}

function OnTheirWay({ transactions }: Pick<OutboxNow, "transactions">) {
  return (
    <DataTable
      caption="On their way"
      rows={transactions}
      rowKey={({ nonce }) => String(nonce)}
      columns={[
        { key: "nonce", header: "Nonce", isFigure: true, cell: ({ nonce }) => nonce },
        { key: "kind", header: "Call", cell: ({ kind }) => kind },
        { key: "status", header: "Status", cell: ({ status }) => status },
        {
          key: "transaction",
          header: "Transaction",
          cell: ({ forms }) => <code>{forms.at(-1)?.txId ?? "not signed yet"}</code>,
        },
        {
          key: "fee",
          header: "Fee",
          isFigure: true,
          cell: ({ forms }) => <Amount of={forms.at(-1)?.feeUstx ?? 0n} token="STX" />,
        },
        {
          key: "alarm",
          header: "Alarm",
          cell: ({ alarm, forms }) => alarm ?? forms.at(-1)?.refusal ?? "none",
        },
      ]}
      empty={<p className="hint">Nothing is on its way.</p>}
    />
  );
}

interface CallsProps {
  caption: string;
  calls: WaitingCall[];
  none: string;
  onDone(): void;
}

function Calls({ caption, calls, none, onDone }: CallsProps) {
  return (
    <DataTable
      caption={caption}
      rows={calls}
      rowKey={({ key }) => key}
      columns={[
        { key: "key", header: "Key", cell: ({ key }) => <code>{key}</code> },
        { key: "call", header: "Call", cell: ({ call }) => call.kind },
        { key: "aborts", header: "Aborts", isFigure: true, cell: ({ aborts }) => aborts },
        { key: "outcome", header: "Outcome", cell: ({ outcome }) => outcome ?? "–" },
        {
          key: "act",
          header: "Act",
          cell: (call) =>
            call.status === "failed" ? (
              <ActButton act="retryCall" name="Retry" about={call.key}>
                {(close) => <RetryCall call={call} close={close} onDone={onDone} />}
              </ActButton>
            ) : (
              <ActButton act="cancelCall" name="Take back" about={call.key}>
                {(close) => <CancelCall call={call} close={close} onDone={onDone} />}
              </ActButton>
            ),
        },
      ]}
      empty={<p className="hint">{none}</p>}
    />
  );
}

export function OutboxView({ polled }: { polled: Polled<OutboxNow> }) {
  const onDone = polled.askAgain;
  return (
    <AskedCard title="Outbox" polled={polled} what="the outbox">
      {(outbox) => (
        <>
          <Lane outbox={outbox} />
          <div className={style.row}>
            {outbox.paused === null ? (
              <ActButton act="pauseOutbox" name="Pause the outbox">
                {(close) => <PauseOutbox close={close} onDone={onDone} />}
              </ActButton>
            ) : (
              <ActButton act="resumeOutbox" name="Resume the outbox">
                {(close) => <ResumeOutbox close={close} onDone={onDone} />}
              </ActButton>
            )}
          </div>
          <h3>On their way</h3>
          <OnTheirWay transactions={outbox.transactions} />
          <h3>Waiting</h3>
          <Calls caption="Waiting calls" calls={outbox.waiting} none="Nothing waits." onDone={onDone} />
          <h3>Failed</h3>
          <Calls caption="Failed calls" calls={outbox.failed} none="Nothing has failed." onDone={onDone} />
          <p className="hint">At most 50 calls of each are shown, the newest first.</p>
          <PlaybookOf name="outbox" />
        </>
      )}
    </AskedCard>
  );
}

export default function Outbox() {
  return <OutboxView polled={useAsked(api.operations.getOutbox, {})} />;
}
