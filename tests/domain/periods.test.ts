/** Periods as people write them. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { parsePeriod } from "../../src/domain/periods";

const at = (text: string) => Date.parse(text) / 1_000;

test.each([
  ["2026-01-01", "2026-02-01", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"],
  [" 2024-02-29 ", "2024-03-01", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"],
  ["2026-01-01T10:00:00Z", "2026-01-01T10:00:01.000z", "2026-01-01T10:00:00Z", "2026-01-01T10:00:01Z"],
  ["2026-01-01T00:00:00+02:00", "2026-01-01t00:00:00-05:30", "2025-12-31T22:00:00Z", "2026-01-01T05:30:00Z"],
])("from %s to %s", (from, to, first, end) => {
  expect(parsePeriod({ from, to })).toEqual({ ok: true, value: { from: at(first), to: at(end) } });
});

test.each([
  ...["", "yesterday", "2026", "2026-1-1", "2026-02-30", "2025-02-29", "2026-13-01", "2026-00-10", "01.02.2026"],
  ...["1767225600", "2026-01-01T00:00:00", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-06-30T23:59:60Z"],
  ...["2026-01-01T00:00:00.5Z", "2026-01-01 00:00:00Z", "1969-12-31", "+012026-01-01", "２０２６-01-01"],
])("%j is no date, at either end", (text) => {
  const other = "2026-03-01";
  for (const [written, which] of [
    [{ from: text, to: other }, "beginning"],
    [{ from: "2020-01-01", to: text }, "end"],
  ] as const) {
    const refused = parsePeriod(written);
    expect(refused).toMatchObject({ ok: false, refusal: { code: "PERIOD_UNREADABLE", which } });
  }
});

test("a long text is not said back whole", () => {
  const refused = parsePeriod({ from: "9".repeat(9_999), to: "2026-01-01" });
  expect(refused).toMatchObject({ ok: false, refusal: { code: "PERIOD_UNREADABLE" } });
  expect(JSON.stringify(refused).length).toBeLessThan(400);
});

test("a period ends after it begins", () => {
  for (const to of ["2026-01-02", "2026-01-01", "2026-01-02T01:00:00+02:00"])
    expect(parsePeriod({ from: "2026-01-02", to })).toMatchObject({ ok: false, refusal: { code: "PERIOD_BACKWARDS" } });
});

test("every second is read as it is written, in any zone", () => {
  const seconds = fc.integer({ min: 86_400, max: 4_000_000_000 });
  fc.assert(
    fc.property(seconds, fc.integer({ min: -839, max: 839 }), (second, minutes) => {
      const local = new Date((second + minutes * 60) * 1_000).toISOString().slice(0, 19);
      const two = (value: number) => String(value).padStart(2, "0");
      const ahead = Math.abs(minutes);
      const zone = `${minutes < 0 ? "-" : "+"}${two(Math.floor(ahead / 60))}:${two(ahead % 60)}`;
      const read = parsePeriod({ from: `${local}${zone}`, to: "2200-01-01" });
      expect(read).toMatchObject({ ok: true, value: { from: second } });
    }),
  );
});
