/** What was asked to leave insurance and fees: an admin asks, the vault's guardian signs, the recipient sends. */
import { api } from "../../../../convex/_generated/api";
import { useAccount } from "../../account/AccountProvider";
import { Amount } from "../../amounts/Amount";
import { readableTime } from "../../amounts/words";
import { Badge } from "../../ui/Badge";
import { DataTable } from "../../ui/DataTable";
import { shortAddress } from "../../wallets/wallet";
import { ActButton } from "../acts/ActButton";
import { ActDialog } from "../acts/ActDialog";
import { useOperator } from "../acts/operator";
import type { Exit } from "../answers";
import { AskedCard } from "../asking/AskedCard";
import { MoreRows } from "../asking/MoreRows";
import { type PolledRows, useAsked, useAskedRows } from "../asking/useAsked";
import { lastAnswer } from "../asking/usePolled";
import style from "../operations.module.css";
import { PlaybookOf } from "../PlaybookOf";
import { ApproveExit } from "./ApproveExit";
import { ExitFacts } from "./ExitFacts";
import { RequestExit } from "./RequestExit";
import { SignAsGuardian } from "./SignAsGuardian";

const TONES = { requested: "warning", approved: "info", cancelled: "neutral" } as const;

function CancelExit({ exit, close, onDone }: { exit: Exit; close(): void; onDone(): void }) {
  const { perform } = useOperator();
  return (
    <ActDialog
      act="cancelExit"
      title="Cancel an exit"
      button="Cancel the exit"
      onClose={close}
      onDone={onDone}
      perform={async (reason) => {
        await perform("cancelExit", { exitId: exit.exitId, reason });
        return "It is taken back, unless it was paid before; the list tells.";
      }}
    >
      <ExitFacts exit={exit} />
    </ActDialog>
  );
}

/** Whether it can still be stopped: a payment that is paid or over can't. */
const isOpen = ({ status, payment }: Exit) =>
  status === "requested" || (status === "approved" && payment !== "paid" && payment !== "expired");

interface ExitsViewProps {
  list: PolledRows<Exit>;
  vaultContract: string;
  /** The vault's; null: not known. */
  guardian: string | null;
}

export function ExitsView({ list, vaultContract, guardian }: ExitsViewProps) {
  const { address } = useOperator();
  const onDone = list.polled.askAgain;
  const actions = (
    <div className={style.row}>
      <ActButton act="requestExit" name="Request an exit">
        {(close) => <RequestExit close={close} onDone={onDone} />}
      </ActButton>
    </div>
  );
  return (
    <AskedCard title="Exits of the treasury" polled={list.polled} what="the exits" actions={actions}>
      {(seen) => (
        <>
          <p className="hint">
            The vault's guardian is {guardian === null ? "not known now" : <code>{guardian}</code>}
            {guardian === address && ": that is you"}.
          </p>
          <DataTable
            caption="Exits, the newest first"
            rows={seen.rows}
            rowKey={({ exitId }) => exitId}
            columns={[
              { key: "from", header: "From", cell: ({ account }) => account },
              {
                key: "amount",
                header: "Amount",
                isFigure: true,
                cell: ({ amount, token }) => <Amount of={amount} token={token} />,
              },
              {
                key: "to",
                header: "To",
                cell: ({ recipient }) => <code title={recipient}>{shortAddress(recipient)}</code>,
              },
              {
                key: "status",
                header: "Status",
                cell: ({ status, payment }) => (
                  <>
                    <Badge tone={TONES[status]}>{status}</Badge> {payment}
                  </>
                ),
              },
              {
                key: "until",
                header: "To be approved before",
                cell: ({ status, expiresAt }) => (status === "requested" ? readableTime(expiresAt * 1_000) : "–"),
              },
              {
                key: "asked",
                header: "Asked by",
                cell: ({ requestedBy, reason }) => (
                  <>
                    <span title={requestedBy}>{shortAddress(requestedBy)}</span>: {reason}
                  </>
                ),
              },
              {
                key: "act",
                header: "Act",
                cell: (exit) => (
                  <span className={style.row}>
                    {exit.status === "requested" && (
                      <ActButton act="approveExit" name="Approve" about={`the exit of ${exit.account}`}>
                        {(close) => (
                          <ApproveExit
                            exit={exit}
                            vaultContract={vaultContract}
                            guardian={guardian}
                            close={close}
                            onDone={onDone}
                          />
                        )}
                      </ActButton>
                    )}
                    {exit.status === "requested" && guardian === address && (
                      <SignAsGuardian exit={exit} vaultContract={vaultContract} />
                    )}
                    {isOpen(exit) ? (
                      <ActButton act="cancelExit" name="Cancel" about={`the exit of ${exit.account}`}>
                        {(close) => <CancelExit exit={exit} close={close} onDone={onDone} />}
                      </ActButton>
                    ) : (
                      "–"
                    )}
                  </span>
                ),
              },
            ]}
            empty={<p className="hint">Nothing was asked for yet.</p>}
          />
          <MoreRows list={list} seen={seen} />
          <PlaybookOf name="treasury" />
        </>
      )}
    </AskedCard>
  );
}

export default function Exits() {
  const { config } = useAccount();
  const sync = lastAnswer(useAsked(api.operations.getSync, {}).asked);
  const list = useAskedRows(api.operations.listExits, {});
  return <ExitsView list={list} vaultContract={config.vaultContract} guardian={sync?.data.guardian ?? null} />;
}
