/** What is wrong with a run, in sentences: what failed, and which trial did less than it owes. */
import { TRIALS, type Trial } from "./catalogue";
import { counted } from "./command";
import type { Reports, Told } from "./reports";

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

export function faultsOf({ tests, tallies, mutants }: Reports): string[] {
  const failed = (tests?.folders ?? []).filter((row) => row.failed > 0);
  return [
    ...(tests === null ? ["No test has reported."] : []),
    ...failed.map((row) => `tests/${row.folder}: ${row.failed} failed`),
    ...shortfalls(tallies),
    ...(mutants ?? []).filter(({ kind }) => kind !== "killed").map(({ mutant, kind }) => `${mutant}: ${kind}`),
  ];
}
