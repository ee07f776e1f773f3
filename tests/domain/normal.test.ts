import { expect, test } from "vitest";
import { normalBelow } from "../../src/domain/normal";

const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** Simpson's rule: nothing in common with a series. */
function integral(from: number, to: number, steps: number): number {
  const width = (to - from) / steps;
  let sum = density(from) + density(to);
  for (let n = 1; n < steps; n += 1) sum += (n % 2 === 1 ? 4 : 2) * density(from + n * width);
  return (sum * width) / 3;
}

test("the series is the integral of the density, to 1e-13", () => {
  let below = integral(-40, -9, 2_000);
  for (let step = -90; step < 90; step += 1) {
    const [from, to] = [step / 10, (step + 1) / 10];
    below += integral(from, to, 200);
    expect([to, Math.abs(normalBelow(to) - below) < 1e-13]).toEqual([to, true]);
  }
});

test("it is symmetric, rises, stays between 0 and 1, and refuses what is no number", () => {
  expect(normalBelow(0)).toBe(0.5);
  expect([normalBelow(Number.POSITIVE_INFINITY), normalBelow(Number.NEGATIVE_INFINITY)]).toEqual([1, 0]);
  let before = -1e-15;
  for (let x = -9; x <= 9; x += 1 / 64) {
    const value = normalBelow(x);
    expect([x, Math.abs(value + normalBelow(-x) - 1) < 1e-14]).toEqual([x, true]);
    expect([x, value >= before - 1e-15 && value >= -1e-15 && value <= 1 + 1e-15]).toEqual([x, true]);
    before = value;
  }
  expect(() => normalBelow(Number.NaN)).toThrow("no number");
});
