/**
 * The trials: what tries this product by chance, how often in each check of the project and in a soak, and where it stands.
 * Whoever adds one adds a row; the soak and the scoreboard follow.
 */
export interface Trial {
  /** What it does, as a reader of the scoreboard sees it. */
  what: string;
  /** What is counted, in the plural. */
  unit: string;
  /** How many in each `npm test`. */
  inCi: number;
  /** How many a full `npm run soak` comes to. */
  inSoak: number;
  /** Vitest's project and file, and the test in it where the file holds others too. */
  project: "suite" | "in process" | "convex-test" | "local host";
  file: string;
  test?: string;
}

export const TRIALS = {
  model: {
    what: "pure model of the market under faults of delivery",
    unit: "steps",
    inCi: 1_000_000,
    inSoak: 1_000_000_000,
    project: "in process",
    file: "tests/domain/trial/steps.test.ts",
  },
  lockstep: {
    what: "model, contract and backend in lockstep",
    unit: "operations",
    inCi: 5_000,
    inSoak: 1_000_000,
    project: "convex-test",
    file: "tests/simulation/lockstep/lockstep.test.ts",
  },
  contract: {
    what: "the contract's invariants under random calls",
    unit: "runs",
    inCi: 2_000,
    inSoak: 1_000_000,
    project: "in process",
    file: "tests/contracts/fuzz.test.ts",
  },
  signatures: {
    what: "attacks on signed withdrawals and signed terms",
    unit: "attacks",
    inCi: 5_000,
    inSoak: 1_000_000,
    project: "in process",
    file: "tests/contracts/signatures.test.ts",
  },
  modelForks: {
    what: "reorganisations of the model's chain",
    unit: "reorganisations",
    inCi: 2_000,
    inSoak: 200_000,
    project: "in process",
    file: "tests/domain/trial/forks.test.ts",
  },
  nodeForks: {
    what: "reorganisations of the node, to depth 300",
    unit: "reorganisations",
    inCi: 200,
    inSoak: 200_000,
    project: "suite",
    file: "tests/local/stacksNode/forks.test.ts",
  },
  inputs: {
    what: "malformed arguments, requests and frames",
    unit: "inputs",
    inCi: 100_000,
    inSoak: 10_000_000,
    project: "local host",
    file: "tests/badInputs/badInputs.test.ts",
  },
  kills: {
    what: "kill -9 in each phase of a transaction",
    unit: "rounds",
    inCi: 40,
    inSoak: 5_000,
    project: "suite",
    file: "tests/faults/kills.test.ts",
  },
  faults: {
    what: "faults between backend, node and prices, each healed to the undisturbed end",
    unit: "faults",
    inCi: 30,
    inSoak: 3_000,
    project: "suite",
    file: "tests/faults/faults.test.ts",
  },
  rounding: {
    what: "cycles that try to live on rounding",
    unit: "cycles",
    inCi: 100_000,
    inSoak: 10_000_000,
    project: "in process",
    file: "tests/domain/market/rounding.test.ts",
    test: "nobody profits in any number of cycles",
  },
  rights: {
    what: "the rights matrix: functions, callers, bad credentials",
    unit: "cells",
    inCi: 1,
    inSoak: 1,
    project: "suite",
    file: "tests/scenarios/rights.test.ts",
  },
} as const satisfies Record<string, Trial>;

export type TrialName = keyof typeof TRIALS;
