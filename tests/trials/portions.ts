/** Plays a trial for as long as it is asked to: portions of the size that every check plays, each with a seed of its own. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { TRIALS, type Trial, type TrialName } from "./catalogue";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const VITEST = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));

export interface Portion {
  seed: number;
  runs: number;
}

export interface Wish {
  /** Of the trial's unit, in all portions together. */
  runs: number;
  /** The first portion's; each further one has the next. */
  seed: number;
  /** When no portion begins any more, by `performance.now()`. */
  until: number;
  /** A file that every portion adds its tally to. */
  report: string | null;
  onPortion?: (portion: Portion, doneBefore: number) => void;
}

export type Outcome = { kind: "held"; done: number } | { kind: "broken"; portion: Portion; printed: string };

/** @return what was printed of a portion that failed, or null */
type Play = (name: TrialName, portion: Portion, report: string | null) => Promise<string | null>;

const playWithVitest: Play = (name, { seed, runs }, report) => {
  const { project, file, test }: Trial = TRIALS[name];
  const only = test === undefined ? [] : ["-t", test];
  const child = spawn(process.execPath, [VITEST, "run", "--project", project, file, ...only], {
    cwd: ROOT,
    env: {
      ...process.env,
      TRIAL_RUNS: String(runs),
      TRIAL_SEED: String(seed),
      TRIALS_REPORT: report ?? "",
      VITEST_JSON: "",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code === 0 ? null : printed));
  });
};

/** Ends with the first portion that fails. */
export async function playPortions(name: TrialName, wish: Wish, play: Play = playWithVitest): Promise<Outcome> {
  const most = TRIALS[name].inCi;
  let done = 0;
  for (let seed = wish.seed; done < wish.runs && performance.now() < wish.until; seed += 1) {
    const portion = { seed, runs: Math.min(most, wish.runs - done) };
    wish.onPortion?.(portion, done);
    const printed = await play(name, portion, wish.report);
    if (printed !== null) return { kind: "broken", portion, printed };
    done += portion.runs;
  }
  return { kind: "held", done };
}
