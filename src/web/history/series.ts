/**
 * What the chart draws: at each moment what there was, what of it is only there because it was put in, and what was earned so
 * far, in tokens or in dollars; and the sums that lead from the first figure to the last. Exact; only the drawing rounds.
 */
import type { Causes, Course, Step } from "../../domain/courses";
import { type PastPrice, priceAt } from "../../domain/priceHistory";
import type { Token } from "../../domain/tokens";
import { worthOf } from "../amounts/words";

export interface Point {
  /** Ms. */
  at: number;
  value: bigint;
  /** What there was at first and what has come since, less what has gone: a gain or a loss is what `value` has more or less. */
  put: bigint;
  earned: bigint;
  /** Put in at this very moment; negative: taken out. */
  flow: bigint;
}

/** The figures of a period. `first` + deposited - withdrawn + earned - paid + other + byPrice = `last`. */
export interface Sums extends Causes {
  first: bigint;
  last: bigint;
  /** Of what there was, because the price moved: nothing where tokens are counted. */
  byPrice: bigint;
}

export interface Series {
  points: Point[];
  sums: Sums;
}

/** Ms. */
export interface Span {
  from: number;
  to: number;
}

/** What an amount counts for at a moment; null: nobody knows. */
type Valuation = (amount: bigint, token: Token, at: number) => bigint | null;

export const inTokens: Valuation = (amount) => amount;

export function inDollars(prices: Record<Token, PastPrice[]>): Valuation {
  return (amount, token, at) => {
    if (amount === 0n) return 0n;
    const price = priceAt(prices[token], at);
    return price === null ? null : worthOf(amount, token, price);
  };
}

const CAUSES = ["deposited", "withdrawn", "earned", "paid", "other"] as const;

const stateAt = ({ opening, steps }: Course, at: number) => steps.findLast((step) => step.at <= at)?.total ?? opening;

/** The sum over all tokens; null as soon as one of them can't be told. */
function summed(courses: Course[], amountOf: (course: Course) => bigint, at: number, value: Valuation): bigint | null {
  let sum = 0n;
  for (const course of courses) {
    const one = value(amountOf(course), course.token, at);
    if (one === null) return null;
    sum += one;
  }
  return sum;
}

function causesAt(steps: (Step & { token: Token })[], at: number, value: Valuation): Causes {
  const causes: Causes = { deposited: 0n, withdrawn: 0n, earned: 0n, paid: 0n, other: 0n };
  for (const step of steps.filter((one) => one.at === at))
    for (const cause of CAUSES) causes[cause] += value(step[cause], step.token, at) ?? 0n;
  return causes;
}

/**
 * @param ticks moments at which a figure may have changed without a step: prices
 * @returns null where nothing of the span can be told
 */
export function seriesOf(courses: Course[], { from, to }: Span, ticks: number[], value: Valuation): Series | null {
  const steps = courses.flatMap((course) => course.steps.map((step) => ({ ...step, token: course.token })));
  const moments = [...new Set([from, ...ticks, ...steps.map(({ at }) => at), to])]
    .filter((at) => at >= from && at <= to)
    .sort((a, b) => a - b);
  const points: Point[] = [];
  const sums = { deposited: 0n, withdrawn: 0n, earned: 0n, paid: 0n, other: 0n };
  let first: bigint | null = null;
  for (const at of moments) {
    const worth = summed(courses, (course) => stateAt(course, at), at, value);
    if (worth === null) continue;
    const now = causesAt(steps, at, value);
    first ??= summed(courses, (course) => stateAt(course, at - 1), at, value) ?? worth;
    for (const cause of CAUSES) sums[cause] += now[cause];
    const put = first + sums.deposited - sums.withdrawn;
    points.push({ at, value: worth, put, earned: sums.earned, flow: now.deposited - now.withdrawn });
  }
  const last = points.at(-1)?.value;
  if (first === null || last === undefined) return null;
  const { deposited, withdrawn, earned, paid, other } = sums;
  const byPrice = last - (first + deposited - withdrawn + earned - paid + other);
  return { points, sums: { ...sums, first, last, byPrice } };
}
