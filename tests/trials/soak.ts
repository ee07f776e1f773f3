/** `npm run soak`: the trials for hours, with seeds that nobody has seen. */
import { parseArgs } from "node:util";
import { TRIALS, type Trial, type TrialName } from "./catalogue";
import { announce, anySeed, conclude, counted, orExplain, wholeNumber } from "./command";
import { playPortions } from "./portions";

const list = Object.entries<Trial>(TRIALS).map(([name, { what, unit, inSoak }]) => {
  return `  ${name.padEnd(12)}${what}: ${counted(inSoak)} ${unit}`;
});

const HELP = `npm run soak -- [trials] [options]

Plays the trials of \`npm test\` for longer, in portions, each with a seed of its own. Without names it plays all, each as
often as stands here, which takes days:

${list.join("\n")}

  --minutes M    no portion of a trial begins after so many minutes of it (no limit)
  --runs N       how many of each trial's unit, in place of the above
  --seed S       the first portion's seed; the next has the one after it (random)
  --report FILE  adds a line of JSON for each portion to a file, for \`npm run scoreboard\`
  --help         this text

Stops at the first failure, says how to see it again, and exits with 1.`;

const MINUTE_MS = 60_000;

interface Soak {
  names: TrialName[];
  minutes: number;
  runs: number | null;
  seed: number;
  report: string | null;
}

/** null asks for help. */
function readArguments(): Soak | null {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      minutes: { type: "string" },
      runs: { type: "string" },
      seed: { type: "string" },
      report: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return null;
  const known = Object.keys(TRIALS);
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`There is no trial called ${unknown}; there are ${known.join(", ")}.`);
  return {
    names: (positionals.length === 0 ? known : positionals) as TrialName[],
    minutes: values.minutes === undefined ? Number.POSITIVE_INFINITY : wholeNumber("minutes", values.minutes),
    runs: values.runs === undefined ? null : wholeNumber("runs", values.runs),
    seed: values.seed === undefined ? anySeed() : wholeNumber("seed", values.seed),
    report: values.report ?? null,
  };
}

async function soak({ names, minutes, seed, report, ...asked }: Soak): Promise<boolean> {
  for (const name of names) {
    const runs = asked.runs ?? TRIALS[name].inSoak;
    const until = performance.now() + minutes * MINUTE_MS;
    const outcome = await playPortions(name, { runs, seed, until, report, onPortion: announce(name, runs) });
    const held = conclude(name, outcome, (portion) => {
      return `npm run soak -- ${name} --seed ${portion.seed} --runs ${portion.runs}`;
    });
    if (!held) return false;
  }
  return true;
}

const wish = orExplain(HELP, readArguments);
if (wish === null) console.log(HELP);
else if (!(await soak(wish))) process.exitCode = 1;
