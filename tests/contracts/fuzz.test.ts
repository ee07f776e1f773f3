/**
 * The fuzzer proves itself: the vault stands it, and each patch in tests/plantedBugs, which spoils one rule of a copy
 * of the vault, is caught. A patch that no longer applies fails its test.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { fuzz } from "../../src/local/fuzz/run";

const ROOT = path.resolve(import.meta.dirname, "../..");
const PATCHES = path.join(ROOT, "tests/plantedBugs");
const SEED = 7;
const CLEAN_RUNS = 100;
const RUNS_TO_CATCH = 2_000;
const TIMEOUT_MS = 180_000;

const folder = mkdtempSync(path.join(tmpdir(), "planted-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A copy of the vault with the bug, apart from any repository, where `git apply` would pass over the file. */
function planted(patch: string): string {
  const copy = path.join(folder, patch);
  cpSync(path.join(ROOT, "contracts"), path.join(copy, "contracts"), { recursive: true });
  execFileSync("git", ["apply", path.join(PATCHES, patch)], {
    cwd: copy,
    env: { ...process.env, GIT_CEILING_DIRECTORIES: folder, GIT_DIR: path.join(copy, "none") },
    stdio: "pipe",
  });
  return path.join(copy, "contracts/liquidity-vault.clar");
}

test(
  "the vault keeps every invariant",
  async () => {
    const outcome = await fuzz({ runs: CLEAN_RUNS, seed: SEED });
    expect(outcome.kind === "broken" ? outcome.breach : "").toBe("");
    // Otherwise it would prove little: what moves money was accepted, and refused, in this very run.
    if (outcome.kind === "held") {
      for (const name of ["help-deposit", "help-withdraw", "help-buy", "help-settle", "help-release", "help-lock"]) {
        expect([name, outcome.accepted.get(name) ?? 0]).not.toEqual([name, 0]);
      }
    }
  },
  TIMEOUT_MS,
);

const patches = readdirSync(PATCHES).sort();

test("there are bugs to catch", () => {
  expect(patches.length).toBeGreaterThanOrEqual(10);
});

test.each(patches)(
  "caught: %s",
  async (patch) => {
    const outcome = await fuzz({ vaultFile: planted(patch), runs: RUNS_TO_CATCH, seed: SEED });
    expect(outcome.kind).toBe("broken");
    // Broken by an invariant, not by a copy that does not run.
    expect(outcome.kind === "broken" && outcome.breach).toMatch(/invariant-|runtime error/);
  },
  TIMEOUT_MS,
);
