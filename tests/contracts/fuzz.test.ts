/** The vault stands the fuzzer, which proves itself: it catches mutants of the vault, a few here and many by `npm run mutants`. */
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { fuzz } from "../../src/local/fuzz/run";
import { Copy } from "../mutants/copy";
import { type Mutant, readMutants } from "../mutants/list";

const SEED = 7;
const CLEAN_RUNS = 100;
const RUNS_TO_CATCH = 2_000;
const CAUGHT = [
  "contract/01-withdrawal-paid-twice",
  "contract/05-raise-above-coverage",
  "contract/12-withdrawal-of-locked-money",
];
const TIMEOUT_MS = 180_000;

test(
  "the vault keeps every invariant",
  async () => {
    const outcome = await fuzz({ runs: CLEAN_RUNS, seed: SEED });
    expect(outcome.kind === "broken" ? outcome.breach : "").toBe("");
    // Otherwise it would prove little: what moves money was accepted, and refused, in this very run.
    if (outcome.kind === "held") {
      for (const name of ["help-deposit", "help-withdraw", "help-buy", "help-settle", "help-release", "help-lock"]) {
        expect([name, outcome.accepted.get(name) ?? 0]).not.toEqual([name, 0]);
      }
    }
  },
  TIMEOUT_MS,
);

describe("caught", () => {
  const copy = new Copy();
  afterAll(() => copy.remove());

  test.each(CAUGHT)(
    "%s",
    async (name) => {
      const [mutant] = readMutants([name]) as [Mutant];
      await copy.apply(mutant);
      const vaultFile = path.join(copy.folder, "contracts/liquidity-vault.clar");
      const outcome = await fuzz({ vaultFile, runs: RUNS_TO_CATCH, seed: SEED });
      copy.restore(mutant);
      // Broken by an invariant, not by a copy that does not run.
      expect(outcome.kind === "broken" && outcome.breach).toMatch(/invariant-|runtime error/);
    },
    TIMEOUT_MS,
  );
});
