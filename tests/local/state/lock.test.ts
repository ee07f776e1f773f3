/** The state folder's lock: one process at a time, named to the next; one that was killed is in nobody's way. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PROJECT_ROOT, startLocalStack } from "../../../src/local/stack";
import { lockStateFolder, restoredFolder } from "../../../src/local/stateFolder";

let folder: string;
let stateDir: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "bithedge-lock-"));
  stateDir = path.join(folder, "state");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Another process that holds the lock until it is killed. */
async function otherHolder(): Promise<ChildProcess> {
  const module = JSON.stringify(path.join(PROJECT_ROOT, "src/local/stateFolder.ts"));
  const script = `const { lockStateFolder } = await import(${module});
    lockStateFolder(${JSON.stringify(stateDir)}); console.log("locked"); setInterval(() => {}, 1000);`;
  const file = path.join(folder, "holder.mjs");
  writeFileSync(file, script);
  const child = spawn(process.execPath, ["--import", "tsx", file], { cwd: PROJECT_ROOT });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    child.once("exit", (code) => reject(new Error(`the holder ended with ${code}`)));
  });
  return child;
}

test("a second process is refused with the name of the first, until that is gone, even by kill -9", async () => {
  const other = await otherHolder();
  const refusal = new RegExp(`${stateDir} is in use by process ${other.pid} \\(holder\\.mjs, since 20`);
  expect(() => lockStateFolder(stateDir)).toThrow(refusal);
  await expect(startLocalStack({ stateDir, ports: { stacks: 0, convex: 0, convexSite: 0 } })).rejects.toThrow(refusal);
  expect(existsSync(path.join(stateDir, "secrets.json"))).toBe(false);

  const gone = new Promise((resolve) => other.once("exit", resolve));
  other.kill("SIGKILL");
  await gone;
  lockStateFolder(stateDir).release();
});

test("within a process it is one lock too, and released it is free", () => {
  const lock = lockStateFolder(stateDir);
  expect(() => lockStateFolder(stateDir)).toThrow(`process ${process.pid}`);
  lock.release();
  lock.release();
  const next = lockStateFolder(stateDir);
  expect(() => lockStateFolder(stateDir)).toThrow("in use");
  next.release();
});

test("a restore that ended between its two renames is finished by whoever comes next, and never over a state", () => {
  mkdirSync(restoredFolder(stateDir), { recursive: true });
  writeFileSync(path.join(restoredFolder(stateDir), "mark"), "");
  lockStateFolder(stateDir).release();
  expect(existsSync(path.join(stateDir, "mark"))).toBe(true);
  expect(existsSync(restoredFolder(stateDir))).toBe(false);

  renameSync(path.join(stateDir, "mark"), path.join(stateDir, "old"));
  mkdirSync(restoredFolder(stateDir));
  lockStateFolder(stateDir).release();
  expect(existsSync(path.join(stateDir, "old"))).toBe(true);
  expect(existsSync(restoredFolder(stateDir))).toBe(true);
});
