/** How sync stands, and the proof that the books are what the chain holds. */
import { Link } from "wouter";
import { api } from "../../../../convex/_generated/api";
import { Amount } from "../../amounts/Amount";
import { readableTime } from "../../amounts/words";
import { Badge } from "../../ui/Badge";
import { DataTable } from "../../ui/DataTable";
import type { Proofs, SyncStanding } from "../answers";
import { Age } from "../asking/Age";
import { AskedCard } from "../asking/AskedCard";
import { useAsked } from "../asking/useAsked";
import type { Polled } from "../asking/usePolled";
import style from "../operations.module.css";
import { PlaybookOf } from "../PlaybookOf";

function Block({ mark }: { mark: SyncStanding["tip"] }) {
  if (mark === null) return "none yet";
  return (
    <>
      {mark.height}, {readableTime(mark.time * 1_000)} of block time
    </>
  );
}

export function SyncView({ polled }: { polled: Polled<SyncStanding> }) {
  return (
    <AskedCard title="Sync" polled={polled} what="how sync stands">
      {(standing) => {
        const { halted, failures, lastError, nextLookAt, behindSince, doubts, tip, final } = standing;
        const { watermark, seen, pending, complete, paused, guardian } = standing;
        return (
          <>
            <dl className={style.facts}>
              <dt>Sync</dt>
              <dd>
                {halted === null ? <Badge tone="good">Goes on</Badge> : <Badge tone="danger">Halted</Badge>} {halted}
              </dd>
              <dt>Failing</dt>
              <dd>{failures === 0 ? "no" : `${failures} looks in a row: ${lastError ?? ""}`}</dd>
              <dt>Tip</dt>
              <dd>
                <Block mark={tip} />
              </dd>
              <dt>Final</dt>
              <dd>
                <Block mark={final} />
              </dd>
              <dt>Books</dt>
              <dd>
                event {watermark.toString()} of {seen.toString()}; {pending.toString()} wait
              </dd>
              <dt>Last look</dt>
              <dd>{complete ? "left nothing unread" : "left something unread"}</dd>
              <dt>Behind</dt>
              <dd>
                {behindSince === null ? (
                  "no"
                ) : (
                  <>
                    since <Age since={behindSince} />
                  </>
                )}
              </dd>
              <dt>Doubts of a fork</dt>
              <dd>{doubts === 0 ? "none" : `${doubts} looks in a row`}</dd>
              <dt>Next look</dt>
              <dd>{nextLookAt === null ? "none is planned" : readableTime(nextLookAt)}</dd>
              <dt>The vault</dt>
              <dd>
                {paused === null ? (
                  "not read yet"
                ) : paused ? (
                  <Badge tone="danger">Paused</Badge>
                ) : (
                  <Badge tone="good">Open</Badge>
                )}
              </dd>
              <dt>Its guardian</dt>
              <dd>{guardian ? <code>{guardian}</code> : "not read yet"}</dd>
            </dl>
            <p className="hint">
              The vault itself is paused by its guardian's wallet (<code>vault pause</code> of the command line), not by
              a role here. Sync is stopped and let go on under <Link href="/operations/breakers">Breakers</Link>.
            </p>
            <PlaybookOf name="sync" />
          </>
        );
      }}
    </AskedCard>
  );
}

export function ProofView({ polled }: { polled: Polled<Proofs> }) {
  return (
    <AskedCard title="Proof" polled={polled} what="the proof">
      {(proofs) => (
        <>
          <DataTable
            caption="Proof by token"
            rows={proofs}
            rowKey={({ token }) => token}
            columns={[
              { key: "token", header: "Token", cell: ({ token }) => token },
              {
                key: "holds",
                header: "Proof",
                cell: ({ holds }) => (holds ? <Badge tone="good">Holds</Badge> : <Badge tone="danger">Failed</Badge>),
              },
              ...(["held", "counted", "booked", "pending", "surplus"] as const).map((key) => ({
                key,
                header: key,
                isFigure: true as const,
                cell: (proof: Proofs[number]) => <Amount of={proof[key]} token={proof.token} bare />,
              })),
              {
                key: "locked",
                header: "locked: counted, booked",
                isFigure: true,
                cell: ({ locks, token }) => (
                  <>
                    <Amount of={locks.counted} token={token} bare />, <Amount of={locks.booked} token={token} bare />
                  </>
                ),
              },
              { key: "block", header: "Block", isFigure: true, cell: ({ blockHeight }) => blockHeight },
            ]}
            empty={<p className="hint">There is no proof yet. The first one follows the first look at the chain.</p>}
          />
          <PlaybookOf name="proof" />
        </>
      )}
    </AskedCard>
  );
}

export default function Sync() {
  return (
    <>
      <SyncView polled={useAsked(api.operations.getSync, {})} />
      <ProofView polled={useAsked(api.liquidity.getProof, {})} />
    </>
  );
}
