/** Whose deposits no commitment claimed, what the vault itself has over, and who owes what left the vault unauthorised. */
import { useState } from "react";
import { api } from "../../../../convex/_generated/api";
import { TOKENS, type Token } from "../../../domain/tokens";
import { useAccount } from "../../account/AccountProvider";
import { Amount } from "../../amounts/Amount";
import { Badge } from "../../ui/Badge";
import { DataTable } from "../../ui/DataTable";
import { Segments } from "../../ui/Segments";
import { ActButton } from "../acts/ActButton";
import type { PrincipalAmount } from "../answers";
import { AskedCard } from "../asking/AskedCard";
import { MoreRows } from "../asking/MoreRows";
import { type PolledRows, useAskedRows } from "../asking/useAsked";
import { PlaybookOf } from "../PlaybookOf";
import { AssignSurplus } from "./AssignSurplus";
import { CorrectBreach } from "./CorrectBreach";

interface OwingProps {
  list: PolledRows<PrincipalAmount>;
  token: Token;
}

export function SuspenseView({ list, token, vault }: OwingProps & { vault: string }) {
  return (
    <AskedCard title={`Suspense in ${token}`} polled={list.polled} what="the suspense">
      {(seen) => (
        <>
          <p className="hint">
            What no commitment claimed. It is its depositor's, who can assign it to a tier or withdraw it. The vault's
            own is surplus: somebody sent it to the vault directly, and the vault has counted it.
          </p>
          <DataTable
            caption={`Suspense in ${token}`}
            rows={seen.rows}
            rowKey={({ principal }) => principal}
            columns={[
              {
                key: "principal",
                header: "Address",
                cell: ({ principal }) => (
                  <>
                    <code>{principal}</code> {principal === vault && <Badge tone="info">Surplus</Badge>}
                  </>
                ),
              },
              {
                key: "amount",
                header: "Amount",
                isFigure: true,
                cell: ({ amount }) => <Amount of={amount} token={token} />,
              },
              {
                key: "act",
                header: "Act",
                cell: ({ principal, amount }) =>
                  principal === vault ? (
                    <ActButton act="assignSurplus" name="Assign to insurance" about={token}>
                      {(close) => (
                        <AssignSurplus max={amount} token={token} close={close} onDone={list.polled.askAgain} />
                      )}
                    </ActButton>
                  ) : (
                    "its owner's to decide"
                  ),
              },
            ]}
            empty={<p className="hint">{seen.isDone ? "Nobody has any." : "None so far; there is more to read."}</p>}
          />
          <MoreRows list={list} seen={seen} />
        </>
      )}
    </AskedCard>
  );
}

export function BreachesView({ list, token }: OwingProps) {
  return (
    <AskedCard title={`Breaches in ${token}`} polled={list.polled} what="the breaches">
      {(seen) => (
        <>
          <DataTable
            caption={`Breaches in ${token}`}
            rows={seen.rows}
            rowKey={({ principal }) => principal}
            columns={[
              { key: "principal", header: "Address", cell: ({ principal }) => <code>{principal}</code> },
              {
                key: "amount",
                header: "Owes",
                isFigure: true,
                cell: ({ amount }) => <Amount of={amount} token={token} />,
              },
              {
                key: "act",
                header: "Act",
                cell: (breach) => (
                  <ActButton act="correctBreach" name="Correct" about={breach.principal}>
                    {(close) => <CorrectBreach breach={breach} close={close} onDone={list.polled.askAgain} />}
                  </ActButton>
                ),
              },
            ]}
            empty={<p className="hint">{seen.isDone ? "Nobody owes any." : "None so far; there is more to read."}</p>}
          />
          <MoreRows list={list} seen={seen} />
          <PlaybookOf name="breach" />
        </>
      )}
    </AskedCard>
  );
}

export default function Owing() {
  const { config } = useAccount();
  const [token, setToken] = useState<Token>("STX");
  return (
    <>
      <Segments legend="Token" options={TOKENS} value={token} onChange={setToken} />
      <BreachesView list={useAskedRows(api.operations.listBreaches, { token })} token={token} />
      <SuspenseView
        list={useAskedRows(api.operations.listSuspense, { token })}
        token={token}
        vault={config.vaultContract}
      />
    </>
  );
}
