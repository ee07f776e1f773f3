/** The dialogs of the acts on the outbox. */
import { ActDialog } from "../acts/ActDialog";
import { useOperator } from "../acts/operator";
import type { WaitingCall } from "../answers";
import style from "../operations.module.css";

interface OutboxActProps {
  close(): void;
  onDone(): void;
}

export function PauseOutbox({ close, onDone }: OutboxActProps) {
  const { perform } = useOperator();
  return (
    <ActDialog
      act="pauseOutbox"
      title="Pause the outbox"
      button="Pause the outbox"
      onClose={close}
      onDone={onDone}
      perform={async (reason) => {
        await perform("pauseOutbox", { reason });
        return "The outbox sends nothing new until it is resumed.";
      }}
    />
  );
}

export function ResumeOutbox({ close, onDone }: OutboxActProps) {
  const { perform } = useOperator();
  return (
    <ActDialog
      act="resumeOutbox"
      title="Resume the outbox"
      button="Resume the outbox"
      word="resume"
      onClose={close}
      onDone={onDone}
      perform={async (reason) => {
        await perform("resumeOutbox", { reason });
        return "The outbox sends again.";
      }}
    />
  );
}

function CallFacts({ call: { key, call, outcome } }: { call: WaitingCall }) {
  return (
    <dl className={style.facts}>
      <dt>Key</dt>
      <dd>
        <code>{key}</code>
      </dd>
      <dt>Call</dt>
      <dd>{call.kind}</dd>
      {outcome !== null && (
        <>
          <dt>Failed by</dt>
          <dd>{outcome}</dd>
        </>
      )}
    </dl>
  );
}

export function CancelCall({ call, close, onDone }: OutboxActProps & { call: WaitingCall }) {
  const { perform } = useOperator();
  return (
    <ActDialog
      act="cancelCall"
      title="Take a waiting call back"
      button="Take it back for good"
      word="take back"
      onClose={close}
      onDone={onDone}
      perform={async (reason) => {
        await perform("cancelCall", { key: call.key, reason });
        return `${call.key} is never sent.`;
      }}
    >
      <CallFacts call={call} />
    </ActDialog>
  );
}

export function RetryCall({ call, close, onDone }: OutboxActProps & { call: WaitingCall }) {
  const { perform } = useOperator();
  return (
    <ActDialog
      act="retryCall"
      title="Retry a failed call"
      button="Retry it"
      onClose={close}
      onDone={onDone}
      perform={async (reason) => {
        await perform("retryCall", { key: call.key, reason });
        return `${call.key} waits to be sent again.`;
      }}
    >
      <CallFacts call={call} />
    </ActDialog>
  );
}
