/** What the guides' tables say of the code stays true: refusals, settings, exit codes. */
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "../..");
const textOf = (file: string) => readFileSync(path.join(ROOT, file), "utf8");

async function filesOf(folder: string, ending: string): Promise<string[]> {
  const files = await readdir(path.join(ROOT, folder), { recursive: true });
  return files.filter((file) => file.endsWith(ending)).map((file) => path.join(folder, file));
}

/** The codes in a column of tables: all that stands in backquotes in a row's first cell. */
const told = (page: string, pattern: RegExp) =>
  [...textOf(page).matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, name = ""]) => (pattern.test(name) ? [name] : [])),
  );

test("the guide for developers tells each refusal, and none that is not there", async () => {
  const files = [...(await filesOf("convex", ".ts")), ...(await filesOf("src/domain", ".ts"))];
  const codes = files
    // A setting that is refused is the deployment's trouble: no caller is told.
    .filter((file) => !file.includes("_generated") && !file.endsWith("convex/settings.ts"))
    .flatMap((file) => [...textOf(file).matchAll(/(?:\bcode: |\brefuse\(\s*)"([A-Z][A-Z_]+)"/g)])
    .map(([, code = ""]) => code);
  const known = [...new Set(codes)].sort();
  expect(known.length).toBeGreaterThan(60);
  expect(told("docs/developers.md", /^[A-Z_]{4,}$/).sort()).toEqual(known);
});

test("the guide for operators tells each setting, and none that is not there", () => {
  const [settings = ""] = textOf(".env.example").split("# Read by `npm start`");
  const names = [...settings.matchAll(/^([A-Z_]+)=/gm)].map(([, name = ""]) => name);
  expect(names.length).toBeGreaterThan(25);
  const [, section = ""] = textOf("docs/operators.md").split("\n## Configuration\n");
  const [configuration = ""] = section.split("\n## ");
  const rows = [...configuration.matchAll(/^\| (`[^|]+) \|/gm)].map(([, cell = ""]) => cell);
  const tellsOf = rows.flatMap((cell) => [...cell.matchAll(/`([A-Z_]+)`/g)].map(([, name = ""]) => name));
  expect(tellsOf.sort()).toEqual([...names].sort());
});
