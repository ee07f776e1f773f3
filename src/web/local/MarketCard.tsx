/** The local market: what BTC and STX cost, and what they shall cost. */
import { type FormEvent, useId, useState } from "react";
import { UNDERLYINGS, type Underlying } from "../../domain/policies";
import { parseAmount } from "../../domain/tokens";
import { readableUsd } from "../amounts/words";
import { Problem } from "../refusals/Problem";
import { Card } from "../ui/Card";
import styles from "./local.module.css";
import type { Acting } from "./useAct";

const NAMES: Record<Underlying, string> = { BTC: "Bitcoin (BTC)", STX: "Stacks (STX)" };
/** By so many percent a price moves at a click. */
const MOVES = [-10, -30, -50, 10] as const;

/** Micro-dollars have as many decimals as STX; null: no price. */
export function typedPrice(text: string): bigint | null {
  const parsed = parseAmount(text.trim().replace(/^\$/, "").replaceAll(",", ""), "STX");
  return parsed.ok ? parsed.value : null;
}

export function movedBy(usdMicros: bigint, percent: number): bigint {
  return (usdMicros * BigInt(100 + percent)) / 100n;
}

interface PriceProps {
  underlying: Underlying;
  /** Micro-dollars; null while none is known. */
  price: bigint | null;
  acting: Pick<Acting, "isBusy">;
  onPrice(usdMicros: bigint): void;
}

function Price({ underlying, price, acting, onPrice }: PriceProps) {
  const id = useId();
  const [text, setText] = useState("");
  const typed = typedPrice(text);
  const isWrong = text.trim() !== "" && typed === null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed === null) return;
    onPrice(typed);
    setText("");
  };
  return (
    <form className={styles.price} onSubmit={submit} aria-label={`Price of ${underlying}`}>
      <p className={styles.now}>
        <span>{NAMES[underlying]}</span>
        <strong className="amount">{price === null ? "no price yet" : readableUsd(price)}</strong>
      </p>
      <fieldset className={styles.moves} aria-label={`Move ${underlying}`}>
        {MOVES.map((percent) => (
          <button
            key={percent}
            type="button"
            className="quiet"
            disabled={price === null || acting.isBusy}
            onClick={() => price !== null && onPrice(movedBy(price, percent))}
          >
            {percent > 0 ? `+${percent}%` : `−${-percent}%`}
          </button>
        ))}
      </fieldset>
      <div className="field">
        <label htmlFor={id}>{underlying} in US dollars</label>
        <div className={styles.set}>
          <div className="amount-input">
            <span className="unit">$</span>
            <input
              id={id}
              inputMode="decimal"
              autoComplete="off"
              value={text}
              placeholder="0.00"
              aria-invalid={isWrong}
              aria-describedby={`${id}-hint`}
              onChange={(event) => setText(event.target.value)}
            />
          </div>
          <button type="submit" disabled={typed === null || acting.isBusy}>
            Set {underlying}
          </button>
        </div>
        <p id={`${id}-hint`} className={isWrong ? "hint wrong" : "unseen"}>
          {isWrong ? "Type a price in digits, with at most 6 decimals, such as 8300.50." : "Digits, with a point."}
        </p>
      </div>
    </form>
  );
}

interface MarketCardProps {
  prices: Record<Underlying, bigint | null>;
  acting: Acting;
  onPrice(underlying: Underlying, usdMicros: bigint): void;
}

export function MarketCard({ prices, acting, onPrice }: MarketCardProps) {
  return (
    <Card title="Prices">
      <p className="hint">
        All three price sources of this stack tell what you set here. The service asks them every second; what waits for
        a price happens then.
      </p>
      <div className={styles.prices}>
        {UNDERLYINGS.map((underlying) => (
          <Price
            key={underlying}
            underlying={underlying}
            price={prices[underlying]}
            acting={acting}
            onPrice={(usdMicros) => onPrice(underlying, usdMicros)}
          />
        ))}
      </div>
      <Problem explanation={acting.problem} />
    </Card>
  );
}
