/** A period as it is chosen: whole days of UTC, and every way to choose wrongly. */
import { expect, test } from "vitest";
import { checkStatementDraft, daysOf, FIRST_DRAFT, type Preset } from "../../../src/web/history/statementDraft";

/** In the evening of a leap day, by UTC. */
const NOW = Date.UTC(2028, 1, 29, 23, 30);
const preset = (name: Preset, now = NOW) => checkStatementDraft({ ...FIRST_DRAFT, preset: name }, now);
const own = (firstDay: string, lastDay: string) =>
  checkStatementDraft({ ...FIRST_DRAFT, preset: "Own dates", firstDay, lastDay }, NOW);

test("presets end with today, or with the month", () => {
  expect(preset("This month")).toEqual({ ok: true, value: { from: "2028-02-01", to: "2028-03-01" } });
  expect(preset("Last month")).toEqual({ ok: true, value: { from: "2028-01-01", to: "2028-02-01" } });
  expect(preset("Last month", Date.UTC(2028, 0, 1))).toEqual({
    ok: true,
    value: { from: "2027-12-01", to: "2028-01-01" },
  });
  expect(preset("This year")).toEqual({ ok: true, value: { from: "2028-01-01", to: "2028-03-01" } });
});

test("the last day is in the period: a day is a period", () => {
  expect(own("2028-02-28", "2028-02-28")).toEqual({ ok: true, value: { from: "2028-02-28", to: "2028-02-29" } });
  expect(own(" 2028-02-28", "2028-12-31 ")).toEqual({ ok: true, value: { from: "2028-02-28", to: "2029-01-01" } });
});

test.each([
  ["", "2028-02-01", "DAY_MISSING", "beginning"],
  ["2028-02-01", "", "DAY_MISSING", "end"],
  ["2027-02-29", "2028-02-01", "PERIOD_UNREADABLE", "beginning"],
  ["2028-02-01", "2028-02-31", "PERIOD_UNREADABLE", "end"],
  ["yesterday", "2028-02-01", "PERIOD_UNREADABLE", "beginning"],
  ["2028-02-01", "9999-12-31", "PERIOD_UNREADABLE", "end"],
  ["2028-02-02", "2028-02-01", "PERIOD_BACKWARDS", "end"],
  ["2028-03-01", "2028-03-02", "PERIOD_IN_FUTURE", "beginning"],
])("%s to %s: %s at the %s", (firstDay, lastDay, code, which) => {
  expect(own(firstDay, lastDay)).toMatchObject({ ok: false, refusal: { code, which } });
});

test("own dates begin with what was chosen before", () => {
  expect(daysOf(FIRST_DRAFT, NOW)).toEqual({ firstDay: "2028-02-01", lastDay: "2028-02-29" });
});
