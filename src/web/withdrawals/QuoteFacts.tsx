/** What can leave a position now, what keeps the rest, and a way to ask again. */
import { RefreshCw } from "lucide-react";
import type { Tier } from "../../domain/tiers";
import type { Token } from "../../domain/tokens";
import { Amount } from "../amounts/Amount";
import { readableTime, readableUsd, worthOf } from "../amounts/words";
import { Notice } from "../ui/Notice";
import type { QuoteState } from "./useWithdrawalQuote";
import type { Quote } from "./withdrawalDraft";
import styles from "./withdrawals.module.css";
import { boundOf } from "./words";

interface QuoteFactsProps {
  position: { tier: Tier; token: Token };
  state: QuoteState;
  /** Of the token; null: no good one. */
  priceUsdMicros: bigint | null;
  onLook(): void;
}

function Known({ position, quote, priceUsdMicros }: Omit<QuoteFactsProps, "state" | "onLook"> & { quote: Quote }) {
  const { token } = position;
  const bound = boundOf(position, quote);
  return (
    <>
      <p className={styles.most}>
        <Amount of={quote.max} token={token} />{" "}
        {priceUsdMicros !== null && (
          <span className="worth">≈ {readableUsd(worthOf(quote.max, token, priceUsdMicros))}</span>
        )}
      </p>
      {bound === null && <p>All of this position can leave.</p>}
      {bound && (
        <p>
          <strong>{bound.why}</strong> {bound.until}
        </p>
      )}
      <dl className={styles.facts}>
        <dt>In the position</dt>
        <dd>
          <Amount of={quote.total} token={token} />
        </dd>
        <dt>Available</dt>
        <dd>
          <Amount of={quote.available} token={token} />
        </dd>
        {quote.onHold > 0n && (
          <>
            <dt>On hold until {readableTime(quote.holdUntil)}</dt>
            <dd>
              <Amount of={quote.onHold} token={token} />
            </dd>
          </>
        )}
      </dl>
    </>
  );
}

export function QuoteFacts({ position, state, priceUsdMicros, onLook }: QuoteFactsProps) {
  const isAsking = state.kind === "asking" || (state.kind === "known" && state.isAsking);
  return (
    <section className={styles.quote} aria-labelledby="can-leave" aria-busy={isAsking}>
      <div className={styles.head}>
        <h3 id="can-leave">What can leave now</h3>
        <button type="button" className="quiet" onClick={onLook} disabled={isAsking}>
          <RefreshCw size={14} aria-hidden /> {isAsking ? "Looking …" : "Look again"}
        </button>
      </div>
      <div aria-live="polite">
        {state.kind === "refused" && <Notice tone="warning" title={state.explanation.message} />}
        {state.kind === "known" && <Known position={position} quote={state.quote} priceUsdMicros={priceUsdMicros} />}
      </div>
      {state.kind === "known" && <p className="hint">As of the block of {readableTime(state.quote.asOf)}.</p>}
    </section>
  );
}
