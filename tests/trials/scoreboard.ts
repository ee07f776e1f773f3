/** `npm run scoreboard`: how the product was tried, as a page; and whether all of it was done without a violation. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { orExplain } from "./command";
import { pageOf } from "./page";
import { conditions, FILES, ROOT, readReports } from "./reports";
import { faultsOf, reasonsOf } from "./verdict";

const PAGE = "docs/scoreboard.md";
/** Where a run's reports stay until the next, so that the page can be made again. */
const KEPT = path.join(ROOT, "node_modules/.cache/scoreboard");

const HELP = `npm run scoreboard -- [--reports FOLDER] [--check]

Runs all tests with their trials, then all mutants (half an hour on two cores), and writes ${PAGE}.

  --reports FOLDER  runs nothing, and takes what a run left there: ${Object.values(FILES).join(", ")}
  --check           writes no file: only tells the page
  --help            this text

Exits with 1 where a test failed, a trial did less than it owes, or a mutant stayed alive.`;

interface Options {
  reports: string | null;
  isCheck: boolean;
}

/** null asks for help. */
function readArguments(): Options | null {
  const { values } = parseArgs({
    options: {
      reports: { type: "string" },
      check: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return null;
  if (values.reports !== undefined && !existsSync(values.reports))
    throw new Error(`--reports: no folder ${values.reports}`);
  return { reports: values.reports ?? null, isCheck: values.check };
}

/** What they print is the run's progress. */
function npm(script: string[], env: NodeJS.ProcessEnv = {}): void {
  spawnSync("npm", ["run", ...script], { cwd: ROOT, env: { ...process.env, ...env }, stdio: "inherit" });
}

function runAll(): string {
  rmSync(KEPT, { recursive: true, force: true });
  mkdirSync(KEPT, { recursive: true });
  const [tests, trials, mutants] = [FILES.tests, FILES.trials, FILES.mutants].map((file) => path.join(KEPT, file));
  npm(["test"], { VITEST_JSON: tests, TRIALS_REPORT: trials });
  npm(["mutants", "--", "--json", mutants as string]);
  return KEPT;
}

function scoreboard({ reports: folder, isCheck }: Options): void {
  const reports = readReports(folder ?? runAll());
  const page = pageOf(reports, conditions());
  if (isCheck) console.log(page);
  else writeFileSync(path.join(ROOT, PAGE), page);
  const faults = faultsOf(reports);
  for (const line of [...reasonsOf(reports), ...faults]) console.error(line);
  if (faults.length > 0) process.exitCode = 1;
}

const options = orExplain(HELP, readArguments);
if (options === null) console.log(HELP);
else scoreboard(options);
