/** A statement while its period is chosen: days of UTC, the first and the last, both in it. */
import { type Period, parsePeriod } from "../../domain/periods";
import { accept, type Outcome, refuse } from "../../domain/refusal";
import type { StatementFormat } from "../../domain/statementFiles";

export const PRESETS = ["This month", "Last month", "This year", "Own dates"] as const;
export type Preset = (typeof PRESETS)[number];

export interface StatementDraft {
  preset: Preset;
  /** As "2026-01-31". */
  firstDay: string;
  lastDay: string;
  format: StatementFormat;
}

export const FIRST_DRAFT: StatementDraft = { preset: "This month", firstDay: "", lastDay: "", format: "csv" };

const DAY_MS = 86_400_000;
export const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** @param now ms: by whose day presets end */
export function daysOf({ preset, firstDay, lastDay }: StatementDraft, now: number) {
  const today = dayOf(now);
  const monthStart = `${today.slice(0, 7)}-01`;
  switch (preset) {
    case "This month":
      return { firstDay: monthStart, lastDay: today };
    case "Last month": {
      const last = dayOf(Date.parse(monthStart) - DAY_MS);
      return { firstDay: `${last.slice(0, 7)}-01`, lastDay: last };
    }
    case "This year":
      return { firstDay: `${today.slice(0, 4)}-01-01`, lastDay: today };
    case "Own dates":
      return { firstDay: firstDay.trim(), lastDay: lastDay.trim() };
  }
}

/** What the service is asked for; it has the last word, as it alone knows how far the chain is. */
export type StatementRequest = { from: string; to: string };

/** Refuses DAY_MISSING {which}, PERIOD_UNREADABLE {which}, PERIOD_BACKWARDS, PERIOD_IN_FUTURE: `which` names the field. */
export function checkStatementDraft(draft: StatementDraft, now: number): Outcome<StatementRequest> {
  const { firstDay, lastDay } = daysOf(draft, now);
  if (firstDay === "") return refuse("DAY_MISSING", "Choose the first day.", { which: "beginning" });
  if (lastDay === "") return refuse("DAY_MISSING", "Choose the last day.", { which: "end" });
  const [first, last] = [readDay(firstDay, "beginning"), readDay(lastDay, "end")];
  if (!first.ok) return first;
  if (!last.ok) return last;
  if (last.value.from < first.value.from)
    return refuse("PERIOD_BACKWARDS", "The last day is before the first. Choose a later one.", { which: "end" });
  if (firstDay > dayOf(now))
    return refuse("PERIOD_IN_FUTURE", `Nothing has happened yet then: today is ${dayOf(now)} (UTC).`, {
      which: "beginning",
    });
  return accept({ from: firstDay, to: dayOf(last.value.to * 1_000) });
}

/** One day is a period of its own; the year 9999 has no day after it that could be written. */
function readDay(day: string, which: "beginning" | "end"): Outcome<Period> {
  const next = Date.parse(`${day}T00:00:00Z`) + DAY_MS;
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(next) && next < Date.UTC(9_999, 11, 31);
  const parsed = isDay ? parsePeriod({ from: day, to: dayOf(next) }) : null;
  if (parsed?.ok) return parsed;
  return refuse("PERIOD_UNREADABLE", "That is no day of the calendar. Write it as 2026-01-31.", { which });
}
