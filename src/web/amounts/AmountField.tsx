/** Where an amount is typed, in whole tokens, and judged while it is typed. */
import { useId } from "react";
import type { Refusal } from "../../domain/refusal";
import type { Token } from "../../domain/tokens";
import { isUnfinished } from "./typing";

interface AmountFieldProps {
  text: string;
  token: Token;
  refusal: Refusal | null;
  /** What is true of the amount before it is wrong: a balance, a minimum. */
  hint: string;
  onText(text: string): void;
  /** Fills in all there is. */
  onMaximum?: (() => void) | undefined;
}

export function AmountField({ text, token, refusal, hint, onText, onMaximum }: AmountFieldProps) {
  const id = useId();
  const shown = refusal && !isUnfinished(text) ? refusal : null;
  return (
    <div className="field">
      <label htmlFor={id}>Amount</label>
      <div className="amount-input">
        <input
          id={id}
          inputMode="decimal"
          autoComplete="off"
          spellCheck={false}
          placeholder="0.0"
          value={text}
          aria-invalid={shown !== null}
          aria-describedby={`${id}-hint`}
          onChange={(event) => onText(event.target.value)}
        />
        <span className="unit">{token}</span>
        {onMaximum && (
          <button type="button" className="quiet" onClick={onMaximum}>
            Max
          </button>
        )}
      </div>
      <p id={`${id}-hint`} className={shown ? "hint wrong" : "hint"}>
        {shown ? shown.message : hint}
      </p>
    </div>
  );
}
