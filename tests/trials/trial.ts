/** What a trial's test asks at its start and tells at its end. `TRIAL_RUNS` and `TRIAL_SEED` replay or enlarge it. */
import { appendFileSync } from "node:fs";
import { expect } from "vitest";
import { TRIALS, type TrialName } from "./catalogue";

/** What has passed passes again: a new seed is the soak's, and one that fails becomes a fixed test. */
const SEED_OF_CI = 20_261_122;

/** How many this run owes; a soak asks for more. */
export function runsOf(name: TrialName): number {
  return numberOf("TRIAL_RUNS") ?? TRIALS[name].inCi;
}

/** What everything random in this run is drawn from: nothing else may be random. */
export function trialSeed(): number {
  return numberOf("TRIAL_SEED") ?? SEED_OF_CI;
}

function numberOf(variable: string): number | null {
  const text = process.env[variable];
  if (text === undefined || text === "") return null;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`${variable} takes a whole number, not ${text}.`);
}

export interface Tally {
  /** Of the trial's unit. */
  done: number;
  /** Whatever else is worth a number: refusals that were met, blocks, invariants. */
  also?: Record<string, number>;
}

/** Tells what was done, to whoever reads the run and to the scoreboard; fails a run that did less than it owes. */
export function tally(name: TrialName, { done, also = {} }: Tally): void {
  const told = { trial: name, done, seed: trialSeed(), also };
  console.log(`${name}: ${done} ${TRIALS[name].unit} of seed ${told.seed} ${JSON.stringify(also)}`);
  if (process.env.TRIALS_REPORT) appendFileSync(process.env.TRIALS_REPORT, `${JSON.stringify(told)}\n`);
  expect(done).toBeGreaterThanOrEqual(runsOf(name));
}
