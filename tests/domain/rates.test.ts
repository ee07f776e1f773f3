import { expect, test } from "vitest";
import { parseDuration } from "../../src/domain/durations";
import { formatRate, parseRate } from "../../src/domain/rates";

test("percentages are exact millionths, and read back as they were typed", () => {
  for (const [text, millionths] of [
    ["0", 0],
    ["12.5", 125_000],
    ["0.0001", 1],
    ["110", 1_100_000],
    ["8.1", 81_000],
  ] as const) {
    expect(parseRate(`${text}%`)).toBe(millionths);
    expect(formatRate(millionths)).toBe(text);
  }
});

test.each(["", "12,5%", "12.50001%", "-1%", "1e3%", "12", "abc%"])("%j is no rate", (text) => {
  expect(parseRate(text)).toBeNull();
});

test("durations have a unit, and last", () => {
  expect(parseDuration(" 12h ")).toBe(43_200);
  expect(["30", "0d", "", "1.5h", "1h30m"].map(parseDuration)).toEqual([null, null, null, null, null]);
});
