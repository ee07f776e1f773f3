/** Buying what is quoted: how far the premium may still move, the review, and the quote that is already open. */
import { useState } from "react";
import { useAccount } from "../account/AccountProvider";
import { readableAmount } from "../amounts/typing";
import { readablePercent } from "../amounts/words";
import { pageNow } from "../prices/pageClock";
import { Problem } from "../refusals/Problem";
import { useHindranceOf } from "../status/useService";
import { ReviewDialog } from "../transactions/ReviewDialog";
import { Notice } from "../ui/Notice";
import { Segments } from "../ui/Segments";
import styles from "./policies.module.css";
import { usePurchase } from "./usePurchase";
import { QUOTE_GOOD_MS, type Quoting } from "./useQuote";
import { limitOf } from "./value";
import type { Quote } from "./words";

const SLIPPAGES = ["0", "10000", "30000"] as const;
type Slippage = (typeof SLIPPAGES)[number];

interface BuyPanelProps {
  quote: Quote;
  /** Of the page's clock, ms. */
  heardAt: number;
  ask: Quoting["ask"];
  onBought(): void;
}

export function BuyPanel({ quote, heardAt, ask, onBought }: BuyPanelProps) {
  const { hindrance, balances } = useAccount();
  const stopped = useHindranceOf("policies");
  const [slippage, setSlippage] = useState<Slippage>("10000");
  const [notice, setNotice] = useState<string | null>(null);
  const purchase = usePurchase(onBought);
  const { token, premium, coverage } = quote;
  const most = limitOf(premium, BigInt(slippage));
  const held = balances.kind === "loading" ? null : (balances.balances?.[token] ?? null);
  const isShort = held !== null && held < premium;

  const start = async () => {
    setNotice(null);
    if (pageNow() - heardAt <= QUOTE_GOOD_MS) return purchase.buy(quote, { coverage, mostPremium: most });
    const fresh = await ask();
    if (fresh?.kind !== "quoted") return;
    if (fresh.quote.premium > most)
      return setNotice("The quote was old; the new one is above your limit. Look at it, then go on.");
    await purchase.buy(fresh.quote, { coverage: fresh.quote.coverage, mostPremium: most });
  };

  return (
    <div className={styles.buy}>
      <Segments<Slippage>
        legend="If the price moves before it is signed, pay at most"
        options={SLIPPAGES.map((value) => ({
          value,
          label: value === "0" ? "what is shown" : `${readablePercent(Number(value))} more`,
        }))}
        value={slippage}
        onChange={setSlippage}
      />
      <p className="hint">
        At most {readableAmount(most, token)} {token}
        {held === null ? "." : `; your wallet holds ${readableAmount(held, token)} ${token}.`} The premium is paid once
        and never comes back.
      </p>
      {isShort && (
        <p className="hint wrong">
          Your wallet holds less {token} than the premium. Choose a smaller quantity, a lower strike or a nearer end.
        </p>
      )}
      {stopped && <Notice tone="warning" title={stopped} />}
      <div role="status">{notice && <Notice tone="info" title={notice} />}</div>
      <Problem explanation={purchase.problem} />
      {purchase.openPolicyId !== null && (
        <p>
          <a href={`#policy-${purchase.openPolicyId}`}>To your open quote</a>
        </p>
      )}
      <button
        type="button"
        disabled={stopped !== null || hindrance !== null || isShort || purchase.isBusy}
        onClick={() => void start()}
      >
        {hindrance ?? (purchase.isBusy ? "Preparing …" : "Review purchase")}
      </button>
      <ReviewDialog submission={purchase.submission} />
    </div>
  );
}
