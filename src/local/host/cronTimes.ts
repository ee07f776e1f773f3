/** When a cron of `crons.ts` runs next. Times are milliseconds since the epoch, clock times are UTC, as on Convex. */
import { Cron } from "croner";
import { z } from "zod";

const minuteUTC = z.number().optional();
const hourUTC = z.number();
const part = z.number().default(0);

/** A schedule as `crons.export()` gives it. */
export const cronSchedule = z.discriminatedUnion("type", [
  z.object({ type: z.literal("interval"), seconds: part, minutes: part, hours: part }),
  z.object({ type: z.literal("hourly"), minuteUTC }),
  z.object({ type: z.literal("daily"), hourUTC, minuteUTC }),
  z.object({ type: z.literal("weekly"), dayOfWeek: z.string(), hourUTC, minuteUTC }),
  z.object({ type: z.literal("monthly"), day: z.number(), hourUTC, minuteUTC }),
  z.object({ type: z.literal("cron"), cron: z.string() }),
]);
export type CronSchedule = z.infer<typeof cronSchedule>;

/** The first run of an interval is at once; every other schedule waits for its time. */
export function firstCronTime(schedule: CronSchedule, name: string, now: number): number {
  return schedule.type === "interval" ? now : nextCronTime(schedule, name, now, now);
}

/** The first time after `now` that the schedule names, counting intervals from `previous`: missed runs are skipped. */
export function nextCronTime(schedule: CronSchedule, name: string, previous: number, now: number): number {
  if (schedule.type === "interval") {
    const interval = ((schedule.hours * 60 + schedule.minutes) * 60 + schedule.seconds) * 1000;
    return previous + interval * Math.max(1, Math.floor((now - previous) / interval) + 1);
  }
  const pattern = patternOf(schedule, name);
  const next = new Cron(pattern, { timezone: "UTC", mode: "5-part" }).nextRun(new Date(now));
  if (next === null) throw new Error(`The cron "${pattern}" never runs.`);
  return next.getTime();
}

/** Minute, hour, day of the month, month, day of the week. */
function patternOf(schedule: Exclude<CronSchedule, { type: "interval" }>, name: string): string {
  if (schedule.type === "cron") return schedule.cron;
  // Without a minute Convex picks one for each job; ours depends on the name alone, so that it survives a restart.
  const spread = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 60, 0);
  const minute = schedule.minuteUTC ?? spread;
  if (schedule.type === "hourly") return `${minute} * * * *`;
  if (schedule.type === "daily") return `${minute} ${schedule.hourUTC} * * *`;
  if (schedule.type === "weekly") return `${minute} ${schedule.hourUTC} * * ${schedule.dayOfWeek.slice(0, 3)}`;
  return `${minute} ${schedule.hourUTC} ${schedule.day} * *`;
}
