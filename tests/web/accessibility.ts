/** Looks at a page as axe does, and at whether it fits its window. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import type { Page } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const ALL: RunOptions = { resultTypes: ["violations"] };

/** Violations that are serious or critical, each with what it was found in. */
export async function violationsOf(page: Page, options: RunOptions = ALL): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const { violations } = (await page.evaluate(
    (given) =>
      (window as unknown as { axe: { run(on: Document, options: unknown): unknown } }).axe.run(document, given),
    options as unknown as Record<string, unknown>,
  )) as AxeResults;
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html, any }) => `${id}: ${html.slice(0, 160)} ${any[0]?.message ?? ""}`));
}

/** How far the page's content reaches beyond its window, px. */
export function overhang(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}
