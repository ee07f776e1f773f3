/** What is to be protected: which coin, how much of it, from which price on, until when, behind which tier. */
import { useId } from "react";
import { TOKEN_OF, UNDERLYINGS } from "../../domain/policies";
import { strikesAt } from "../../domain/quotes";
import { isPlain, readableAmount } from "../amounts/typing";
import { readablePercent } from "../amounts/words";
import { Explained } from "../ui/Explained";
import { Segments } from "../ui/Segments";
import { type Flaw, Note, TypedField } from "./fields";
import styles from "./policies.module.css";
import { roundStrikes, strikeAt } from "./strikes";
import type { OfferedTier } from "./useTiers";
import { FIRST_QUANTITY, localMinute, parsePrice, parseQuantity, type WishDraft } from "./wish";
import { rangeInWords, readablePrice, type WishField } from "./words";

interface WishFormProps {
  draft: WishDraft;
  tiers: OfferedTier[];
  /** Null: there is no price that decides now. */
  priceUsdMicros: bigint | null;
  flaws: Record<WishField, Flaw | null>;
  /** Ms. */
  now: number;
  onChange(change: Partial<WishDraft>): void;
}

const PRESETS = [100n, 90n, 80n];

function StrikeField({ draft, tiers, priceUsdMicros, flaws, onChange }: WishFormProps) {
  const rules = tiers.find(({ tier }) => tier === draft.tier)?.rules;
  const range = rules && priceUsdMicros !== null ? roundStrikes(strikesAt(priceUsdMicros, rules)) : null;
  const typed = parsePrice(draft.strikeText);
  const hint =
    typed.ok && !isPlain(draft.strikeText)
      ? `Read as ${readablePrice(typed.value)}.`
      : range
        ? `${draft.tier} sells strikes from ${readablePrice(range.least)} to ${readablePrice(range.most)} now.`
        : "Below this price it pays.";
  return (
    <TypedField
      label="Strike"
      text={draft.strikeText}
      unit="USD"
      flaw={flaws.strike}
      hint={hint}
      onText={(strikeText) => onChange({ strikeText })}
      onRemedy={onChange}
    >
      {priceUsdMicros !== null && (
        <fieldset className={styles.presets}>
          <legend className="unseen">Strike by the price</legend>
          {PRESETS.map((percent) => (
            <button
              key={percent.toString()}
              type="button"
              className="quiet"
              aria-pressed={draft.strikeText === strikeAt(priceUsdMicros, percent)}
              onClick={() => onChange({ strikeText: strikeAt(priceUsdMicros, percent) })}
            >
              {percent === 100n ? "At the price" : `${percent}% of it`}
            </button>
          ))}
        </fieldset>
      )}
    </TypedField>
  );
}

function UntilField({ draft, tiers, flaws, now, onChange }: WishFormProps) {
  const id = useId();
  const rules = tiers.find(({ tier }) => tier === draft.tier)?.rules;
  const days = (seconds: number) => Math.round(seconds / 8_640) / 10;
  const hint = rules ? `${draft.tier} sells ${days(rules.minSeconds)} to ${days(rules.maxSeconds)} days.` : "";
  const choose = (until: WishDraft["until"]) =>
    onChange(
      until === "moment" && draft.untilText === ""
        ? { until, untilText: localMinute(now + 14 * 86_400_000) }
        : { until },
    );
  return (
    <div className="field">
      <Segments
        legend="Until"
        options={[
          { value: "7", label: "7 days" },
          { value: "30", label: "30 days" },
          { value: "moment", label: "Another time" },
        ]}
        value={draft.until}
        onChange={choose}
      />
      {draft.until === "moment" && (
        <div className={styles.moment}>
          <label htmlFor={id}>Day and time</label>
          <div className="amount-input">
            <input
              id={id}
              type="datetime-local"
              value={draft.untilText}
              aria-invalid={flaws.until !== null}
              aria-describedby={`${id}-note`}
              onChange={(event) => onChange({ untilText: event.target.value })}
            />
          </div>
        </div>
      )}
      <Note id={`${id}-note`} flaw={flaws.until} hint={hint} onRemedy={onChange} />
    </div>
  );
}

function TierField({ draft, tiers, flaws, onChange }: WishFormProps) {
  const id = useId();
  const token = TOKEN_OF[draft.underlying];
  return (
    <fieldset className={styles.tiers} aria-describedby={`${id}-note`}>
      <legend>
        Tier{" "}
        <Explained what="a tier">
          Whose capital stands behind the policy. Conservative locks all that it may ever pay from the first block on.
          The others lock a part, keep the rest of their capital free to add to it, and cost more.
        </Explained>
      </legend>
      {tiers.map(({ tier, rules, largestLock }) => (
        <label key={tier} className="choice">
          <input type="radio" name={id} checked={tier === draft.tier} onChange={() => onChange({ tier })} />
          <strong>{tier}</strong>
          <span className={styles.tierFacts}>
            {readablePercent(rules.initialMargin)} locked at the start · {readablePercent(rules.loading)} loading ·
            strikes {rangeInWords(rules.minStrike, rules.maxStrike)} ·{" "}
            {largestLock === null
              ? "…"
              : largestLock === 0n
                ? "takes no policies now"
                : `locks up to ${readableAmount(largestLock, token)} ${token}`}
          </span>
        </label>
      ))}
      <Note id={`${id}-note`} flaw={flaws.tier} hint="" onRemedy={onChange} />
    </fieldset>
  );
}

function quantityHint({ quantityText, underlying }: WishDraft): string {
  const typed = parseQuantity(quantityText, underlying);
  if (typed.ok && !isPlain(quantityText))
    return `Read as ${readableAmount(typed.value, TOKEN_OF[underlying])} ${underlying}.`;
  return `So much of your ${underlying} is protected. You keep it; it is not moved.`;
}

export function WishForm(props: WishFormProps) {
  const { draft, flaws, onChange } = props;
  return (
    <form onSubmit={(event) => event.preventDefault()} aria-label="What to protect">
      <Segments
        legend="Protect"
        options={UNDERLYINGS}
        value={draft.underlying}
        onChange={(underlying) => onChange({ underlying, quantityText: FIRST_QUANTITY[underlying], strikeText: "" })}
      />
      <TypedField
        label="Quantity"
        text={draft.quantityText}
        unit={draft.underlying}
        flaw={flaws.quantity}
        hint={quantityHint(draft)}
        onText={(quantityText) => onChange({ quantityText })}
        onRemedy={onChange}
      />
      <StrikeField {...props} />
      <UntilField {...props} />
      <TierField {...props} />
    </form>
  );
}
