/** No function of the product costs more documents because there are more providers, and none leaves its budget. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  BUDGET,
  type Footprint,
  footprintFigures,
  footprints,
  footprintTable,
  isFlat,
  partOfBudget,
} from "../../src/local/bench/footprint";
import { CALLS, NOT_MEASURED } from "../../src/local/bench/footprintCalls";
import { Product } from "../../src/local/bench/product";
import { canonicalPath } from "../../src/local/host/functionCall";

const FEW = 20;
/** Half of them, who have an open withdrawal, are more than any page, batch or choice of the product; the bench goes on to 100,000. */
const MANY = 1_200;

const folder = mkdtempSync(path.join(tmpdir(), "footprint-"));
let found: Footprint[];
beforeAll(async () => {
  found = await footprints([FEW, MANY], folder, () => {});
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const count = { documentsRead: 1, documentsWritten: 2, ranges: 3, ms: 4, paths: [] };

test("a function reads and writes as much at 1,200 providers as at 20", () => {
  expect(found.length).toBe(CALLS.length);
  const counted = ({ documentsRead, documentsWritten, ranges }: typeof count) => [
    documentsRead,
    documentsWritten,
    ranges,
  ];
  const unbounded = found.filter(({ bound }) => bound === undefined);
  expect(unbounded.length).toBeGreaterThan(found.length - 5);
  const [few, many] = [0, 1].map((n) => unbounded.map(({ name, used }) => [name, ...counted(used[n] as typeof count)]));
  expect(many).toEqual(few);
});

test("every function stays within its budget", () => {
  const above = found.filter((footprint) => partOfBudget(footprint) > 1).map(({ name }) => name);
  expect(above).toEqual([]);
});

test("the bench tells both, and a line for each function", () => {
  const [growing, largest] = footprintFigures(found);
  expect(growing).toMatchObject({ value: 0, detail: `of ${found.length}` });
  expect(largest?.value).toBe(Math.max(...found.map(partOfBudget)));
  const [header, ...rows] = footprintTable([FEW, MANY], found);
  expect(header?.[0]).toBe("function, at 20, 1,200 providers");
  expect(rows.map(([name]) => name)).toEqual(found.map(({ name }) => `\`${name}\``));
});

test("a count that grows is not flat, and one above its budget is seen, wherever it is", () => {
  expect(isFlat({ name: "", used: [count, count] })).toBe(true);
  for (const name of Object.keys(BUDGET) as (keyof typeof BUDGET)[]) {
    expect(isFlat({ name: "", used: [count, { ...count, [name]: 9 }] })).toBe(false);
    expect(partOfBudget({ name: "", used: [count, { ...count, [name]: BUDGET[name] + 1 }] })).toBeGreaterThan(1);
  }
});

test("every function of the deployment is measured, by itself or through another one", async () => {
  const product = await Product.open(path.join(folder, "product.sqlite3"), "NORMAL");
  const functions = [...(product.engine.installation?.app.functions.keys() ?? [])];
  await product.close();
  const called = CALLS.map(({ name }) => canonicalPath(name.split(",")[0] as string));
  const reached = found.flatMap(({ used }) => used.flatMap(({ paths }) => paths.map(canonicalPath)));
  const measured = new Set([...called, ...reached, ...Object.keys(NOT_MEASURED)]);
  expect(functions.length).toBeGreaterThan(20);
  expect(functions.filter((name) => !measured.has(name))).toEqual([]);
  // A line of a function that is gone would measure nothing.
  const known = new Set(functions);
  expect([...called, ...Object.keys(NOT_MEASURED)].filter((name) => !known.has(name))).toEqual([]);
});
