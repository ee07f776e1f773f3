/** What is written: tables that line up or become blocks, JSON without bigints, and nothing that a terminal would obey. */
import { PassThrough, Readable } from "node:stream";
import { expect, test } from "vitest";
import { Failure, shownFacts } from "../../src/cli/errors";
import { Output } from "../../src/cli/output";
import { fields, table } from "../../src/cli/table";

function terminal(columns: number | null, env: Record<string, string> = {}) {
  const stdout = Object.assign(new PassThrough(), columns === null ? {} : { isTTY: true, columns });
  const stderr = new PassThrough();
  const written = (stream: PassThrough) => (stream.read() as Buffer | null)?.toString() ?? "";
  return {
    out: new Output({ stdin: Readable.from([]), stdout, stderr }, env),
    told: () => written(stdout),
    aside: () => written(stderr),
  };
}

const ROWS = [
  { name: "one", sum: "1.5" },
  { name: "eleven", sum: "11" },
];
const COLUMNS = [
  { title: "Name", of: (row: (typeof ROWS)[number]) => row.name },
  { title: "Sum", of: (row: (typeof ROWS)[number]) => row.sum, align: "right" as const },
];
const PLAIN = "Name    Sum\none     1.5\neleven   11";

test("columns line up; where the terminal is too narrow each row is a block", () => {
  expect(table(terminal(null).out, ROWS, COLUMNS, "none")).toBe(PLAIN);
  expect(table(terminal(11, { NO_COLOR: "1" }).out, ROWS, COLUMNS, "none")).toBe(PLAIN);
  expect(table(terminal(10).out, ROWS, COLUMNS, "none")).toBe("Name  one\nSum   1.5\n\nName  eleven\nSum   11");
  expect(table(terminal(null).out, [], COLUMNS, "There are none.")).toBe("There are none.");
});

test("only a terminal sees bold, and not if it asks for none", () => {
  expect(table(terminal(80).out, ROWS, COLUMNS, "none")).toContain("\u001b[1m");
  expect(table(terminal(null).out, ROWS, COLUMNS, "none")).not.toContain("\u001b");
});

test("values that are not there are left out", () => {
  expect(
    fields([
      ["A", "1"],
      ["Long", null],
      ["Be", "2"],
    ]),
  ).toBe("A   1\nBe  2");
});

test("bigints are strings in JSON, and steps are JSON lines apart from the answer", () => {
  const { out, told, aside } = terminal(null);
  out.form = "json";
  out.progress("step");
  out.show({ amount: 12n, rows: [{ at: 1n }] }, () => "never");
  expect(JSON.parse(told())).toEqual({ amount: "12", rows: [{ at: "1" }] });
  expect(JSON.parse(aside())).toEqual({ progress: "step" });
});

test("what a service says can't move the cursor or change the title", () => {
  const { out, aside } = terminal(80);
  out.progress("evil\u001b]0;title\u0007\u009b2J");
  out.fail(new Failure("refused", "EVIL", "red\u001b[31m"));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that must be gone.
  expect(aside()).not.toMatch(/[\u001b\u0007\u009b]/);
});

test("facts are shown in the units that people use", () => {
  const facts = {
    max: 1_500_000n,
    until: 0,
    retryAfterMs: 2_100,
    expiresAt: 60n,
    binding: "vault",
    priceUsdMicros: 2_500_000n,
  };
  expect(shownFacts(new Failure("refused", "X", "x", facts, "STX"))).toEqual([
    "  max: 1.5 STX",
    "  until: 1970-01-01T00:00:00.000Z",
    "  retryAfterMs: 3 s",
    "  expiresAt: 1970-01-01T00:01:00.000Z",
    "  binding: vault",
    "  priceUsdMicros: 2.5 USD",
  ]);
  const bounds = (code: string, min: bigint | number, max: bigint | number) =>
    shownFacts(new Failure("refused", code, "x", { min, max }, "sBTC"));
  expect(bounds("QUANTITY_OUT_OF_RANGE", 10_000n, 150_000_000n)).toEqual(["  min: 0.0001 sBTC", "  max: 1.5 sBTC"]);
  expect(bounds("STRIKE_OUT_OF_RANGE", 4_000_000_000n, 8_300_500_000n)).toEqual([
    "  min: 4000 USD",
    "  max: 8300.5 USD",
  ]);
  expect(bounds("EXPIRY_OUT_OF_RANGE", 0, 1_000)).toEqual([
    "  min: 1970-01-01T00:00:00.000Z",
    "  max: 1970-01-01T00:00:01.000Z",
  ]);
});
