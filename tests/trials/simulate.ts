/** `npm run simulate`: the lockstep of model, contract and backend, from a seed. */
import { parseArgs } from "node:util";
import { TRIALS } from "./catalogue";
import { announce, anySeed, conclude, orExplain, wholeNumber } from "./command";
import { playPortions } from "./portions";

const HELP = `npm run simulate -- [--seed S] [--steps N]

Providers, buyers, prices, operators and time at random, against a small independent model, the vault's contract and the
backend's functions; every invariant is checked after each step. A failure is made as small as it can be and told with the
acts that are left. Exits with 1 when one is found.

  --seed   what everything is drawn from; the same seed plays the same (random)
  --steps  how many operations; above ${TRIALS.lockstep.inCi} they are played in portions, each with the next seed (${TRIALS.lockstep.inCi})
  --help   this text`;

function readArguments() {
  const { values } = parseArgs({
    options: { seed: { type: "string" }, steps: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  return {
    isHelp: values.help === true,
    seed: values.seed === undefined ? anySeed() : wholeNumber("seed", values.seed),
    runs: values.steps === undefined ? TRIALS.lockstep.inCi : wholeNumber("steps", values.steps),
  };
}

const { isHelp, seed, runs } = orExplain(HELP, readArguments);
if (isHelp) console.log(HELP);
else {
  const onPortion = announce("lockstep", runs);
  const outcome = await playPortions("lockstep", {
    runs,
    seed,
    until: Number.POSITIVE_INFINITY,
    report: null,
    onPortion,
  });
  const held = conclude("lockstep", outcome, (portion) => {
    return `npm run simulate -- --seed ${portion.seed} --steps ${portion.runs}`;
  });
  if (!held) process.exitCode = 1;
}
