/** A choice of a few, all of them seen: a radio group. */
import { type ReactNode, useId } from "react";

interface SegmentsProps<Value extends string> {
  legend: string;
  options: readonly (Value | { value: Value; label: ReactNode; isDisabled?: boolean })[];
  value: Value;
  onChange(value: NoInfer<Value>): void;
}

export function Segments<Value extends string>({ legend, options, value, onChange }: SegmentsProps<Value>) {
  const name = useId();
  return (
    <fieldset className="segments">
      <legend>{legend}</legend>
      {options.map((option) => {
        const {
          value: own,
          label,
          isDisabled = false,
        } = typeof option === "string" ? { value: option, label: option } : option;
        return (
          <label key={own}>
            <input
              type="radio"
              name={name}
              value={own}
              checked={own === value}
              disabled={isDisabled}
              onChange={() => onChange(own)}
            />
            <span>{label}</span>
          </label>
        );
      })}
    </fieldset>
  );
}
