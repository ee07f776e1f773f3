/** What `npm start` reads from its environment: what is wrong is told in a sentence, before anything runs or is written. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";

const stateDir = path.join(tmpdir(), `bithedge-never-${process.pid}`);

function start(environment: Record<string, string>, ...args: string[]) {
  const env = { ...process.env, LOCAL_STATE_DIR: stateDir, ...environment };
  return spawnSync(process.execPath, ["--import", "tsx", "src/local/start.ts", ...args], { env, encoding: "utf8" });
}

test.each([
  [{ BLOCK_INTERVAL_MS: "soon" }, "BLOCK_INTERVAL_MS must be a whole number"],
  [{ WEB_PORT: "70000" }, "WEB_PORT must be a whole number"],
  [{ STACKS_HOOK_URL: "there", STACKS_HOOK_SECRET: "s" }, "STACKS_HOOK_URL is no URL"],
  [{ STACKS_HOOK_URL: "http://127.0.0.1:1/" }, "STACKS_HOOK_URL needs STACKS_HOOK_SECRET"],
])("%o", (environment, sentence) => {
  const { status, stderr } = start(environment);
  expect([status, stderr.trim().split("\n").length]).toEqual([1, 1]);
  expect(stderr).toContain(sentence);
  expect(existsSync(stateDir)).toBe(false);
});

test("--help names every variable", () => {
  const { status, stdout } = start({}, "--help");
  expect(status).toBe(0);
  for (const name of ["STACKS_API_PORT", "LOCAL_STATE_DIR", "STACKS_HOOK_SECRET", "STACKS_CONTROL"]) {
    expect(stdout).toContain(name);
  }
  expect(existsSync(stateDir)).toBe(false);
});
