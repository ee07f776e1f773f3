/** The bench measures everything that it names, and speaks in sentences. How fast anything is can't fail here. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { type Figure, isMet, quantile, ratioFigure } from "../../src/local/bench/figure";
import { MEASUREMENTS } from "../../src/local/bench/measurements";
import { readOptions } from "../../src/local/bench/options";
import { jsonOf, withRows } from "../../src/local/bench/record";
import { terminalTable, withFigures, withSomeFigures, withTable } from "../../src/local/bench/report";
import { PROJECT_ROOT } from "../../src/local/stack";

interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

/** With the flags of package.json's own script. */
async function bench(args: string[], temporary = tmpdir()): Promise<Run> {
  const { scripts } = JSON.parse(readFileSync(path.join(PROJECT_ROOT, "package.json"), "utf8"));
  const [, ...command] = (scripts.bench as string).split(" ");
  const options = { cwd: PROJECT_ROOT, env: { ...process.env, TMPDIR: temporary } };
  return promisify(execFile)(process.execPath, [...command, ...args], options).then(
    (done) => ({ code: 0, ...done }),
    (failed) => failed,
  );
}

const figure = (changes: Partial<Figure>): Figure => {
  const spread = { low: 1, high: 3 };
  return { name: "a figure", value: 2, spread, aim: { kind: "most", value: 2 }, detail: "2 ms, 1 ms", ...changes };
};

test("an aim is a bound, and both ends of it meet it", () => {
  expect([1.9, 2, 2.1].map((value) => isMet(figure({ value })))).toEqual([true, true, false]);
  const aim = { kind: "least", value: 2 } as const;
  expect([1.9, 2, 2.1].map((value) => isMet(figure({ value, aim })))).toEqual([false, true, true]);
});

test("a ratio is the median of the rounds' own ratios, not a ratio of medians", () => {
  const slowMachineInRoundTwo = [
    [2, 20, 6],
    [1, 10, 2],
  ] as const;
  const { value, spread } = ratioFigure({ name: "", aim: null, detail: "" }, ...slowMachineInRoundTwo);
  expect({ value, spread }).toEqual({ value: 2, spread: { low: 2, high: 3 } });
  expect([0, 0.5, 0.99].map((share) => quantile([5, 1, 3], share))).toEqual([1, 3, 5]);
});

test("the table says whether an aim is met; the document keeps what is around its table, and no absolute times", () => {
  const rows = [figure({}), figure({ name: "another", value: 2.5 })];
  expect(terminalTable(rows)).toMatch(/a figure +2.0 +1.0 – 3.0 +≤ 2 +met +2 ms, 1 ms\nanother +2.5 .* missed/);
  const document = readFileSync(path.join(PROJECT_ROOT, "docs/bench.md"), "utf8");
  const written = withFigures(document, rows);
  expect(written).toContain("| another | 2.5 | 1.0 – 3.0 | ≤ 2 | missed |");
  expect(written).not.toContain("1 ms");
  expect(withFigures(written, rows)).toBe(written);
  expect(() => withFigures("no markers", rows)).toThrow("lacks its markers");
});

test("what is measured alone replaces its own rows, and what is a table replaces that table", () => {
  const document = readFileSync(path.join(PROJECT_ROOT, "docs/bench.md"), "utf8");
  const all = withFigures(document, [figure({}), figure({ name: "another", value: 2.5 })]);
  const some = withSomeFigures(all, [figure({ name: "another", value: 1.5 }), figure({ name: "new" })]);
  expect(some.match(/^\| (a figure|another|new) \|.*$/gm)).toEqual([
    "| a figure | 2.0 | 1.0 – 3.0 | ≤ 2 | met |",
    "| another | 1.5 | 1.0 – 3.0 | ≤ 2 | met |",
    "| new | 2.0 | 1.0 – 3.0 | ≤ 2 | met |",
  ]);
  const written = withTable(some, "footprint", [
    ["function", "flat"],
    ["x", "yes"],
  ]);
  expect(written).toContain("| function | flat |\n| --- | --- |\n| x | yes |\n\n<!-- to here -->");
  expect(written).toContain("| a figure |");
});

test("the record says of each figure what it is of, and keeps what was not measured this time", () => {
  const on = { commit: "abc", date: "2026-11-22", node: "v20.0.0", cores: 2 };
  const footprint = [["function"], ["x"]];
  const first = withRows(
    null,
    jsonOf([figure({}), figure({ name: "another" })], new Map([["footprint", footprint]]), on),
  );
  const later = { ...on, commit: "def" };
  const { figures, tables } = JSON.parse(withRows(first, jsonOf([figure({ value: 3 })], new Map(), later)));
  expect(figures).toMatchObject([
    { name: "a figure", value: 3, met: false, ...later },
    { name: "another", value: 2, met: true, ...on },
  ]);
  expect(tables).toEqual({ footprint });
});

