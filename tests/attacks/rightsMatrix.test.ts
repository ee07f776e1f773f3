/** The rights matrix by capability says what each function allows, and each dash is a case that fails. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../mutants/list";
import { type Right, rightsOver } from "../scenarios/rights";
import { type Capability, COLUMNS, type Column, RIGHTS_MATRIX } from "./rightsMatrix";

const ANYBODY = { provider: "somebody", commitmentId: "a", withdrawalId: "b" };
const rights = new Map(
  Object.entries(rightsOver(ANYBODY)).map(([name, right]) => [name.replace(".js:", "."), right] as const),
);

/** The columns that a function serves, as its row in the matrix of functions has it. */
function servedBy({ may }: Right): Column[] {
  if (may === "anyone") return ["anonymous", "provider", "operator", "guardian", "admin"];
  if (may === "provider") return ["provider", "operator", "guardian", "admin"];
  return may === "adminKey" ? ["service"] : may;
}

const servedColumns = ({ functions }: Capability) =>
  new Set(functions.flatMap((name) => servedBy(rights.get(name) as Right)));

/** Where the vault alone grants a right, or alone refuses what the backend's intents would allow. */
const BY_THE_VAULT: Record<string, Column[]> = {
  deposit: ["anonymous"],
  "rotate keys, change caps": ["guardian", "admin"],
  "let go on": ["admin"],
};

test("every function that a row names is there, and none is named twice", () => {
  const named = RIGHTS_MATRIX.flatMap(({ functions }) => functions);
  expect(named.filter((name) => !rights.has(name))).toEqual([]);
  expect(new Set(named).size).toBe(named.length);
});

test.each(RIGHTS_MATRIX.map((row) => [row.capability, row] as const))("%s", (_name, row) => {
  const granted = new Set([...servedColumns(row), ...(BY_THE_VAULT[row.capability] ?? [])]);
  expect(COLUMNS.filter((column) => row.who[column] !== "-")).toEqual(COLUMNS.filter((column) => granted.has(column)));
  expect(row.functions.length + (row.vault?.length ?? 0) + (row.note ?? "").length).toBeGreaterThan(0);
});

test("there are no validators, and nobody moves money or edits the journal", () => {
  expect(RIGHTS_MATRIX.filter(({ who }) => who.validator !== "-")).toEqual([]);
  const none = RIGHTS_MATRIX.find(({ capability }) => capability.startsWith("move funds"));
  expect(Object.values(none?.who ?? {})).toEqual(COLUMNS.map(() => "-"));
});

test("the tests of the vault's part are there", () => {
  const missing = RIGHTS_MATRIX.flatMap(({ vault = [] }) =>
    vault.filter(({ file, test: name }) => {
      const where = path.join(ROOT, file);
      return !existsSync(where) || !readFileSync(where, "utf8").includes(name);
    }),
  );
  expect(missing).toEqual([]);
});
