/** Where an amount is typed, in whole tokens, and judged while it is typed. */
import { type ReactNode, type Ref, useId } from "react";
import type { Refusal } from "../../domain/refusal";
import type { Token } from "../../domain/tokens";
import { isPlain, isUnfinished, readableAmount, readTyped } from "./typing";

interface AmountFieldProps {
  /** "Amount" if left out. */
  label?: string;
  text: string;
  token: Token;
  refusal: Pick<Refusal, "message"> | null;
  /** What is true of the amount before it is wrong: a balance, a minimum. */
  hint: ReactNode;
  onText(text: string): void;
  onLeave?: (() => void) | undefined;
  /** Fills in all there is. */
  onMaximum?: (() => void) | undefined;
  inputRef?: Ref<HTMLInputElement>;
}

/** How text that is not plain digits was understood, so that nobody signs for a point that was meant as a comma. */
function Understood({ text, token }: Pick<AmountFieldProps, "text" | "token">) {
  const read = readTyped(text, token);
  if (!read.ok || isPlain(text)) return null;
  return (
    <>
      Read as {readableAmount(read.value, token)} {token}.{" "}
    </>
  );
}

export function AmountField(props: AmountFieldProps) {
  const { label = "Amount", text, token, refusal, hint, onText, onLeave, onMaximum, inputRef } = props;
  const id = useId();
  const shown = refusal && !isUnfinished(text) ? refusal : null;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="amount-input">
        <input
          id={id}
          ref={inputRef}
          inputMode="decimal"
          autoComplete="off"
          spellCheck={false}
          placeholder="0.0"
          value={text}
          aria-invalid={shown !== null}
          aria-describedby={`${id}-hint`}
          onChange={(event) => onText(event.target.value)}
          onBlur={onLeave}
        />
        <span className="unit">{token}</span>
        {onMaximum && (
          <button type="button" className="quiet" onClick={onMaximum}>
            Max
          </button>
        )}
      </div>
      <p id={`${id}-hint`} className={shown ? "hint wrong" : "hint"} aria-live="polite">
        <Understood text={text} token={token} />
        {shown ? shown.message : hint}
      </p>
    </div>
  );
}
