/** Which period, as which file; how far it is read, and what came of it. */
import { useId } from "react";
import type { StatementFormat } from "../../domain/statementFiles";
import { checksums, type Statement } from "../../domain/statements";
import { formatAmount } from "../../domain/tokens";
import type { Explanation } from "../refusals/explain";
import { Problem } from "../refusals/Problem";
import { Notice } from "../ui/Notice";
import { Segments } from "../ui/Segments";
import styles from "./history.module.css";
import {
  checkStatementDraft,
  dayOf,
  daysOf,
  PRESETS,
  type StatementDraft,
  type StatementRequest,
} from "./statementDraft";

export type StatementState =
  | { kind: "idle"; problem: Explanation | null }
  | { kind: "reading"; lines: number }
  | { kind: "saved"; fileName: string; statement: Statement };

const FORMATS: { value: StatementFormat; label: string }[] = [
  { value: "csv", label: "CSV, for spreadsheets" },
  { value: "json", label: "JSON, for programs" },
];

interface StatementFormProps {
  draft: StatementDraft;
  onDraft(draft: StatementDraft): void;
  /** Ms, of the chain. */
  now: number;
  state: StatementState;
  /** Why nothing can be asked for now. */
  hindrance: string | null;
  onRead(request: StatementRequest): void;
  onStop(): void;
}

interface DayFieldProps {
  label: string;
  value: string;
  latest: string;
  /** What is wrong with it; null: nothing. */
  wrong: string | null;
  onDay(day: string): void;
}

function DayField({ label, value, latest, wrong, onDay }: DayFieldProps) {
  const id = useId();
  return (
    <div className={styles.day}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="date"
        value={value}
        max={latest}
        aria-invalid={wrong !== null}
        aria-describedby={`${id}-hint`}
        onChange={({ target }) => onDay(target.value)}
      />
      <p id={`${id}-hint`} className="hint wrong">
        {wrong}
      </p>
    </div>
  );
}

/** The statement's own check, for the reader's eyes: opening + movements = closing. */
function Saved({ fileName, statement }: { fileName: string; statement: Statement }) {
  const { status, lines, asOf } = statement;
  const sums = checksums(statement).filter(({ opening, movements, closing }) => opening || movements || closing);
  return (
    <Notice
      tone="info"
      title={`Saved as ${fileName}: ${lines.length} ${lines.length === 1 ? "line" : "lines"}, ${status}.`}
    >
      {sums.map(({ token, ...sum }) => {
        const [before, moved, after] = [sum.opening, sum.movements, sum.closing].map((one) => formatAmount(one, token));
        return (
          <p key={token} className={styles.sum}>
            It adds up: {before} + {moved} = {after} {token}
          </p>
        );
      })}
      {status === "provisional" && (
        <p>
          Provisional as of {new Date(asOf).toISOString().replace(".000Z", "Z")}: entries of this period may still come.
          Save it again once the period is over and its last block is final.
        </p>
      )}
    </Notice>
  );
}

export function StatementForm(props: StatementFormProps) {
  const { draft, onDraft, now, state, hindrance, onRead, onStop } = props;
  const { preset, firstDay, lastDay, format } = draft;
  const checked = checkStatementDraft(draft, now);
  const days = daysOf(draft, now);
  const wrongAt = (which: string) =>
    !checked.ok && checked.refusal.which === which && (which === "end" ? lastDay : firstDay) !== ""
      ? checked.refusal.message
      : null;
  const isReading = state.kind === "reading";
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (checked.ok && !hindrance && !isReading) onRead(checked.value);
      }}
    >
      <Segments
        legend="Period"
        options={PRESETS}
        value={preset}
        onChange={(next) => onDraft({ ...draft, preset: next, ...(next === "Own dates" && days) })}
      />
      {preset === "Own dates" ? (
        <div className={styles.days}>
          <DayField
            label="First day"
            value={firstDay}
            latest={dayOf(now)}
            wrong={wrongAt("beginning")}
            onDay={(day) => onDraft({ ...draft, firstDay: day })}
          />
          <DayField
            label="Last day"
            value={lastDay}
            latest="9999-12-30"
            wrong={wrongAt("end")}
            onDay={(day) => onDraft({ ...draft, lastDay: day })}
          />
        </div>
      ) : (
        <p className="hint">
          From {days.firstDay} to {days.lastDay}, both included; days of UTC.
        </p>
      )}
      <Segments<StatementFormat>
        legend="Format"
        options={FORMATS}
        value={format}
        onChange={(next) => onDraft({ ...draft, format: next })}
      />
      {state.kind === "idle" && <Problem explanation={state.problem} />}
      <div className={styles.save}>
        <button type="submit" disabled={!checked.ok || hindrance !== null || isReading}>
          {isReading ? `Reading: ${state.lines} lines so far …` : (hindrance ?? "Save statement")}
        </button>
        {isReading && (
          <button type="button" className="quiet" onClick={onStop}>
            Stop
          </button>
        )}
      </div>
      <div role="status">
        {state.kind === "saved" && <Saved fileName={state.fileName} statement={state.statement} />}
      </div>
    </form>
  );
}
