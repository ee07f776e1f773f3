/** What is stopped, since when and why; and the acts that stop things and let them go on. */
import { api } from "../../../../convex/_generated/api";
import { readableTime } from "../../amounts/words";
import { Badge } from "../../ui/Badge";
import { DataTable } from "../../ui/DataTable";
import { ActButton } from "../acts/ActButton";
import { ActDialog } from "../acts/ActDialog";
import { useOperator } from "../acts/operator";
import type { Stopped } from "../answers";
import { AskedCard } from "../asking/AskedCard";
import { useAsked } from "../asking/useAsked";
import type { Polled } from "../asking/usePolled";
import { PlaybookOf } from "../PlaybookOf";

/** In the guide's order, with the guide's words. */
const CAPABILITIES = [
  { name: "commit", refuses: "new commitments, assignments of suspense, moves" },
  { name: "withdraw", refuses: "signatures of withdrawals and of exits, collecting" },
  { name: "policies", refuses: "new terms of policies" },
  { name: "settle", refuses: "settlements that the service would send" },
  { name: "sync", refuses: "looks at the chain, and all that follows from them" },
] as const;
type Capability = (typeof CAPABILITIES)[number];
type Row = Capability & { stopped: Stopped["breakers"][number] | null };

interface BreakerActProps {
  capability: Capability;
  close(): void;
  onDone(): void;
}

function Trip({ capability: { name, refuses }, close, onDone }: BreakerActProps) {
  const { perform } = useOperator();
  return (
    <ActDialog
      act="tripBreaker"
      title={`Stop ${name}`}
      button={`Stop ${name}`}
      onClose={close}
      onDone={onDone}
      perform={async (reason) => {
        await perform("tripBreaker", { capability: name, reason });
        return `${name} is stopped.`;
      }}
    >
      <p>
        Stopped, it refuses or holds back: <strong>{refuses}</strong>.
      </p>
    </ActDialog>
  );
}

function Reset({ capability: { name, refuses }, close, onDone }: BreakerActProps) {
  const { perform } = useOperator();
  return (
    <ActDialog
      act="resetBreaker"
      title={`Reset ${name}`}
      button={`Let ${name} go on`}
      word={name}
      onClose={close}
      onDone={onDone}
      perform={async (reason) => {
        await perform("resetBreaker", { capability: name, reason });
        return `${name} goes on.`;
      }}
    >
      <p>
        Goes on: <strong>{refuses}</strong>. Look before you reset.
      </p>
    </ActDialog>
  );
}

function Why({ stopped }: { stopped: Row["stopped"] }) {
  if (stopped === null) return <span className="hint">–</span>;
  return (
    <>
      {stopped.reason}
      {stopped.laterReasons.map((reason) => (
        <div key={reason} className="hint">
          later: {reason}
        </div>
      ))}
    </>
  );
}

function Restore({ restore }: Pick<Stopped, "restore">) {
  if (restore === null) return <p className="hint">No rule after a restore holds.</p>;
  return (
    <p>
      <strong>Restored from a backup:</strong> nothing is signed{" "}
      {restore.kind === "looking"
        ? "until a look has reached the tip."
        : `before ${readableTime(restore.until * 1_000)} of block time.`}
    </p>
  );
}

export function BreakersView({ polled }: { polled: Polled<Stopped> }) {
  const rowsOf = ({ breakers }: Stopped): Row[] =>
    CAPABILITIES.map((known) => ({
      ...known,
      stopped: breakers.find(({ capability }) => capability === known.name) ?? null,
    }));
  return (
    <AskedCard title="Breakers" polled={polled} what="the breakers">
      {(stopped) => (
        <>
          <DataTable
            caption="Breakers"
            rows={rowsOf(stopped)}
            rowKey={({ name }) => name}
            columns={[
              { key: "name", header: "Capability", cell: ({ name }) => <strong>{name}</strong> },
              {
                key: "state",
                header: "State",
                cell: (row) =>
                  row.stopped ? <Badge tone="danger">Stopped</Badge> : <Badge tone="good">Goes on</Badge>,
              },
              {
                key: "since",
                header: "Since",
                cell: (row) => (row.stopped ? readableTime(row.stopped.since) : <span className="hint">–</span>),
              },
              { key: "why", header: "Why", cell: (row) => <Why stopped={row.stopped} /> },
              { key: "refuses", header: "Stopped, it refuses", cell: ({ refuses }) => refuses },
              {
                key: "acts",
                header: "Act",
                cell: (row) =>
                  row.stopped ? (
                    <ActButton act="resetBreaker" name="Reset" about={row.name}>
                      {(close) => <Reset capability={row} close={close} onDone={polled.askAgain} />}
                    </ActButton>
                  ) : (
                    <ActButton act="tripBreaker" name="Stop" about={row.name}>
                      {(close) => <Trip capability={row} close={close} onDone={polled.askAgain} />}
                    </ActButton>
                  ),
              },
            ]}
            empty="There are no breakers."
          />
          <Restore restore={stopped.restore} />
          <PlaybookOf name="breaker" />
          <PlaybookOf name="stolen" />
        </>
      )}
    </AskedCard>
  );
}

export default function Breakers() {
  return <BreakersView polled={useAsked(api.operations.getBreakers, {})} />;
}
