/** A labelled field of an act, with what is wrong with it right under it. */
import { useId } from "react";
import style from "../operations.module.css";

interface TypedFieldProps {
  label: string;
  text: string;
  hint?: string;
  /** Null: nothing is wrong with it. */
  problem: string | null;
  /** Behind the field, as "STX" or "%". */
  unit?: string;
  /** Takes sentences. */
  isLong?: true;
  onText(text: string): void;
}

export function TypedField({ label, text, hint = "", problem, unit, isLong, onText }: TypedFieldProps) {
  const id = useId();
  const shared = {
    id,
    value: text,
    "aria-invalid": problem !== null,
    "aria-describedby": `${id}-hint`,
    autoComplete: "off",
    spellCheck: false,
  };
  return (
    <div className={`field ${style.typed}`}>
      <label htmlFor={id}>{label}</label>
      {isLong ? (
        <textarea {...shared} rows={2} onChange={(event) => onText(event.target.value)} />
      ) : (
        <span className={style.input}>
          <input {...shared} onChange={(event) => onText(event.target.value)} />
          {unit && <span className="unit">{unit}</span>}
        </span>
      )}
      <p id={`${id}-hint`} className={problem ? "hint wrong" : "hint"}>
        {problem ?? hint}
      </p>
    </div>
  );
}
