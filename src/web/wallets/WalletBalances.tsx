/** What the wallet holds outside the pool. */

import { TOKENS } from "../../domain/tokens";
import { Amount } from "../amounts/Amount";
import type { BalancesState } from "./useBalances";

export function WalletBalances({ name, state }: { name: string; state: BalancesState }) {
  const balances = state.kind === "loading" ? null : state.balances;
  return (
    <section className="wallet-balances" aria-label={`In ${name}`}>
      <h2>In {name}</h2>
      {state.kind === "loading" && <p className="hint">Reading the wallet …</p>}
      {balances && (
        <ul>
          {TOKENS.map((token) => (
            <li key={token}>
              <Amount of={balances[token]} token={token} />
            </li>
          ))}
        </ul>
      )}
      {state.kind === "unreachable" && <p className="hint wrong">The Stacks API can't be reached; trying again.</p>}
    </section>
  );
}
