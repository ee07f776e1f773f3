/** The newest proof of each token, with all its figures, how old it is, and how to check it without trust. */
import { useQuery_experimental as useLiveQuery } from "convex/react";
import { api } from "../../../convex/_generated/api";
import { Amount } from "../amounts/Amount";
import { readableTime } from "../amounts/words";
import { Freshness } from "../connection/Freshness";
import { Badge } from "../ui/Badge";
import { Card } from "../ui/Card";
import { Explained } from "../ui/Explained";
import { Live } from "../ui/Live";
import styles from "./pool.module.css";
import { FIGURES, type ProofRow, VERDICTS, verdictOf } from "./proofWords";

export function ProofTable({ proofs }: { proofs: ProofRow[] }) {
  return (
    <table className={styles.proof}>
      <caption className="unseen">The figures of the proof</caption>
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
        {FIGURES.map(({ name, meaning, explanation, of }) => (
          <tr key={name}>
            <th scope="row">
              {name} <Explained what={name}>{explanation}</Explained> <span className="meaning">{meaning}</span>
            </th>
            {proofs.map((proof) => (
              <td key={proof.token} className="figure">
                <Amount of={of(proof)} token={proof.token} bare />
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
        <tr>
          <th scope="row">
            Event <span className="meaning">the vault's last one in it</span>
          </th>
          {proofs.map(({ token, sequence }) => (
            <td key={token} className="figure">
              {String(sequence)}
            </td>
          ))}
        </tr>
      </tbody>
    </table>
  );
}

export function ProofVerdict({ proofs }: { proofs: ProofRow[] }) {
  const { sentence } = VERDICTS[verdictOf(proofs)];
  const oldest = proofs.length === 0 ? null : Math.min(...proofs.map(({ asOf }) => asOf));
  return (
    <>
      <p className="hint">{sentence}</p>
      {oldest !== null && (
        <p className="hint">
          Proven at {readableTime(oldest)}, block time, and again with each event that moves money. <Freshness />
        </p>
      )}
    </>
  );
}

function HowToCheck() {
  return (
    <details className={styles.check}>
      <summary>Check it yourself</summary>
      <p>
        The proof as this service tells it stands at <code>/v1/proof</code> of its site. To believe none of it, let your
        own machine read the vault from a node and compare:
      </p>
      <pre>
        <code>npm run cli -- proof --verify</code>
      </pre>
    </details>
  );
}

export function Proof() {
  const state = useLiveQuery({ query: api.liquidity.getProof, args: {} });
  const verdict = VERDICTS[state.status === "success" ? verdictOf(state.data) : "none"];
  return (
    <Card
      title="Proof of reserves"
      aside={state.status === "success" && <Badge tone={verdict.tone}>{verdict.badge}</Badge>}
    >
      <Live state={state} what="the proof">
        {(proofs) => (
          <>
            <ProofVerdict proofs={proofs} />
            {proofs.length > 0 && <ProofTable proofs={proofs} />}
            <HowToCheck />
          </>
        )}
      </Live>
    </Card>
  );
}
