/** The pool as everyone sees it: what is in the vault, what of it is free, and the proof of it. */

import { useQuery_experimental as useLiveQuery } from "convex/react";
import type { FunctionReturnType } from "convex/server";
import { api } from "../../../convex/_generated/api";
import { Amount } from "../amounts/Amount";
import { Proof } from "./Proof";

type PoolRow = FunctionReturnType<typeof api.liquidity.getPoolStats>[number];

function TokenCard({ token, totalBalanceOnChain, totalAvailable, totalLocked }: PoolRow) {
  const share = totalBalanceOnChain === 0n ? 0 : Number((totalLocked * 1_000n) / totalBalanceOnChain) / 10;
  return (
    <article className="card token" aria-label={`${token} in the pool`}>
      <h3>{token}</h3>
      <p className="total">
        <Amount of={totalBalanceOnChain} token={token} />
      </p>
      <meter min={0} max={100} value={share} aria-label={`Locked behind policies: ${share}%`} />
      <dl>
        <dt>Available</dt>
        <dd>
          <Amount of={totalAvailable} token={token} bare />
        </dd>
        <dt>Locked behind policies</dt>
        <dd>
          <Amount of={totalLocked} token={token} bare />
        </dd>
      </dl>
    </article>
  );
}

export function Pool() {
  const state = useLiveQuery({ query: api.liquidity.getPoolStats, args: {} });
  return (
    <section className="pool" aria-labelledby="pool">
      <h2 id="pool">The pool</h2>
      <div className="pool-cards">
        {state.status === "pending" && <div className="card placeholder" aria-hidden="true" />}
        {state.status === "error" && <p className="card problem">The pool can't be read: {state.error.message}</p>}
        {state.status === "success" && state.data.map((row) => <TokenCard key={row.token} {...row} />)}
        <Proof />
      </div>
    </section>
  );
}
