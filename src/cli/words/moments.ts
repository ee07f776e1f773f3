/** Times as people type and read them: "30d", "12h", or a moment with its zone; shown in UTC. */
import { accept, type Outcome, refuse } from "../../domain/refusal";

const SECONDS = { d: 86_400, h: 3_600, m: 60, s: 1 } as const;
type Unit = keyof typeof SECONDS;
const UNITS = Object.keys(SECONDS) as Unit[];
/** As long as anything here may last. */
const MOST_SECONDS = 1_000_000_000;

const DURATION = /^(?:\d+[dhms])+$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.0+)?(?:Z|[+-]\d{2}:\d{2})$/;

/** Reads "30d", "12h", "90m", "45s" or such in a row, as seconds, at least 1. */
export function parseDuration(text: string): Outcome<number> {
  if (!DURATION.test(text)) {
    return refuse("NOT_A_DURATION", `Type a duration such as 30d, 12h, 90m or 1d12h, not "${text}".`);
  }
  const parts = [...text.matchAll(/(\d+)([dhms])/g)];
  const seconds = parts.reduce((sum, [, count, unit]) => sum + Number(count) * SECONDS[unit as Unit], 0);
  if (seconds >= 1 && seconds <= MOST_SECONDS) return accept(seconds);
  return refuse("DURATION_OUT_OF_RANGE", `"${text}" is no time that can pass here: at least a second, at most 11574d.`);
}

/**
 * Reads a moment as unix ms, always whole seconds: RFC 3339 with its zone, or a duration from `nowMs` on.
 * @param nowMs block time, as deadlines go by it
 */
export function parseMoment(text: string, nowMs: number): Outcome<number> {
  if (DURATION.test(text)) {
    const duration = parseDuration(text);
    return duration.ok ? accept(Math.floor(nowMs / 1_000) * 1_000 + duration.value * 1_000) : duration;
  }
  const ms = MOMENT.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return accept(ms);
  const message = `Type a duration such as 30d or 12h, or a moment such as 2026-01-31T12:00:00Z, not "${text}".`;
  return refuse("NOT_A_MOMENT", message);
}

/** Unix ms as "2026-01-31 12:00:00 UTC". */
export function showMoment(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** The two largest units: "1d 12h", "45s". */
export function showDuration(seconds: number): string {
  const parts: string[] = [];
  let left = Math.floor(seconds);
  for (const unit of UNITS) {
    const count = Math.floor(left / SECONDS[unit]);
    left -= count * SECONDS[unit];
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.slice(0, 2).join(" ") || "0s";
}
