/** The signed-in provider's capital: positions, deposits on their way, and what no commitment claims. */

import type { UseQueryResult } from "convex/react";
import type { FunctionReturnType } from "convex/server";
import type { api } from "../../../convex/_generated/api";
import { Amount } from "../amounts/Amount";
import { explain } from "../refusals/explain";
import { Problem } from "../refusals/Problem";

export type PortfolioData = FunctionReturnType<typeof api.liquidity.getProviderPortfolio>;
export type Position = PortfolioData["positions"][number];

const COLUMNS = [
  { key: "total", name: "Total" },
  { key: "available", name: "Available" },
  { key: "reserved", name: "Reserved" },
  { key: "locked", name: "Locked" },
  { key: "accruedYield", name: "Yield" },
] as const satisfies { key: keyof Position; name: string }[];

function Positions({ positions }: { positions: Position[] }) {
  return (
    <div className="scroller">
      <table className="positions">
        <thead>
          <tr>
            <th scope="col">Position</th>
            {COLUMNS.map(({ key, name }) => (
              <th key={key} scope="col" className="figure">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {positions.map((position) => (
            <tr key={`${position.tier} ${position.token}`}>
              <th scope="row">
                {position.tier} <span className="unit">{position.token}</span>
              </th>
              {COLUMNS.map(({ key }) => (
                <td key={key} className="figure">
                  <Amount of={position[key]} token={position.token} bare />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function PendingDeposits({ deposits }: { deposits: PortfolioData["pendingDeposits"] }) {
  if (deposits.length === 0) return null;
  return (
    <ul className="pending" aria-label="Pending deposits">
      {deposits.map(({ txId, token, amount, tier, blockHeight }) => (
        <li key={txId}>
          <span className="dot busy" />
          <span>
            <Amount of={amount} token={token} /> {tier ? `for ${tier}` : "without a commitment"}
          </span>
          <span className="hint">In block {blockHeight}, waiting for finality</span>
        </li>
      ))}
    </ul>
  );
}

function Suspense({ rows }: { rows: PortfolioData["suspense"] }) {
  if (rows.length === 0) return null;
  return (
    <div className="suspense">
      <h3>In suspense</h3>
      <ul>
        {rows.map(({ token, amount }) => (
          <li key={token}>
            <Amount of={amount} token={token} />
          </li>
        ))}
      </ul>
      <p className="hint">
        You sent this to the vault, but no commitment of yours matches it. It is yours and safe; it earns nothing until
        it is assigned to a tier.
      </p>
    </div>
  );
}

export function Portfolio({ state }: { state: UseQueryResult<PortfolioData> }) {
  return (
    <section className="card portfolio" aria-labelledby="portfolio" aria-busy={state.status === "pending"}>
      <h2 id="portfolio">Your capital</h2>
      {state.status === "pending" && <p className="hint">Reading your positions …</p>}
      {state.status === "error" && <Problem explanation={explain(state.error)} />}
      {state.status === "success" && (
        <>
          {state.data.positions.length > 0 && <Positions positions={state.data.positions} />}
          {state.data.positions.length === 0 && state.data.pendingDeposits.length === 0 && (
            <p className="empty">Nothing yet. Deposit STX or sBTC into a tier; it appears here once it is final.</p>
          )}
          <PendingDeposits deposits={state.data.pendingDeposits} />
          <Suspense rows={state.data.suspense} />
        </>
      )}
    </section>
  );
}
