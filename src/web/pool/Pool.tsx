/** What is in the vault, a card a token. */
import { useQuery_experimental as useLiveQuery } from "convex/react";
import type { FunctionReturnType } from "convex/server";
import { api } from "../../../convex/_generated/api";
import type { Token } from "../../domain/tokens";
import { Amount } from "../amounts/Amount";
import { Worth } from "../amounts/Worth";
import { Explained } from "../ui/Explained";
import { Live } from "../ui/Live";
import { Meter } from "../ui/Meter";
import styles from "./pool.module.css";

export type PoolRow = FunctionReturnType<typeof api.liquidity.getPoolStats>[number];

interface FigureProps {
  name: string;
  explanation: string;
  amount: bigint;
  token: Token;
}

function Figure({ name, explanation, amount, token }: FigureProps) {
  return (
    <>
      <dt>
        {name} <Explained what={name}>{explanation}</Explained>
      </dt>
      <dd>
        <Amount of={amount} token={token} bare /> <Worth of={amount} token={token} />
      </dd>
    </>
  );
}

export function TokenCard({ token, totalBalanceOnChain: total, totalAvailable, totalLocked }: PoolRow) {
  return (
    <article className={`card ${styles.token}`} aria-label={`${token} in the pool`}>
      <h3>{token}</h3>
      <div>
        <p className={styles.total}>
          <Amount of={total} token={token} />
        </p>
        <Worth of={total} token={token} />
      </div>
      <Meter label="Locked behind policies" value={totalLocked} max={total} />
      <dl className={styles.figures}>
        <Figure
          name="Free"
          explanation="What no policy holds: it can be withdrawn by its owners, or stand behind new policies."
          amount={totalAvailable}
          token={token}
        />
        <Figure
          name="Locked"
          explanation="What the contract keeps behind policies until they have ended. It leaves for their buyers alone."
          amount={totalLocked}
          token={token}
        />
      </dl>
    </article>
  );
}

export function Pool() {
  const state = useLiveQuery({ query: api.liquidity.getPoolStats, args: {} });
  return (
    <section aria-labelledby="pool" className={styles.pool}>
      <h2 id="pool">In the vault</h2>
      <Live state={state} what="the pool">
        {(rows) => (
          <div className={styles.tokens}>
            {rows.map((row) => (
              <TokenCard key={row.token} {...row} />
            ))}
          </div>
        )}
      </Live>
    </section>
  );
}
