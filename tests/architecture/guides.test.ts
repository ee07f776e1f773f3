/** What the guides say of the code stays true: links, refusals, settings, exit codes. Their commands: tests/scenarios/guides. */
import { existsSync, readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "../..");
const textOf = (file: string) => readFileSync(path.join(ROOT, file), "utf8");

async function filesOf(folder: string, ending: string): Promise<string[]> {
  const files = await readdir(path.join(ROOT, folder), { recursive: true });
  return files.filter((file) => file.endsWith(ending)).map((file) => path.join(folder, file));
}

/** As GitHub names a heading's anchor. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
const anchorsOf = (file: string) =>
  [...textOf(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading));

test("every link in README, ARCHITECTURE, CONTRIBUTING and docs leads somewhere", async () => {
  const pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", ...(await filesOf("docs", ".md"))];
  const links = pages.flatMap((page) =>
    [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = ""]) => ({ page, to })),
  );
  const inner = links.filter(({ to }) => !/^https?:/.test(to));
  expect(inner.length).toBeGreaterThan(12);
  const dead = inner.filter(({ page, to }) => {
    const [file, anchor] = to.split("#");
    const target = file ? path.join(path.dirname(page), file) : page;
    if (!existsSync(path.join(ROOT, target))) return true;
    return anchor !== undefined && !anchorsOf(target).includes(anchor);
  });
  expect(dead).toEqual([]);
});

/** The codes in a column of tables: all that stands in backquotes in a row's first cell. */
const told = (page: string, pattern: RegExp) =>
  [...textOf(page).matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, name = ""]) => (pattern.test(name) ? [name] : [])),
  );

test("the guide for developers tells each refusal, and none that is not there", async () => {
  const files = [...(await filesOf("convex", ".ts")), ...(await filesOf("src/domain", ".ts"))];
  const codes = files
    .filter((file) => !file.includes("_generated"))
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
