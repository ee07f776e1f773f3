/** How long something lasts, as people type and read it. */

const UNIT_SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 } as const;

/** "90s", "15m", "12h", "30d", "2w", in seconds; null: it is no duration, or none that lasts. */
export function parseDuration(text: string): number | null {
  const [, digits, unit] = /^\s*(\d{1,6})\s*([smhdw])\s*$/.exec(text) ?? [];
  const seconds = Number(digits ?? 0) * UNIT_SECONDS[(unit ?? "s") as keyof typeof UNIT_SECONDS];
  return seconds > 0 ? seconds : null;
}

const UNITS: [name: string, seconds: number][] = [
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
  ["s", 1],
];

/** The two largest units: "1d 12h", "45s"; rounded down. */
export function shownDuration(seconds: number): string {
  const parts: string[] = [];
  let left = Math.max(0, Math.floor(seconds));
  for (const [name, size] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count}${name}`);
  }
  return parts.slice(0, 2).join(" ") || "0s";
}
