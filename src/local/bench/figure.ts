/** What the bench finds: ratios of two things measured in one run, so that machines can be compared, each with its aim. */

export type Aim = { kind: "most"; value: number } | { kind: "least"; value: number };

export interface Figure {
  /** Unique among all figures. */
  name: string;
  value: number;
  /** The smallest and the largest value of any round. */
  spread: { low: number; high: number };
  /** null: for the reader to judge. */
  aim: Aim | null;
  /** The times behind the ratio, which hold for this machine and this moment only. */
  detail: string;
}

export const atMost = (value: number): Aim => ({ kind: "most", value });
export const atLeast = (value: number): Aim => ({ kind: "least", value });

export function isMet({ value, aim }: Figure): boolean {
  if (aim === null) return true;
  return aim.kind === "most" ? value <= aim.value : value >= aim.value;
}

/** The value below which this share of all values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = Math.min(sorted.length - 1, Math.floor(share * sorted.length));
  const value = sorted[place];
  if (value === undefined) throw new Error("Nothing was measured.");
  return value;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** A figure from one ratio a round: what disturbs the machine for a while disturbs both sides of a round. */
export function ratioFigure(
  { name, aim, detail }: Pick<Figure, "name" | "aim" | "detail">,
  above: readonly number[],
  below: readonly number[],
): Figure {
  const ratios = above.map((value, round) => value / (below[round] as number));
  return { name, value: median(ratios), spread: { low: Math.min(...ratios), high: Math.max(...ratios) }, aim, detail };
}

/** Milliseconds as people read them. */
export function shownMs(ms: number): string {
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms >= 1 ? `${ms.toFixed(1)} ms` : `${(ms * 1_000).toFixed(0)} µs`;
}

export function shownRate(perSecond: number): string {
  return `${Math.round(perSecond).toLocaleString("en")}/s`;
}
