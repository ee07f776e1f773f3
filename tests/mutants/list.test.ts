/** The list of mutants is in order: each patch still applies to the product, and names tests that are there. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { whyNotApplicable } from "./copy";
import { type Mutant, ROOT, readMutants } from "./list";

const mutants = readMutants();

/** Names that are not spelled out in the file, as a table makes them, are given by the part that is. */
function missingTests({ killers }: Mutant): string[] {
  return killers.flatMap((killer) => {
    if (killer.kind === "fuzz") return [];
    const file = path.join(ROOT, killer.file);
    if (!existsSync(file)) return [killer.file];
    return killer.test === null || readFileSync(file, "utf8").includes(killer.test)
      ? []
      : [`${killer.file}: ${killer.test}`];
  });
}

test("there are mutants, and no two of an area have one number", () => {
  expect(mutants.length).toBeGreaterThanOrEqual(10);
  const numbers = mutants.map(({ name }) => name.match(/^[\w-]+\/\d+(?=-)/)?.[0] ?? `no number: ${name}`);
  expect(numbers.filter((number, i) => numbers.indexOf(number) !== i || number.startsWith("no number"))).toEqual([]);
});

test("every patch changes the product, and nothing else", () => {
  const strange = mutants.filter(
    ({ changes }) => changes.length === 0 || changes.some((file) => !/^(contracts|convex|src)\//.test(file)),
  );
  expect(strange.map(({ name }) => name)).toEqual([]);
});

test("every patch still applies", async () => {
  expect(await whyNotApplicable(mutants)).toBe("");
});

test("every test that is named is there", () => {
  expect(mutants.flatMap((mutant) => missingTests(mutant).map((missing) => `${mutant.name}: ${missing}`))).toEqual([]);
});
