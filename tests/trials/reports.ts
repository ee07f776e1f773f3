/** What a run of the tests, the trials and the mutants leaves behind for the scoreboard: files of one folder. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { TrialName } from "./catalogue";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** By what they hold. */
export const FILES = { tests: "tests.json", trials: "trials.jsonl", mutants: "mutants.json" } as const;

const TestsShape = z.object({
  startTime: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      /** Why the file could not run. */
      message: z.string(),
      assertionResults: z.array(
        z.object({ status: z.string(), fullName: z.string(), failureMessages: z.array(z.string()) }),
      ),
    }),
  ),
});

const TallyShape = z.object({
  trial: z.string().transform((name) => name as TrialName),
  done: z.number(),
  seed: z.number(),
  also: z.record(z.string(), z.number()),
});

const MutantsShape = z.array(z.object({ mutant: z.string(), kind: z.enum(["killed", "alive", "unproved"]) }));

export type Told = z.infer<typeof TallyShape>;
export type MutantResult = z.infer<typeof MutantsShape>[number];

export interface FolderOfTests {
  folder: string;
  files: number;
  passed: number;
  failed: number;
  skipped: number;
}

export interface Failure {
  /** From the project's folder. */
  file: string;
  /** Null: the file itself could not run. */
  test: string | null;
  message: string;
}

export interface Reports {
  /** Null: no test has reported. */
  tests: { startedAt: Date; folders: FolderOfTests[]; failures: Failure[] } | null;
  tallies: Told[];
  /** Null: the mutants were not replayed. */
  mutants: MutantResult[] | null;
}

function textOf(folder: string, file: string): string | null {
  const name = path.join(folder, file);
  return existsSync(name) ? readFileSync(name, "utf8") : null;
}

/** Counts by the first folder below tests/. A file that could not run counts as one failure. */
function foldersOf(results: z.infer<typeof TestsShape>["testResults"]): FolderOfTests[] {
  const folders = new Map<string, FolderOfTests>();
  for (const { name, status, assertionResults } of results) {
    const folder = path.relative(path.join(ROOT, "tests"), name).split(path.sep)[0] ?? "";
    const row = folders.get(folder) ?? { folder, files: 0, passed: 0, failed: 0, skipped: 0 };
    const count = (...statuses: string[]) =>
      assertionResults.filter((result) => statuses.includes(result.status)).length;
    const failed = count("failed");
    row.files += 1;
    row.passed += count("passed");
    row.failed += failed || Number(status === "failed");
    row.skipped += count("skipped", "pending", "todo", "disabled");
    folders.set(folder, row);
  }
  return [...folders.values()].sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

function failuresOf(results: z.infer<typeof TestsShape>["testResults"]): Failure[] {
  return results.flatMap(({ name, status, message, assertionResults }): Failure[] => {
    const file = path.relative(ROOT, name);
    const failed = assertionResults.filter((result) => result.status === "failed");
    if (failed.length === 0) return status === "failed" ? [{ file, test: null, message }] : [];
    return failed.map(({ fullName, failureMessages }) => {
      return { file, test: fullName, message: failureMessages.join("\n") };
    });
  });
}

export function readReports(folder: string): Reports {
  const [tests, trials, mutants] = [FILES.tests, FILES.trials, FILES.mutants].map((file) => textOf(folder, file));
  const told = tests ? TestsShape.parse(JSON.parse(tests)) : null;
  return {
    tests: told && {
      startedAt: new Date(told.startTime),
      folders: foldersOf(told.testResults),
      failures: failuresOf(told.testResults),
    },
    tallies: (trials ?? "")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => TallyShape.parse(JSON.parse(line))),
    mutants: mutants ? MutantsShape.parse(JSON.parse(mutants)) : null,
  };
}

const git = (...args: string[]) => execFileSync("git", args, { cwd: ROOT, encoding: "utf8", stdio: "pipe" }).trim();

function commitOf(): string {
  try {
    const changed = git("status", "--porcelain", "--untracked-files=no") !== "";
    return `${git("rev-parse", "--short=10", "HEAD")}${changed ? " with changes" : ""}`;
  } catch {
    return "unknown, outside of git";
  }
}

/** The commit that is tried, and on what. */
export const conditions = () => ({ commit: commitOf(), node: process.version, cores: availableParallelism() });
