/**
 * A process that is killed (SIGKILL) at operations all along its work on its database, and before or after effects on the
 * outside: scheduled functions and crons keep Convex's guarantees, and what was acknowledged stands.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import esbuild from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openEngine } from "../../../src/local/host/engine";
import { deployTo } from "./engineUnderTest";
import { START, sources, type Told } from "./killed/story";

/** Within the project, so that the packages are found. */
const CACHE = path.resolve(".cache");
const LANES = 2;
/** Every so many points are enough each time: the rest of them differ by little. */
const STRIDE = 4;
/** At every so many points, the process that finishes is killed, too. */
const KILLED_AGAIN_EACH = 3;

let folder: string;

beforeAll(async () => {
  mkdirSync(CACHE, { recursive: true });
  folder = mkdtempSync(path.join(CACHE, "killed-"));
  const engine = await openEngine({ databaseFile: path.join(folder, "source.sqlite3") });
  await deployTo(engine, sources);
  writeFileSync(path.join(folder, "deployment.json"), JSON.stringify(engine.deployed));
  await engine.close();
  await esbuild.build({
    entryPoints: [path.join(import.meta.dirname, "killed/process.ts")],
    outfile: path.join(folder, "process.mjs"),
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    plugins: [{ name: "counted SQLite", setup: countSqlite }],
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

function countSqlite(build: esbuild.PluginBuild): void {
  const counting = path.join(import.meta.dirname, "killed/sqlite.ts");
  build.onResolve({ filter: /^@photostructure\/sqlite$/ }, ({ path: real, importer }) =>
    importer === counting ? { path: real, external: true } : { path: counting },
  );
}

interface Run {
  finish: string;
  finishKillPoint: number;
  next: string;
  killPoint: number;
}

/** The lines that the process printed before it ended, and whether it was killed. */
function runProcess(run: Run): Promise<{ lines: unknown[]; isKilled: boolean }> {
  const flags = ["--experimental-vm-modules", "--no-warnings", path.join(folder, "process.mjs"), folder];
  const args = [run.finish, String(run.finishKillPoint), run.next, String(run.killPoint)];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [...flags, ...args], (error, stdout, stderr) => {
      const isKilled = error?.signal === "SIGKILL";
      if (error && !isKilled) return reject(new Error(stderr));
      const lines = stdout.split("\n").filter((line) => line !== "");
      resolve({ lines: lines.map((line) => JSON.parse(line)), isKilled });
    });
  });
}

const at = (name: string, ms: number) => `${name} ${START + ms}`;
const WHOLE = [
  "begun",
  at("soon", 0),
  at("chained", 100),
  at("later", 700),
  at("second", 0),
  at("second", 1_000),
  at("minute", 1_500),
];
const PAID = { paid: at("paid", 0), cron: at("paid minute", 1_500) };
const BEGUN = ["soon", "later", "paid", "cancelled"];

const countOf = (list: string[], wanted: string) => list.filter((each) => each === wanted).length;

function checkFound({ acknowledged, marks, jobs }: Told): void {
  const scheduled = BEGUN.filter((name) => jobs.some((job) => job.startsWith(`${name} `)));
  expect([0, BEGUN.length]).toContain(scheduled.length);
  expect(marks.includes("begun")).toBe(scheduled.length > 0);
  if (acknowledged.includes("begin")) expect(scheduled).toEqual(BEGUN);
  if (acknowledged.includes("cancel")) expect(jobs).toContain("cancelled canceled");
}

/** Returns how many payments the kill has cost. */
function checkLeft({ acknowledged, marks, jobs }: Told): number {
  expect(marks.filter((mark) => !mark.startsWith("paid")).sort()).toEqual([...WHOLE].sort());
  const jobStates = ["cancelled canceled", "chained success", "later success", "soon success"];
  expect(jobs.filter((job) => !job.startsWith("paid ")).sort()).toEqual(jobStates);
  const lost = Object.values(PAID).map((payment) => {
    const [paid, marked] = [countOf(acknowledged, payment), countOf(marks, payment)];
    expect([paid, marked]).toSatisfy(() => marked <= paid && paid <= 1);
    return 1 - marked;
  });
  expect(marks.filter((mark) => mark.startsWith("paid")).every((mark) => Object.values(PAID).includes(mark))).toBe(
    true,
  );
  const [job, ...more] = jobs.filter((state) => state.startsWith("paid "));
  expect([job, more]).toEqual([lost[0] === 0 ? expect.stringMatching(/success|failed/) : "paid failed", []]);
  return (lost[0] ?? 0) + (lost[1] ?? 0);
}

const tally = { points: 0, killedAgain: 0, lostPayments: 0 };

/** Finishes the story that ended at one point, and tells another until the next; whether that point was reached. */
async function runTo(killPoint: number, finish: string): Promise<boolean> {
  const isKilledAgain = finish !== "" && killPoint % KILLED_AGAIN_EACH === 0;
  const whole: Run = { finish, finishKillPoint: 0, next: `point-${killPoint}`, killPoint };
  if (isKilledAgain) {
    const first = { finishKillPoint: 1 + ((killPoint * 7) % 60), next: `${whole.next}-unused`, killPoint: 1 };
    const { lines } = await runProcess({ ...whole, ...first });
    if (lines.length === 0) tally.killedAgain += 1;
  }
  const { lines, isKilled } = await runProcess(whole);
  if (finish !== "") {
    const { found, left } = lines.shift() as { found: Told | null; left: Told };
    if (found) checkFound(found);
    const lost = checkLeft(left);
    expect(lost).toBeLessThanOrEqual(isKilledAgain ? 2 : 1);
    tally.lostPayments += lost;
  }
  expect(lines).toHaveLength(isKilled ? 0 : 1);
  if (isKilled) tally.points += 1;
  return isKilled;
}

test("all that must run once has run once, and the rest at most once", { timeout: 600_000 }, async () => {
  let [nextPoint, goesOn] = [1, true];
  const lane = async () => {
    let previous = "";
    while (goesOn) {
      const point = nextPoint;
      nextPoint += STRIDE;
      if (!(await runTo(point, previous))) goesOn = false;
      if (previous !== "") rmSync(path.join(folder, previous), { recursive: true });
      previous = `point-${point}`;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const { points, killedAgain, lostPayments } = tally;
  console.log(`Killed at ${points} points, ${killedAgain} times twice; "at most once" cost ${lostPayments} payments.`);
  expect(points).toBeGreaterThan(30);
  expect(killedAgain).toBeGreaterThan(5);
  expect(lostPayments).toBeGreaterThan(0);
});
