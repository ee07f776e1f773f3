/** What a provider sees of its own capital, for an operator who says why: that is recorded. */
import { useState } from "react";
import { Amount } from "../../amounts/Amount";
import { readablePercent, readableTime } from "../../amounts/words";
import { Card } from "../../ui/Card";
import { DataTable } from "../../ui/DataTable";
import { ActButton } from "../acts/ActButton";
import { ActDialog } from "../acts/ActDialog";
import { type ActResult, useOperator } from "../acts/operator";
import { TypedField } from "../acts/TypedField";

type Portfolio = ActResult<"readPortfolio">;

function Reading({ address, close, onRead }: { address: string; close(): void; onRead(portfolio: Portfolio): void }) {
  const { perform } = useOperator();
  return (
    <ActDialog
      act="readPortfolio"
      title="Read a provider's portfolio"
      button="Read it, and be recorded"
      onClose={close}
      perform={async (reason) => {
        onRead(await perform("readPortfolio", { address, reason }));
        return "It is shown on the page, as it was now; it does not go on by itself.";
      }}
    >
      <p>
        Of <code>{address}</code>
      </p>
    </ActDialog>
  );
}

export function PortfolioRead({ portfolio, at }: { portfolio: Portfolio; at: number }) {
  const { address, positions, pendingDeposits, suspense } = portfolio;
  return (
    <Card title="As its owner sees it" aside={<span className="hint">read {readableTime(at)}</span>}>
      <p>
        <code>{address}</code>
      </p>
      <DataTable
        caption="Positions"
        rows={positions}
        rowKey={({ tier, token }) => `${tier} ${token}`}
        columns={[
          {
            key: "position",
            header: "Position",
            cell: ({ tier, token }) => (
              <>
                {tier} <span className="unit">{token}</span>
              </>
            ),
          },
          ...(["total", "available", "reserved", "locked", "accruedYield"] as const).map((key) => ({
            key,
            header: key === "accruedYield" ? "Yield" : key[0]?.toUpperCase() + key.slice(1),
            isFigure: true as const,
            cell: (position: Portfolio["positions"][number]) => (
              <Amount of={position[key]} token={position.token} bare />
            ),
          })),
          {
            key: "health",
            header: "Health",
            cell: ({ healthStatus, collateralizationRatio: ratio }) =>
              `${healthStatus}${ratio === null ? "" : `, ${readablePercent(Number(ratio))}`}`,
          },
        ]}
        empty={<p className="hint">This address has no position.</p>}
      />
      {pendingDeposits.length > 0 && (
        <DataTable
          caption="Pending deposits"
          rows={pendingDeposits}
          rowKey={({ txId }) => txId}
          columns={[
            { key: "deposit", header: "Pending deposit", cell: ({ txId }) => <code>{txId}</code> },
            {
              key: "amount",
              header: "Amount",
              isFigure: true,
              cell: ({ amount, token }) => <Amount of={amount} token={token} />,
            },
            { key: "for", header: "For", cell: ({ tier }) => tier ?? "no commitment" },
          ]}
        />
      )}
      {suspense.length > 0 && (
        <p>
          In suspense:{" "}
          {suspense.map(({ token, amount }) => (
            <span key={token}>
              <Amount of={amount} token={token} />{" "}
            </span>
          ))}
        </p>
      )}
    </Card>
  );
}

export default function ReadPortfolio() {
  const [address, setAddress] = useState("");
  const [read, setRead] = useState<{ portfolio: Portfolio; at: number } | null>(null);
  const clean = address.trim();
  const problem = clean !== "" && !/^S[0-9A-Z]{20,}/.test(clean) ? "Type a Stacks address, such as ST1…" : null;
  return (
    <>
      <Card title="A provider's portfolio">
        <TypedField
          label="Address"
          text={address}
          hint="Looking is an act: it is recorded with your address and your reason before you see anything."
          problem={problem}
          onText={setAddress}
        />
        {clean !== "" && problem === null && (
          <ActButton act="readPortfolio" name="Read the portfolio">
            {(close) => (
              <Reading address={clean} close={close} onRead={(portfolio) => setRead({ portfolio, at: Date.now() })} />
            )}
          </ActButton>
        )}
      </Card>
      {read && <PortfolioRead {...read} />}
    </>
  );
}
