/** The newest proof of each token, with all its figures. */
import { useQuery_experimental as useLiveQuery } from "convex/react";
import { api } from "../../../convex/_generated/api";
import { Amount } from "../amounts/Amount";
import { FIGURES, VERDICTS, verdictOf } from "./proofWords";

const CLASS = { none: "badge", holds: "badge good", failed: "badge bad" };

export function Proof() {
  const state = useLiveQuery({ query: api.liquidity.getProof, args: {} });
  if (state.status === "error") return <p className="card problem">The proof can't be read: {state.error.message}</p>;
  if (state.status === "pending") return <div className="card placeholder" aria-hidden="true" />;
  const proofs = state.data;
  const verdict = verdictOf(proofs);
  return (
    <article className="card proof" aria-labelledby="proof">
      <h3 id="proof">
        Proof of reserves <strong className={CLASS[verdict]}>{VERDICTS[verdict].badge}</strong>
      </h3>
      <p className="hint">{VERDICTS[verdict].sentence}</p>
      {proofs.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">Figure</th>
              {proofs.map(({ token }) => (
                <th key={token} scope="col" className="figure">
                  {token}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {FIGURES.map(({ key, name, meaning }) => (
              <tr key={key}>
                <th scope="row">
                  {name} <span className="meaning">{meaning}</span>
                </th>
                {proofs.map((proof) => (
                  <td key={proof.token} className="figure">
                    <Amount of={proof[key]} token={proof.token} bare />
                  </td>
                ))}
              </tr>
            ))}
            <tr>
              <th scope="row">
                Block <span className="meaning">all of it read there</span>
              </th>
              {proofs.map(({ token, blockHeight }) => (
                <td key={token} className="figure">
                  {blockHeight}
                </td>
              ))}
            </tr>
          </tbody>
        </table>
      )}
    </article>
  );
}
