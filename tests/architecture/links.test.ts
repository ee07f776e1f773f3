/** Every link in what people read leads somewhere. */
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

const pagesThatPeopleRead = async () => [
  ...["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"],
  ...(await filesOf("docs", ".md")),
];

test("every link in README, ARCHITECTURE, CONTRIBUTING, SECURITY and docs leads somewhere", async () => {
  const pages = await pagesThatPeopleRead();
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

test("every test that a page names as its proof is there", async () => {
  const pages = await pagesThatPeopleRead();
  const named = pages.flatMap((page) =>
    [...textOf(page).matchAll(/`(tests\/[^`\s*]+)`/g)].map(([, file = ""]) => ({ page, file })),
  );
  expect(named.filter(({ page }) => page === "SECURITY.md").length).toBeGreaterThan(40);
  expect(named.filter(({ page }) => page === "docs/playbooks.md").length).toBeGreaterThan(12);
  expect(named.filter(({ file }) => !existsSync(path.join(ROOT, file)))).toEqual([]);
});
