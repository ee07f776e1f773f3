/** When a cron of `crons.ts` runs next. Times are milliseconds since the epoch, fields are UTC, as on Convex. */
import { z } from "zod";

const minuteUTC = z.number().optional();
const hourUTC = z.number();

/** A schedule as `crons.export()` gives it. */
export const cronSchedule = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("interval"),
    seconds: z.number().default(0),
    minutes: z.number().default(0),
    hours: z.number().default(0),
  }),
  z.object({ type: z.literal("hourly"), minuteUTC }),
  z.object({ type: z.literal("daily"), hourUTC, minuteUTC }),
  z.object({ type: z.literal("weekly"), dayOfWeek: z.string(), hourUTC, minuteUTC }),
  z.object({ type: z.literal("monthly"), day: z.number(), hourUTC, minuteUTC }),
  z.object({ type: z.literal("cron"), cron: z.string() }),
]);
export type CronSchedule = z.infer<typeof cronSchedule>;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** 29 February on a given weekday comes within 28 years, or 40 across a century without a leap year. */
const SEARCHED_DAYS = 41 * 366;
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** The first run of an interval is at once; every other schedule waits for its time. */
export function firstCronTime(schedule: CronSchedule, name: string, now: number): number {
  return schedule.type === "interval" ? now : nextCronTime(schedule, name, now, now);
}

/** The first time after `now` that the schedule names, counting intervals from `previous`: missed runs are skipped. */
export function nextCronTime(schedule: CronSchedule, name: string, previous: number, now: number): number {
  if (schedule.type !== "interval") return nextMatch(fieldsOf(schedule, name), now);
  const interval = ((schedule.hours * 60 + schedule.minutes) * 60 + schedule.seconds) * 1000;
  return previous + interval * Math.max(1, Math.floor((now - previous) / interval) + 1);
}

/** The five fields of a cron line: minute, hour, day of the month, month, day of the week. */
function fieldsOf(schedule: Exclude<CronSchedule, { type: "interval" }>, name: string): string[] {
  if (schedule.type === "cron") return schedule.cron.trim().toLowerCase().split(/\s+/);
  // Without a minute Convex picks one for each job; ours depends on the name alone, so that it survives a restart.
  const spread = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 60, 0);
  const minute = String(schedule.minuteUTC ?? spread);
  if (schedule.type === "hourly") return [minute, "*", "*", "*", "*"];
  const hour = String(schedule.hourUTC);
  if (schedule.type === "daily") return [minute, hour, "*", "*", "*"];
  if (schedule.type === "weekly") return [minute, hour, "*", "*", schedule.dayOfWeek.slice(0, 3)];
  return [minute, hour, String(schedule.day), "*", "*"];
}

function nextMatch(fields: string[], after: number): number {
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = fields;
  if (fields.length !== 5) throw new Error(`Invalid cron "${fields.join(" ")}": it needs five fields.`);
  const minutes = numbersOf(minute, 0, 59);
  const hours = numbersOf(hour, 0, 23);
  const days = numbersOf(day, 1, 31);
  const months = numbersOf(month, 1, 12, MONTHS);
  // Both 0 and 7 are Sunday.
  const weekdays = new Set([...numbersOf(weekday, 0, 7, DAYS)].map((number) => number % 7));
  // As in cron: a restricted day of the month and a restricted weekday are alternatives.
  const eitherDay = day !== "*" && weekday !== "*";
  const first = Math.floor(after / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  const firstDay = Math.floor(first / DAY_MS) * DAY_MS;
  for (let start = firstDay; start < firstDay + SEARCHED_DAYS * DAY_MS; start += DAY_MS) {
    const date = new Date(start);
    if (!months.has(date.getUTCMonth() + 1)) continue;
    const byDay = days.has(date.getUTCDate());
    const byWeekday = weekdays.has(date.getUTCDay());
    if (!(eitherDay ? byDay || byWeekday : byDay && byWeekday)) continue;
    for (let time = Math.max(start, first); time < start + DAY_MS; time += MINUTE_MS) {
      const clock = new Date(time);
      if (hours.has(clock.getUTCHours()) && minutes.has(clock.getUTCMinutes())) return time;
    }
  }
  throw new Error(`Invalid cron "${fields.join(" ")}": it never runs.`);
}

/** One field: `*`, `5`, `1-5`, `* / 15` without the spaces, names, and lists of these. */
function numbersOf(field: string, low: number, high: number, names: string[] = []): Set<number> {
  const numberOf = (text: string) => (names.includes(text) ? names.indexOf(text) + low : Number(text || Number.NaN));
  const numbers = new Set<number>();
  for (const part of field.split(",")) {
    const [range = "", stepText] = part.split("/");
    const [fromText = "", toText] = range === "*" ? [String(low), String(high)] : range.split("-");
    const from = numberOf(fromText);
    const to = toText !== undefined ? numberOf(toText) : stepText === undefined ? from : high;
    const step = stepText === undefined ? 1 : Number(stepText);
    const valid = [from, to, step].every(Number.isInteger) && from >= low && to <= high && from <= to && step > 0;
    if (!valid) throw new Error(`Invalid cron field "${field}": expected ${low} to ${high}.`);
    for (let number = from; number <= to; number += step) numbers.add(number);
  }
  return numbers;
}
