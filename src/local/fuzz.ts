/**
 * `npm run fuzz`: random calls of the vault, most of which it must refuse, and after each handful the
 * invariants of contracts/liquidity-vault.tests.clar. Exits with 1 when one is broken.
 */
import { randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { fuzz } from "./fuzz/run";

const HELP = `npm run fuzz -- [--runs N] [--seed S] [--vault FILE]

  --runs   how many handfuls of calls, each followed by all invariants (2000)
  --seed   what the calls are drawn from; the same seed draws the same calls (random)
  --vault  another source of the vault (contracts/liquidity-vault.clar)
  --help   this text`;

const RUNS = 2_000;
const RUNS_PER_REPORT = 500;

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (text !== "" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`--${name} takes a whole number, not ${text}`);
}

/** A wrong argument is told in a sentence, without a trace. */
function orExplain<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    process.exit(1);
  }
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      runs: { type: "string" },
      seed: { type: "string" },
      vault: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.vault !== undefined && !existsSync(values.vault)) throw new Error(`--vault: no file ${values.vault}`);
  return {
    help: values.help,
    vault: values.vault,
    runs: values.runs === undefined ? RUNS : wholeNumber("runs", values.runs),
    seed: values.seed === undefined ? randomInt(2 ** 31) : wholeNumber("seed", values.seed),
  };
}

const { help, vault, runs, seed } = orExplain(readArguments);
if (help) {
  console.log(HELP);
  process.exit(0);
}
console.log(`${runs} runs of seed ${seed}`);
const outcome = await fuzz({
  vaultFile: vault,
  runs,
  seed,
  onRun: (run) => {
    if (run % RUNS_PER_REPORT === 0 && run < runs) process.stderr.write(`  ${run} runs\n`);
  },
});
if (outcome.kind === "held") {
  const calls = [...outcome.accepted.values()].reduce((sum, count) => sum + count, 0);
  const refusals = [...outcome.refused.values()].reduce((sum, count) => sum + count, 0);
  console.log(`Every invariant held: ${calls} calls were accepted, ${refusals} refused.`);
} else {
  const file = vault === undefined ? "" : ` --vault ${vault}`;
  console.error(`${outcome.breach}\n${outcome.report}\n`);
  const again = `--runs ${outcome.runs} --seed ${outcome.seed}`;
  console.error(`Broken in run ${outcome.run} of these. To see it again: npm run fuzz -- ${again}${file}`);
  process.exitCode = 1;
}