const TINY_RUN_TIMEOUT_MS = 600_000;

/** These have tests of their own; what comes to the screen is what journeys wait for. */
const TESTED_ELSEWHERE = ["footprint", "vault", "page", "screen", "week"];
const TINY_RUN = Object.keys(MEASUREMENTS).filter((name) => !TESTED_ELSEWHERE.includes(name));

test("a tiny run measures every figure, leaves nothing behind and ends", { timeout: TINY_RUN_TIMEOUT_MS }, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "bench-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const jsonFile = path.join(folder, "figures.json");
  const { code, stdout, stderr } = await bench([...TINY_RUN, "--scale", "0.001", "--json", jsonFile], folder);
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.not.stringContaining("could not be measured") });
  const { figures } = JSON.parse(readFileSync(jsonFile, "utf8")) as { figures: (Figure & { met: boolean })[] };
  expect(figures.map(({ name }) => name)).toEqual([
    "read of 10 at 200 documents, of that at 100",
    "times faster than convex-test at 200 documents",
    "read of 10, of SQLite's alone at 200 documents",
    "durable mutations, of SQLite's alone",
    "durable mutations, 16 in flight, of SQLite's alone",
    "push in the quiet, p50 of its mutations' round trip",
    "push in the quiet, p99 of its mutations' round trip",
    "push during ingestion, p50 of its mutations' round trip",
    "push during ingestion, p99 of its mutations' round trip",
    "clients woken by unrelated writes",
    "start and stop with 200 documents, of those of an empty host",
    "heap after gc at the end, of that after the warm-up",
    "RSS at the end, of that after the warm-up",
    "events applied a second, of the thousand that are the aim",
    "writing of events' documents, of SQLite's alone",
    "a price that moves nobody at 5 providers, of that at 1",
    "a quote with its allocation at 5 providers, of that at 1",
    "a batch of webhook deliveries at 5 providers, of that at 1",
    "transactions of the node, of raw simulated calls",
    "reorganisation of 3 blocks with 4 transactions, of their making",
  ]);
  for (const { name, value, spread, met } of figures) {
    const areNumbers = [value, spread.low, spread.high].every(Number.isFinite);
    const isBetween = spread.low <= value && value <= spread.high;
    expect({ name, areNumbers, isBetween, met: typeof met }).toEqual({
      name,
      areNumbers: true,
      isBetween: true,
      met: "boolean",
    });
    expect(stdout).toContain(name);
  }
  // A count of messages is no timing: nobody may be woken for nothing, on any machine.
  expect(figures.find(({ name }) => name === "clients woken by unrelated writes")?.value).toBe(0);
  expect(readdirSync(folder).filter((name) => name.startsWith("bithedge-bench-"))).toEqual([]);
});

test("--help lists every measurement", async () => {
  const { code, stdout } = await bench(["--help"]);
  expect(code).toBe(0);
  for (const name of [
    "reads",
    "writes",
    "pushes",
    "starts",
    "memory",
    "footprint",
    "ingestion",
    "business",
    "vault",
    "transactions",
    "reorganisation",
    "page",
    "screen",
    "week",
  ]) {
    expect(stdout).toMatch(new RegExp(`^  ${name} .*\\(about \\d+ s\\)$`, "m"));
  }
});

test("a wrong name is told in a sentence", async () => {
  const { code, stdout, stderr } = await bench(["swimming"]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr.startsWith("There is no measurement called swimming; there are reads, writes, ")).toBe(true);
  expect(stderr).not.toContain("    at ");
});

test.each([
  [["--scale", "none"], "--scale takes a number above 0 and up to 10, not none."],
  [["--scale", "11"], "--scale takes a number above 0 and up to 10, not 11."],
  [["--quick", "--scale", "1"], "--quick and --scale exclude each other."],
  [["--quick", "--write"], "--write needs the usual size"],
  [["--fast"], "Unknown option '--fast'"],
])("%j is refused in a sentence", (args, sentence) => {
  expect(() => readOptions(args)).toThrow(sentence);
});

test("names choose, in the order of the list; without them it is everything", () => {
  const usual = { scale: 1, jsonFile: null, write: false };
  expect(readOptions(["writes", "reads"])).toEqual({ ...usual, names: ["reads", "writes"] });
  expect(readOptions(["--write"])).toEqual({ ...usual, write: true, names: Object.keys(MEASUREMENTS) });
  expect(readOptions(["--quick", "--json", "x"])).toMatchObject({ scale: 0.1, jsonFile: "x" });
});
