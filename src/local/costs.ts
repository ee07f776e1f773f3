/** `npm run costs`: what each public function of the vault costs on the Clarity VM. */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { measureCosts } from "./costs/measure";
import { terminalTable, withGeneratedPart } from "./costs/report";
import { PROJECT_ROOT } from "./stack";

const HELP = `npm run costs [-- options]

Measures every public function of the vault, for both tokens where it makes a difference, and prints a table.

  --json    prints JSON instead
  --write   writes the baseline that the tests compare with, and the tables of docs/costs.md, again
  --help    prints this`;

const BASELINE = path.join(PROJECT_ROOT, "tests/fixtures/costs.json");
const DOCUMENT = path.join(PROJECT_ROOT, "docs/costs.md");

const OPTIONS = { json: { type: "boolean" }, write: { type: "boolean" }, help: { type: "boolean" } } as const;

async function report({ json, write }: { json?: boolean; write?: boolean }): Promise<void> {
  const rows = await measureCosts(PROJECT_ROOT);
  const baseline = `${JSON.stringify(rows, null, 2)}\n`;
  if (write) {
    await writeFile(DOCUMENT, withGeneratedPart(await readFile(DOCUMENT, "utf8"), rows));
    await writeFile(BASELINE, baseline);
  }
  console.log(json ? baseline : terminalTable(rows));
}

try {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) console.log(HELP);
  else await report(values);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
