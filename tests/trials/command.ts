/** What the trials' commands have in common: numbers that are typed, and what is said while they work and at their end. */
import { randomInt } from "node:crypto";
import { TRIALS, type TrialName } from "./catalogue";
import type { Outcome, Portion } from "./portions";

export function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`--${name} takes a whole number, not ${text}.`);
}

export const anySeed = () => randomInt(2 ** 31);

/** A wrong argument is told in a sentence, with the help and without a trace. */
export function orExplain<Read>(help: string, read: () => Read): Read {
  try {
    return read();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${help}`);
    process.exit(1);
  }
}

export const counted = (count: number) => count.toLocaleString("en");

/** A line of progress for each portion. */
export function announce(name: TrialName, runs: number) {
  return (portion: Portion, done: number) => {
    const { unit } = TRIALS[name];
    process.stderr.write(`${name}: ${counted(done)} of ${counted(runs)} ${unit} done, now seed ${portion.seed}\n`);
  };
}

/** Says how a trial ended. @param replay the command that plays a portion again */
export function conclude(name: TrialName, outcome: Outcome, replay: (portion: Portion) => string): boolean {
  if (outcome.kind === "held") {
    console.log(`${name}: ${counted(outcome.done)} ${TRIALS[name].unit}, no violation`);
    return true;
  }
  console.error(outcome.printed);
  console.error(`${name} failed with seed ${outcome.portion.seed}. To see it again: ${replay(outcome.portion)}`);
  return false;
}
