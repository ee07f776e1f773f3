/** The table of threats says what is there: controls, tests, and for each threat mutants whose killers exist. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { ROWS } from "../faults/rows";
import { ROOT, readMutants } from "../mutants/list";
import { mutantsAgainst, THREATS } from "./threats";

const mutants = readMutants();
const isThere = (file: string) => existsSync(path.join(ROOT, file));

test("every threat has controls, and each stands where the table says", () => {
  expect(THREATS.length).toBeGreaterThanOrEqual(14);
  expect(THREATS.filter(({ controls, proofs }) => controls.length === 0 || proofs.length === 0)).toEqual([]);
  expect(THREATS.flatMap(({ controls }) => controls.filter(({ file }) => !isThere(file)))).toEqual([]);
});

test("every test that proves one is there", () => {
  const missing = THREATS.flatMap(({ proofs }) =>
    proofs.filter(
      ({ file, test: name = "" }) => !isThere(file) || !readFileSync(path.join(ROOT, file), "utf8").includes(name),
    ),
  );
  expect(missing).toEqual([]);
});

test("every threat has mutants that remove its controls, and every mutant is of a threat or a fault that a table has", () => {
  expect(THREATS.filter((row) => mutantsAgainst(row, mutants).length === 0).map(({ threat }) => threat)).toEqual([]);
  const known = THREATS.map(({ threat }) => threat);
  expect(new Set(known).size).toBe(known.length);
  const faults = ROWS.map(({ fault }) => `fault: ${fault}`);
  expect(mutants.filter(({ threat }) => ![...known, ...faults].includes(threat)).map(({ name }) => name)).toEqual([]);
});

test("of each threat some mutant is killed by one of the tests that the table names, or by the fuzzer", () => {
  const unproved = THREATS.filter((row) => {
    const files = row.proofs.map(({ file }) => file);
    const killers = mutantsAgainst(row, mutants).flatMap((mutant) => mutant.killers);
    return !killers.some((killer) => killer.kind === "fuzz" || files.includes(killer.file));
  });
  expect(unproved.map(({ threat }) => threat)).toEqual([]);
});
