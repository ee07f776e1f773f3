/** One policy of one's own: how it stands, what it is worth and would pay now, and what can be done with it. */
import type { ReactNode } from "react";
import { Link } from "wouter";
import { readableAmount } from "../amounts/typing";
import { readableTime, worthOf } from "../amounts/words";
import { Explained } from "../ui/Explained";
import styles from "./policies.module.css";
import { StatusBadge } from "./StatusBadge";
import { markOf, payoutAt } from "./value";
import { isWaiting, nearestUsd, nextInWords, type Policy, protectionOf, readablePrice, readableSpan } from "./words";

interface PolicyRowProps {
  policy: Policy;
  /** Of its underlying; null: none decides now. */
  priceUsdMicros: bigint | null;
  /** Of its tier, millionths; null while it is not known. */
  volatility: number | null;
  /** Ms. */
  now: number;
  /** On its own page: nothing links there, and its buyer is told. */
  isAlone?: boolean;
  /** Buttons for what can be done. */
  children?: ReactNode;
}

interface FigureProps {
  name: string;
  meaning?: ReactNode;
  amount: bigint;
  token: Policy["token"];
  priceUsdMicros: bigint | null;
}

function Figure({ name, meaning, amount, token, priceUsdMicros }: FigureProps) {
  return (
    <div>
      <dt>
        {name} {meaning && <Explained what={name.toLowerCase()}>{meaning}</Explained>}
      </dt>
      <dd>
        {readableAmount(amount, token)} <span className="unit">{token}</span>
        <span className="worth">
          {priceUsdMicros === null ? "no price" : `≈ ${nearestUsd(worthOf(amount, token, priceUsdMicros))}`}
        </span>
      </dd>
    </div>
  );
}

const MARK =
  "Its fair value at the price of now and the volatility that its tier starts from: what it would be sold for without a loading. Nobody buys it back; exercising pays the figure beside it.";

function LiveFigures({ policy, priceUsdMicros, volatility, now }: Omit<PolicyRowProps, "children">) {
  const { token } = policy;
  if (priceUsdMicros === null) {
    return (
      <div>
        <dt>Exercise pays now</dt>
        <dd>
          <span className="worth">There is no good price now.</span>
        </dd>
      </div>
    );
  }
  return (
    <>
      <Figure
        name="Exercise pays now"
        meaning="If the price that decides were the one of now."
        amount={payoutAt(policy, priceUsdMicros).payout}
        token={token}
        priceUsdMicros={priceUsdMicros}
      />
      {volatility !== null && (
        <Figure
          name="Fair value"
          meaning={MARK}
          amount={markOf(policy, { priceUsdMicros, volatility, now })}
          token={token}
          priceUsdMicros={priceUsdMicros}
        />
      )}
    </>
  );
}

function Outcome({ policy: { outcome, token } }: { policy: Policy }) {
  if (!outcome) return null;
  const { payout, missing, priceUsdMicros } = outcome;
  return (
    <>
      <Figure
        name={missing > 0n ? "Pays" : "Payout"}
        amount={payout - missing}
        token={token}
        priceUsdMicros={priceUsdMicros}
      />
      <div>
        <dt>Decided at</dt>
        <dd>{readablePrice(priceUsdMicros)}</dd>
      </div>
      {missing > 0n && (
        <Figure
          name="Missing"
          meaning="What neither the capital behind it nor insurance could add. You get this much less."
          amount={missing}
          token={token}
          priceUsdMicros={priceUsdMicros}
        />
      )}
    </>
  );
}

export function PolicyRow(props: PolicyRowProps) {
  const { policy, priceUsdMicros, now, isAlone, children } = props;
  const { policyId, status, token, tier, expiresAt, premium, coverage } = policy;
  const isCovered = status === "active" || status === "exercising" || status === "expiring";
  const ends = status === "active" ? `, ${readableSpan(expiresAt - now)} left` : "";
  return (
    <article
      className={isAlone ? styles.alone : styles.policy}
      id={`policy-${policyId}`}
      aria-label={`Policy ${policyId}`}
    >
      <div className={styles.policyHead}>
        <h3>{protectionOf(policy)}</h3>
        <StatusBadge status={status} />
      </div>
      <p className="hint" aria-live={isWaiting(status) ? "polite" : undefined}>
        {tier} · until {readableTime(expiresAt)}
        {ends}. {nextInWords(policy)}
      </p>
      <dl className={styles.figures}>
        {isCovered && <LiveFigures {...props} />}
        <Outcome policy={policy} />
        <Figure name="Coverage" amount={coverage} token={token} priceUsdMicros={priceUsdMicros} />
        <Figure name="Premium" amount={premium} token={token} priceUsdMicros={priceUsdMicros} />
      </dl>
      <div className={styles.acts}>
        {children}
        {isAlone ? (
          <span className="hint">
            Buyer <code>{policy.buyer}</code>
          </span>
        ) : (
          <Link href={`/policies/${policyId}`}>Details and proof</Link>
        )}
      </div>
    </article>
  );
}
