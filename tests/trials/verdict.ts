/** What is wrong with a run, in sentences: what failed, and which trial did less than it owes. */
import { stripVTControlCharacters } from "node:util";
import { TRIALS, type Trial } from "./catalogue";
import { counted } from "./command";
import type { Failure, Reports, Told } from "./reports";

/** All that was done of a trial, in however many portions. */
export function doneOf(tallies: readonly Told[], name: string): number {
  return tallies.filter(({ trial }) => trial === name).reduce((sum, { done }) => sum + done, 0);
}

function shortfalls(tallies: readonly Told[]): string[] {
  return Object.entries<Trial>(TRIALS).flatMap(([name, { inCi, unit }]) => {
    const done = doneOf(tallies, name);
    return done >= inCi ? [] : [`${name}: ${counted(done)} of ${counted(inCi)} ${unit}`];
  });
}

/** Where it is, and what it is called. */
const nameOf = ({ file, test }: Failure) => (test === null ? `${file} could not run` : `${file}: ${test}`);

export function faultsOf({ tests, tallies, mutants }: Reports): string[] {
  return [
    ...(tests === null ? ["No test has reported."] : []),
    ...(tests?.failures ?? []).map(nameOf),
    ...shortfalls(tallies),
    ...(mutants ?? []).filter(({ kind }) => kind !== "killed").map(({ mutant, kind }) => `${mutant}: ${kind}`),
  ];
}

/** Characters of a message from its start and from its end: a story that was told says at its end how far it came. */
const [HEAD, TAIL] = [1_000, 2_000];

/** Why each test failed, for whoever has nothing but the end of a run's log. */
export function reasonsOf({ tests }: Reports): string[] {
  return (tests?.failures ?? []).map((failure) => {
    const message = stripVTControlCharacters(failure.message);
    const told = message.length <= HEAD + TAIL ? message : `${message.slice(0, HEAD)}\n…\n${message.slice(-TAIL)}`;
    return `${nameOf(failure)}\n${told}`;
  });
}
