/**
 * A period as people write it: two dates, each the UTC midnight with which that day begins, or two times by RFC 3339 with
 * whole seconds, as block time has no smaller ones. It begins with the first and ends just before the second.
 */
import { accept, type Outcome, refuse } from "./refusal";

/** Unix seconds; `to` is not part of it. */
export interface Period {
  from: number;
  to: number;
}

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME =
  /^(\d{4}-\d{2}-\d{2})[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.0+)?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Unix seconds of a day's beginning; null where the calendar has no such day. */
function dayOf(text: string): number | null {
  if (!DATE.test(text)) return null;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(text) ? null : ms / 1_000;
}

function secondsOf(text: string): number | null {
  const [, day = "", hours, minutes, seconds, zone = ""] = TIME.exec(text) ?? [];
  const start = dayOf(day || text);
  if (start === null || day === "") return start;
  const local = start + Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
  const [, sign, ahead, past] = /^([+-])(\d{2}):(\d{2})$/.exec(zone) ?? [];
  const offset = Number(ahead ?? 0) * 3_600 + Number(past ?? 0) * 60;
  return sign === "-" ? local + offset : local - offset;
}

function readTime(which: "beginning" | "end", text: string): Outcome<number> {
  const seconds = secondsOf(text.trim());
  if (seconds !== null && seconds >= 0) return accept(seconds);
  // What came is not said back at any length.
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  const message = `"${shown}" is no date that a period can begin or end with. Write a day as 2026-01-31, or a time with whole seconds and its zone as 2026-01-31T12:00:00Z.`;
  return refuse("PERIOD_UNREADABLE", message, { which });
}

/** Refuses PERIOD_UNREADABLE {which}, PERIOD_BACKWARDS. */
export function parsePeriod(written: { from: string; to: string }): Outcome<Period> {
  const from = readTime("beginning", written.from);
  if (!from.ok) return from;
  const to = readTime("end", written.to);
  if (!to.ok) return to;
  if (from.value < to.value) return accept({ from: from.value, to: to.value });
  const message =
    "A period ends after it begins, and its last day is the one before its end: January is from 2026-01-01 to 2026-02-01.";
  return refuse("PERIOD_BACKWARDS", message);
}
