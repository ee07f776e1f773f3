import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const jsonReport = process.env.VITEST_JSON;

const TESTS = ["tests/**/*.test.{ts,tsx}"];
/** The backend's functions are tested once on each engine that can run them. */
const BACKEND_TESTS = ["tests/convex/**/*.test.ts", "tests/simulation/**/*.test.ts"];
/** Stories of whole markets, which ask the engine for nothing that the lockstep does not ask of both. */
const TOLD_ONCE = ["tests/simulation/**/stories.test.ts", "tests/simulation/market/**"];
/** These ask what a push leaves, on the host's own engine alone. */
const PUSHED_TESTS = ["tests/badInputs/**/*.test.ts"];
/** These replace modules, which a process that has them already would not notice, and keep for the files after. */
const ALONE_TESTS = ["tests/**/*.alone.test.{ts,tsx}"];
/** These keep to their process and leave nothing in it. */
const IN_PROCESS_TESTS = ["architecture", "attacks", "conformance", "contracts", "domain", "stacks", "watcher"].map(
  (folder) => `tests/${folder}/**/*.test.ts`,
);

/** What a run begins with: the first lasts longest, the second wait more than they work, and the third keep a core busy for long. */
const FIRST = [
  /\/tests\/simulation\/lockstep\/lockstep\./,
  /\/tests\/(scenarios|web\/journeys|faults)\//,
  /\/tests\/(badInputs|simulation\/lockstep|domain\/trial|contracts\/(fuzz|signatures)\.)/,
];

/**
 * So that the run does not end with one file that all else has left alone, nor with cores that wait. Otherwise by project,
 * for a process lives on only while what comes next is of its project.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    const sorted = await super.sort(files);
    const names = [...new Set(sorted.map(({ project }) => project.name))];
    const rankOf = ({ moduleId, project }: TestSpecification) => {
      const first = FIRST.findIndex((pattern) => pattern.test(moduleId));
      return (first < 0 ? FIRST.length : first) * names.length + names.indexOf(project.name);
    };
    return sorted.sort((one, other) => rankOf(one) - rankOf(other));
  }
}

/** One process loads the contract's VM, the backend or the page once for all of its files: half of the time goes there otherwise. */
const SHARED_PROCESS = { isolate: false, setupFiles: ["tests/engines/untouched.ts"] };

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "suite",
          include: TESTS,
          exclude: [...BACKEND_TESTS, ...PUSHED_TESTS, ...ALONE_TESTS, ...IN_PROCESS_TESTS],
          globalSetup: "tests/engines/prepared.ts",
          isolate: false,
          setupFiles: ["tests/engines/heldVm.ts", ...SHARED_PROCESS.setupFiles],
        },
      },
      { extends: true, test: { name: "alone", include: ALONE_TESTS, globalSetup: "tests/engines/prepared.ts" } },
      { extends: true, test: { name: "in process", include: IN_PROCESS_TESTS, ...SHARED_PROCESS } },
      {
        extends: true,
        test: { name: "convex-test", include: BACKEND_TESTS, provide: { engine: "convex-test" }, ...SHARED_PROCESS },
      },
      {
        extends: true,
        test: {
          name: "local host",
          include: [...BACKEND_TESTS, ...PUSHED_TESTS],
          exclude: TOLD_ONCE,
          provide: { engine: "local host" },
          globalSetup: "tests/engines/prepared.ts",
          isolate: false,
          setupFiles: [...SHARED_PROCESS.setupFiles, "tests/engines/pushing.ts"],
        },
      },
    ],
    pool: "forks",
    // The local host evaluates pushed modules in a node:vm context of their own.
    execArgv: ["--experimental-vm-modules", "--no-warnings"],
    // Twice the two cores that it is measured on: whoever plays a story waits for blocks half of the time.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    // For what hangs. A busy machine is no failure.
    testTimeout: 300_000,
    hookTimeout: 600_000,
    reporters: jsonReport ? ["default", "json"] : ["default"],
    ...(jsonReport ? { outputFile: { json: jsonReport } } : {}),
  },
});
