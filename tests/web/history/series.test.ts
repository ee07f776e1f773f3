/** What is drawn: a deposit is no gain, a price is, and what nobody knows is left out. */
import { expect, test } from "vitest";
import type { Course } from "../../../src/domain/courses";
import { inDollars, inTokens, type Series, seriesOf } from "../../../src/web/history/series";

const NONE = { deposited: 0n, withdrawn: 0n, earned: 0n, paid: 0n, other: 0n };
const USD = 1_000_000n;
const stx: Course = {
  ...{ token: "STX", opening: 10_000_000n },
  steps: [
    { ...NONE, at: 20, deposited: 5_000_000n, total: 15_000_000n },
    { ...NONE, at: 40, earned: 1_000_000n, withdrawn: 2_000_000n, total: 14_000_000n },
    { ...NONE, at: 60, paid: 4_000_000n, total: 10_000_000n },
  ],
};
const sbtc: Course = {
  ...{ token: "sBTC", opening: 0n },
  steps: [{ ...NONE, at: 50, deposited: 100_000_000n, total: 100_000_000n }],
};
const SPAN = { from: 0, to: 100 };
const rows = (series: Series | null) => series?.points.map(({ at, value, put, flow }) => [at, value, put, flow]);

function expectToAddUp({ sums }: Series) {
  const { first, deposited, withdrawn, earned, paid, other, byPrice, last } = sums;
  expect(first + deposited - withdrawn + earned - paid + other + byPrice).toBe(last);
}

test("in tokens what was put in goes along with what there is; what is earned and paid stands apart", () => {
  const series = seriesOf([stx], SPAN, [], inTokens);
  expect(rows(series)).toEqual([
    [0, 10_000_000n, 10_000_000n, 0n],
    [20, 15_000_000n, 15_000_000n, 5_000_000n],
    [40, 14_000_000n, 13_000_000n, -2_000_000n],
    [60, 10_000_000n, 13_000_000n, 0n],
    [100, 10_000_000n, 13_000_000n, 0n],
  ]);
  expect(series?.sums).toMatchObject({ first: 10_000_000n, earned: 1_000_000n, paid: 4_000_000n, byPrice: 0n });
  expectToAddUp(series as Series);
});

test("in dollars each moment has its own price, and what the price did is a sum of its own", () => {
  const prices = {
    STX: [
      { atMs: 0, usdMicros: 2n * USD },
      { atMs: 30, usdMicros: 3n * USD },
    ],
    sBTC: [{ atMs: 45, usdMicros: 60_000n * USD }],
  };
  const series = seriesOf([stx, sbtc], SPAN, [30, 45], inDollars(prices));
  expect(rows(series)).toEqual([
    [0, 20n * USD, 20n * USD, 0n],
    [20, 30n * USD, 30n * USD, 10n * USD],
    [30, 45n * USD, 30n * USD, 0n],
    [40, 42n * USD, 24n * USD, -6n * USD],
    [45, 42n * USD, 24n * USD, 0n],
    [50, 60_042n * USD, 60_024n * USD, 60_000n * USD],
    [60, 60_030n * USD, 60_024n * USD, 0n],
    [100, 60_030n * USD, 60_024n * USD, 0n],
  ]);
  expect(series?.sums.byPrice).toBe(15n * USD);
  expectToAddUp(series as Series);
});

test("where no price is known there is no figure, and what there was by then is what it begins with", () => {
  const late = { STX: [{ atMs: 30, usdMicros: 3n * USD }], sBTC: [] };
  const series = seriesOf([stx], SPAN, [30], inDollars(late)) as Series;
  expect(series.points[0]).toEqual({ at: 30, value: 45n * USD, put: 45n * USD, earned: 0n, flow: 0n });
  expect(series.sums).toMatchObject({ first: 45n * USD, deposited: 0n });
  expectToAddUp(series);
  expect(seriesOf([sbtc], { from: 50, to: 100 }, [], inDollars(late))).toBe(null);
});

test("what is before the span and behind it is left out", () => {
  expect(rows(seriesOf([stx], { from: 30, to: 50 }, [10, 90], inTokens))?.map(([at]) => at)).toEqual([30, 40, 50]);
});
