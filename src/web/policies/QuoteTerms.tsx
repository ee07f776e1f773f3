/** A quote, line by line: what it costs, what it locks, what it pays, and what each figure means. */
import type { ReactNode } from "react";
import type { Token } from "../../domain/tokens";
import { readableAmount } from "../amounts/typing";
import { readablePercent, readableTime, readableUsd, worthOf } from "../amounts/words";
import { Explained } from "../ui/Explained";
import styles from "./policies.module.css";
import { costOf } from "./value";
import { type Quote, readablePrice } from "./words";

interface LineProps {
  name: string;
  /** What the figure means. */
  meaning: ReactNode;
  children: ReactNode;
}

function Line({ name, meaning, children }: LineProps) {
  return (
    <>
      <dt>
        {name} <Explained what={name.toLowerCase()}>{meaning}</Explained>
      </dt>
      <dd>{children}</dd>
    </>
  );
}

/** An amount with what it is worth at the quote's own price. */
function Both({ amount, token, priceUsdMicros }: { amount: bigint; token: Token; priceUsdMicros: bigint }) {
  return (
    <span className="amount">
      {readableAmount(amount, token)} <span className="unit">{token}</span>{" "}
      <span className="worth">≈ {readableUsd(worthOf(amount, token, priceUsdMicros))}</span>
    </span>
  );
}

export function QuoteTerms({ quote }: { quote: Quote }) {
  const { underlying, token, premium, fairValue, lock, coverage, floorPriceUsdMicros, breakEvenUsdMicros } = quote;
  const { tier, volatility, priceUsdMicros, expiresAt, strikeUsdMicros } = quote;
  const both = (amount: bigint) => <Both amount={amount} token={token} priceUsdMicros={priceUsdMicros} />;
  const loading = premium - fairValue;
  return (
    <>
      <p className={styles.headline}>
        <span className="hint">Premium, paid once</span>
        <strong className="amount">
          {readableAmount(premium, token)} <span className="unit">{token}</span>
        </strong>
        <span className="worth">
          ≈ {readableUsd(costOf(quote, priceUsdMicros).usdMicros)},{" "}
          {readablePercent(costOf(quote, priceUsdMicros).rate)} of what it protects
        </span>
      </p>
      <dl className={styles.lines}>
        <Line
          name="Fair value"
          meaning={`What the policy is worth now: Black-Scholes for a put that may be exercised at any time and pays the coverage at most, in ${token}.`}
        >
          {both(fairValue)}
        </Line>
        <Line name="Loading" meaning={`What ${tier} asks on top of the fair value for standing behind it.`}>
          {both(loading)}
        </Line>
        <Line
          name="Volatility"
          meaning="How much the price moves in a year. The largest of the tier's own figure and of what the last 24 hours and 30 days have shown."
        >
          {readablePercent(volatility)}
        </Line>
        <Line
          name="Coverage"
          meaning={`The most that it ever pays, in ${token}. It pays in full down to the floor price.`}
        >
          {both(coverage)}
        </Line>
        <Line
          name="Locked at once"
          meaning="Set aside for you on-chain in the block that you pay in. It is raised out of the capital behind the policy when the price falls, up to the coverage."
        >
          {both(lock)}{" "}
          <span className="hint">{readablePercent(Number((lock * 1_000_000n) / coverage))} of the coverage</span>
        </Line>
        <Line
          name="Break-even"
          meaning={`At this price of ${underlying} it pays back its premium. Above the strike it pays nothing.`}
        >
          {readablePrice(breakEvenUsdMicros)}
        </Line>
        <Line
          name="Floor price"
          meaning={`Below this price it pays no more ${token}: then you have the coverage, whatever a ${underlying} is worth.`}
        >
          {readablePrice(floorPriceUsdMicros)}
        </Line>
        <Line name="Strike and end" meaning="Below the strike it pays: when you exercise, or by itself at its end.">
          {readablePrice(strikeUsdMicros)} until {readableTime(expiresAt)}
        </Line>
      </dl>
    </>
  );
}
