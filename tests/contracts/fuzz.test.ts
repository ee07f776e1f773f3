/** The vault stands the fuzzer, which proves itself: it catches mutants of the vault, a few here and many by `npm run mutants`. */
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { fuzz } from "../../src/local/fuzz/run";
import { Copy } from "../mutants/copy";
import { type Mutant, readMutants } from "../mutants/list";
import { runsOf, tally, trialSeed } from "../trials/trial";

const RUNS_TO_CATCH = 2_000;
/** Each with a seed that soon comes to it. */
const CAUGHT = [
  ["contract/01-withdrawal-paid-twice", 1],
  ["contract/05-raise-above-coverage", 7],
  ["contract/12-withdrawal-of-locked-money", 5],
] as const;
/** A soak takes as long as it is asked to. */
const HOURS_MS = 100 * 3_600_000;
const TIMEOUT_MS = 180_000;

const MOVE_MONEY = ["help-deposit", "help-withdraw", "help-buy", "help-settle", "help-release", "help-lock"];
const sum = (counts: Map<string, number>) => [...counts.values()].reduce((total, count) => total + count, 0);

test(
  "the vault keeps every invariant",
  async () => {
    const [runs, seed] = [runsOf("contract"), trialSeed()];
    const outcome = await fuzz({ runs, seed });
    if (outcome.kind === "broken") {
      const again = `npm run fuzz -- --runs ${outcome.runs} --seed ${outcome.seed}`;
      expect.fail(`${outcome.breach} in run ${outcome.run} of: ${again}\n${outcome.report}`);
    }
    // Otherwise it would prove little: what moves money was accepted, and refused, in this very run.
    for (const counts of [outcome.accepted, outcome.refused]) {
      expect(MOVE_MONEY.filter((name) => !counts.get(name) && name !== "help-deposit")).toEqual([]);
    }
    const also = { invariants: outcome.invariants, accepted: sum(outcome.accepted), refused: sum(outcome.refused) };
    tally("contract", { done: runs, also });
  },
  HOURS_MS,
);

describe("caught", () => {
  const copy = new Copy();
  afterAll(() => copy.remove());

  test.each(CAUGHT)(
    "%s",
    async (name, seed) => {
      const [mutant] = readMutants([name]) as [Mutant];
      await copy.apply(mutant);
      const vaultFile = path.join(copy.folder, "contracts/liquidity-vault.clar");
      const outcome = await fuzz({ vaultFile, runs: RUNS_TO_CATCH, seed });
      copy.restore(mutant);
      // Broken by an invariant, not by a copy that does not run.
      expect(outcome.kind === "broken" && outcome.breach).toMatch(/invariant-|runtime error/);
    },
    TIMEOUT_MS,
  );
});
