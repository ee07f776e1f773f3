/** Asking what protection costs, and buying it: the form, the live quote beside it, and what it would pay. */
import { lazy, Suspense, useEffect } from "react";
import { Link } from "wouter";
import { useVisitor } from "../account/AccountProvider";
import { readableTime } from "../amounts/words";
import { useNow } from "../prices/pageClock";
import { readableAge, type Standing, standingInWords } from "../prices/standing";
import { usePrice } from "../prices/usePrices";
import { Problem } from "../refusals/Problem";
import { Card } from "../ui/Card";
import { Empty } from "../ui/Empty";
import { Placeholder } from "../ui/Live";
import { Notice } from "../ui/Notice";
import { BuyPanel } from "./BuyPanel";
import { flawsOf } from "./flaws";
import { PayoutTable } from "./PayoutTable";
import styles from "./policies.module.css";
import { QuoteTerms } from "./QuoteTerms";
import { strikeAt } from "./strikes";
import { type Quoting, useQuote } from "./useQuote";
import { type OfferedTier, useOfferedTiers } from "./useTiers";
import { WishForm } from "./WishForm";
import { checkDraft, type WishDraft, wishOf } from "./wish";
import { fieldOf, readablePrice } from "./words";

const PayoffChart = lazy(() => import("./PayoffChart"));

function PriceNow({ standing, underlying }: { standing: Standing; underlying: WishDraft["underlying"] }) {
  const trouble = standingInWords(standing, underlying);
  return (
    <p className={styles.priceNow} role="status">
      {standing.kind !== "none" && (
        <>
          {underlying} <strong className="amount">{readablePrice(standing.priceUsdMicros)}</strong>{" "}
          <span className="hint">{readableAge(standing.ageMs)}</span>
        </>
      )}
      {trouble && <span className="hint wrong">{trouble}</span>}
    </p>
  );
}

interface QuotedProps {
  quoting: Quoting;
  /** The page's own; null: none decides. */
  priceUsdMicros: bigint | null;
  /** In place of a quote that can't be asked for. */
  hint: string;
  onBought(): void;
}

function Quoted({ quoting, priceUsdMicros, hint, onBought }: QuotedProps) {
  const visitor = useVisitor();
  const now = useNow();
  const { answer, isAsking, ask } = quoting;
  if (answer === null) {
    if (isAsking) return <Placeholder what="the quote" />;
    return <Empty>{hint}</Empty>;
  }
  if (answer.kind === "refused") {
    const field = answer.refusal && fieldOf(answer.refusal.code);
    if (field === "tier") {
      return (
        <Empty action={<Link href="/deposit">Deposit into a tier yourself</Link>}>
          {answer.problem.message} Policies stand on what providers have deposited in their own coin.
        </Empty>
      );
    }
    if (field) return <Empty>No quote for this: see what is marked.</Empty>;
    return <Problem explanation={answer.problem} />;
  }
  const { quote, heardAt } = answer;
  return (
    <div aria-busy={isAsking}>
      <QuoteTerms quote={quote} />
      <p className="hint">
        Asked {readableAge(now - heardAt)}, at a price of {readablePrice(quote.priceUsdMicros)} and the block of{" "}
        {readableTime(quote.asOf)}. It is asked again by itself.
      </p>
      {visitor ? (
        <BuyPanel quote={quote} heardAt={heardAt} ask={ask} onBought={onBought} />
      ) : (
        <Notice tone="info" title="A quote binds nobody." action={<a href="#mine">Sign in to buy it</a>} />
      )}
      <Suspense fallback={<Placeholder what="the chart" />}>
        <PayoffChart
          terms={quote}
          breakEvenUsdMicros={quote.breakEvenUsdMicros}
          priceUsdMicros={priceUsdMicros ?? quote.priceUsdMicros}
        />
      </Suspense>
      <PayoutTable terms={quote} />
    </div>
  );
}

interface AskCardProps {
  draft: WishDraft;
  onChange(change: Partial<WishDraft>): void;
  onBought(): void;
}

const rulesOf = (tiers: OfferedTier[], wanted: WishDraft["tier"]) =>
  tiers.find(({ tier }) => tier === wanted)?.rules ?? null;

export function AskCard({ draft, onChange, onBought }: AskCardProps) {
  const { underlying, strikeText } = draft;
  const standing = usePrice(underlying);
  const priceUsdMicros = standing.kind === "good" ? standing.priceUsdMicros : null;
  const now = useNow(15_000);
  const tiers = useOfferedTiers(underlying, null);
  // Nothing was typed yet: a strike that every tier sells.
  useEffect(() => {
    if (strikeText === "" && priceUsdMicros !== null) onChange({ strikeText: strikeAt(priceUsdMicros, 90n) });
  }, [strikeText, priceUsdMicros, onChange]);

  const rules = rulesOf(tiers, draft.tier);
  const checked = checkDraft(draft, { rules, priceUsdMicros, now });
  const quoting = useQuote(rules && priceUsdMicros !== null ? wishOf(draft, checked) : null, priceUsdMicros);
  const refusal = quoting.answer?.kind === "refused" ? quoting.answer.refusal : null;
  const flaws = flawsOf(draft, { checked, refusal, rules });
  const isFlawed = Object.values(flaws).some((flaw) => flaw !== null);
  const hint =
    priceUsdMicros === null
      ? "Nothing is sold without a good price. The quote comes with the next one."
      : isFlawed
        ? "No quote for this: see what is marked."
        : "Fill in what you want to protect; what it costs appears here.";
  return (
    <Card title="Buy protection" aside={<PriceNow standing={standing} underlying={underlying} />}>
      <div className={styles.ask}>
        <WishForm {...{ draft, tiers, priceUsdMicros, flaws, now, onChange }} />
        <section className={styles.quoted} aria-label="Quote">
          <Quoted {...{ quoting, priceUsdMicros, hint, onBought }} />
        </section>
      </div>
    </Card>
  );
}
