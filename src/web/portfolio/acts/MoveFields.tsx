/** The form that moves capital to another tier, or out of suspense into one: judged while it is typed. */
import { useEffect, useId, useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import type { Tier } from "../../../domain/tiers";
import { formatAmount } from "../../../domain/tokens";
import { AmountField } from "../../amounts/AmountField";
import { amountResolver } from "../../amounts/amountResolver";
import { type Explanation, explain } from "../../refusals/explain";
import { Problem } from "../../refusals/Problem";
import type { TierView } from "../../tiers/useTiers";
import { Busy } from "../../ui/Busy";
import { Segments } from "../../ui/Segments";
import styles from "./acts.module.css";
import { checkMove, type MoveDraft, type MoveSource, quoteInWords } from "./moveDraft";
import type { QuoteState } from "./useMoveQuote";

interface MoveFieldsProps {
  source: MoveSource;
  /** The tiers that it can go to. */
  targets: TierView[];
  draft: MoveDraft;
  onDraft(draft: MoveDraft): void;
  /** For the tier that is chosen in the draft. */
  quote: QuoteState;
  /** Why nothing can be done now; null if it can. */
  hindrance: string | null;
  onMove(amount: bigint, draft: MoveDraft): Promise<void>;
  onCancel(): void;
}

const HOUR = 3_600;

/** What becomes of capital that arrives there. */
function arrivalInWords({ tier, terms: { minimumHoldSeconds: seconds } }: TierView): string {
  if (seconds === 0)
    return `At once, without a transaction or a fee. ${tier} holds nothing back: it can leave again at once.`;
  const hours = Math.ceil(seconds / HOUR);
  return `At once, without a transaction or a fee. ${tier} then keeps it for ${hours === 1 ? "an hour" : `${hours} hours`} before it can leave.`;
}

export function MoveFields(props: MoveFieldsProps) {
  const { source, targets, draft, onDraft, quote, hindrance, onMove, onCancel } = props;
  const { from, token } = source;
  const known = quote.kind === "known" ? quote.quote : null;
  const [problem, setProblem] = useState<Explanation | null>(null);
  const id = useId();

  const { control, formState, handleSubmit, setValue, trigger } = useForm<MoveDraft>({
    defaultValues: draft,
    mode: "onChange",
    resolver: amountResolver((values) => checkMove(values, source, known)),
  });
  const typed = useWatch({ control }) as MoveDraft;
  const checked = checkMove(typed, source, known);
  const error = formState.errors.amountText;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another quote judges the same words anew
  useEffect(() => void trigger("amountText"), [known, trigger]);

  const edit = (part: Partial<MoveDraft>) => {
    const next = { ...typed, ...part, idempotencyKey: crypto.randomUUID() };
    for (const name of ["to", "amountText", "idempotencyKey"] as const) setValue(name, next[name]);
    void trigger("amountText");
    setProblem(null);
    onDraft(next);
  };
  const submit = handleSubmit(async (values) => {
    const amount = checkMove(values, source, known);
    if (!amount.ok || hindrance !== null) return;
    setProblem(null);
    await onMove(amount.value, values).catch((failure: unknown) => setProblem(explain(failure)));
  });
  const target = targets.find(({ tier }) => tier === typed.to);
  const name = from === "suspense" ? "Assign" : "Move";

  return (
    <form onSubmit={(event) => void submit(event)} aria-label={name} noValidate>
      <Segments
        legend="To tier"
        options={targets.map(({ tier }) => tier)}
        value={typed.to}
        onChange={(to: Tier) => edit({ to })}
      />
      <AmountField
        text={typed.amountText}
        token={token}
        refusal={error ? { message: error.message ?? "" } : null}
        hint={known ? quoteInWords(known, source) : "Asking what can go …"}
        onText={(amountText) => edit({ amountText })}
        onMaximum={known && known.max > 0n ? () => edit({ amountText: formatAmount(known.max, token) }) : undefined}
      />
      {target && (
        <p className={styles.facts} id={`${id}-after`}>
          {arrivalInWords(target)}
        </p>
      )}
      <Problem explanation={quote.kind === "refused" ? quote.explanation : problem} />
      <div className="actions">
        <button type="button" className="quiet" onClick={onCancel}>
          Close
        </button>
        <button
          type="submit"
          disabled={!checked.ok || known === null || hindrance !== null || formState.isSubmitting}
          aria-describedby={`${id}-after`}
        >
          <Busy isBusy={formState.isSubmitting} words={from === "suspense" ? "Assigning …" : "Moving …"}>
            {hindrance ?? (checked.ok ? `${name} ${formatAmount(checked.value, token)} ${token}` : name)}
          </Busy>
        </button>
      </div>
    </form>
  );
}
