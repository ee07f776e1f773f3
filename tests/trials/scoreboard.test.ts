/** The scoreboard says what a run left behind, and holds it against what each trial owes. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { TRIALS } from "./catalogue";
import { pageOf } from "./page";
import { FILES, ROOT, readReports } from "./reports";
import { faultsOf, reasonsOf } from "./verdict";

const CONDITIONS = { commit: "0123456789", node: "v20.0.0", cores: 2 };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "scoreboard-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const leave = (file: string, text: string) => writeFileSync(path.join(folder, file), text);

/** @param message of each that failed */
function leaveTests(statuses: string[], message = "expected 1 to be 2") {
  const assertionResults = statuses.map((status, n) => {
    return {
      status,
      fullName: `entry ${n} balances`,
      failureMessages: status === "failed" ? [message] : [],
    };
  });
  const name = path.join(ROOT, "tests/domain/ledger.test.ts");
  const result = { name, status: "passed", message: "", assertionResults };
  const broken = { ...result, name: `${name}x`, status: "failed", message: "no such module", assertionResults: [] };
  const testResults = [result, ...(statuses.length === 0 ? [broken] : [])];
  leave(FILES.tests, JSON.stringify({ startTime: 0, testResults }));
}

/** Everything that is owed, but for what is said of single trials. */
function leaveTallies(less: Record<string, number> = {}) {
  const lines = Object.entries(TRIALS).map(([trial, { inCi }]) => {
    return JSON.stringify({ trial, done: less[trial] ?? inCi, seed: 7, also: { refusals: 3 } });
  });
  leave(FILES.trials, `${lines.join("\n")}\n`);
}

test("a run that did all it owes has no fault, and its page has the figures", () => {
  leaveTests(["passed", "passed", "skipped"]);
  leaveTallies();
  leave(FILES.mutants, JSON.stringify([{ mutant: "contract/01-caps", kind: "killed", by: "a test" }]));
  const reports = readReports(folder);
  expect(faultsOf(reports)).toEqual([]);
  const page = pageOf(reports, CONDITIONS);
  expect(page).toContain("**No violation.**");
  expect(page).toContain("| `tests/domain` | 1 | 2 | 0 | 1 |");
  expect(page).toContain("| 5,000 operations | 5,000 | 1,000,000 | 7 | refusals 3 |");
  expect(page).toContain("| contract | 1 | 1 |");
  expect(page).toContain("| withdraw-funds | sBTC |");
});

test("what failed, fell short or stayed alive is named", () => {
  leaveTests(["passed", "failed"]);
  leaveTallies({ lockstep: 4_999, kills: 0 });
  leave(FILES.mutants, JSON.stringify([{ mutant: "prices/02-age", kind: "alive" }]));
  const faults = faultsOf(readReports(folder));
  expect(faults).toEqual([
    "tests/domain/ledger.test.ts: entry 1 balances",
    "lockstep: 4,999 of 5,000 operations",
    "kills: 0 of 40 rounds",
    "prices/02-age: alive",
  ]);
});

test("why a test failed is told, at its start and its end where that is long", () => {
  leaveTests(["passed", "failed"]);
  expect(reasonsOf(readReports(folder))).toEqual(["tests/domain/ledger.test.ts: entry 1 balances\nexpected 1 to be 2"]);
  leaveTests(["failed"], `begun${"-".repeat(10_000)}ended`);
  const [told = ""] = reasonsOf(readReports(folder));
  expect(told).toMatch(/begun-+\n…\n-+ended$/);
  expect(told.length).toBeLessThan(4_000);
  leaveTests([]);
  leaveTallies();
  expect(reasonsOf(readReports(folder))).toEqual(["tests/domain/ledger.test.tsx could not run\nno such module"]);
  expect(faultsOf(readReports(folder))).toEqual(["tests/domain/ledger.test.tsx could not run"]);
});

test("portions of a trial are added up", () => {
  leaveTests(["passed"]);
  leaveTallies({ lockstep: 2_500 });
  const half = JSON.stringify({ trial: "lockstep", done: 2_500, seed: 8, also: { refusals: 4 } });
  leave(
    FILES.trials,
    `${JSON.stringify({ trial: "lockstep", done: 2_500, seed: 7, also: { refusals: 3 } })}\n${half}\n`,
  );
  const page = pageOf(readReports(folder), CONDITIONS);
  expect(page).toContain("| 5,000 operations | 5,000 | 1,000,000 | 7, 8 | refusals 7 |");
});

test("a run that left nothing is none", () => {
  expect(faultsOf(readReports(folder))).toContain("No test has reported.");
});
