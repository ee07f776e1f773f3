/** The fields of a wish: a label, what is typed, what is true of it before it is wrong, and what is wrong with it. */
import { type ReactNode, useId } from "react";
import styles from "./policies.module.css";
import type { Remedy } from "./wish";

export interface Flaw {
  message: string;
  remedy: Remedy | null;
}

interface NoteProps {
  id: string;
  flaw: Flaw | null;
  hint: ReactNode;
  onRemedy(change: Remedy["change"]): void;
}

export function Note({ id, flaw, hint, onRemedy }: NoteProps) {
  return (
    <div className={styles.note}>
      <p id={id} className={flaw ? "hint wrong" : "hint"} aria-live="polite">
        {flaw ? flaw.message : hint}
      </p>
      {flaw?.remedy && (
        <button type="button" className="quiet" onClick={() => flaw.remedy && onRemedy(flaw.remedy.change)}>
          {flaw.remedy.label}
        </button>
      )}
    </div>
  );
}

interface TypedFieldProps {
  label: string;
  text: string;
  unit: string;
  flaw: Flaw | null;
  hint: ReactNode;
  onText(text: string): void;
  onRemedy(change: Remedy["change"]): void;
  /** Below what is typed: values to choose. */
  children?: ReactNode;
}

export function TypedField({ label, text, unit, flaw, hint, onText, onRemedy, children }: TypedFieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="amount-input">
        <input
          id={id}
          inputMode="decimal"
          autoComplete="off"
          spellCheck={false}
          placeholder="0.0"
          value={text}
          aria-invalid={flaw !== null}
          aria-describedby={`${id}-note`}
          onChange={(event) => onText(event.target.value)}
        />
        <span className="unit">{unit}</span>
      </div>
      {children}
      <Note id={`${id}-note`} flaw={flaw} hint={hint} onRemedy={onRemedy} />
    </div>
  );
}
