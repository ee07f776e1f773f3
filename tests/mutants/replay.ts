/** `npm run mutants`: removes each control in a copy of the project, and sees whether the tests named beside it notice. */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Copy } from "./copy";
import { Killers, told, type Verdict } from "./killers";
import { type Mutant, readMutants } from "./list";

const HELP = `npm run mutants -- [parts of names…] [--list] [--json FILE]

  Each patch in tests/mutants removes one control of the contract or the backend; the tests that it names must fail
  by it. With parts of names, only the mutants whose name holds one of them.

  --list   only tell what there is
  --json   write the outcome there as well
  --help   this text

Exits with 1 when a mutant stays alive, or its test gave no answer.`;

type Outcome = Verdict & { mutant: string; seconds: number };

async function verdictOn(mutant: Mutant, copy: Copy, killers: Killers): Promise<Verdict> {
  try {
    await copy.apply(mutant);
  } catch (error) {
    return { kind: "unproved", why: `does not apply: ${(error as Error).message.trim().split("\n").at(-1)}` };
  }
  killers.forget(mutant.changes);
  let last: Verdict = { kind: "alive" };
  for (const killer of mutant.killers) {
    last = await killers.ask(killer);
    if (last.kind === "killed") break;
  }
  copy.restore(mutant);
  killers.forget(mutant.changes);
  return last;
}

const shown = (verdict: Verdict) => {
  if (verdict.kind === "killed") return `killed    ${verdict.by}`;
  return verdict.kind === "alive" ? "ALIVE" : `UNPROVED  ${verdict.why}`;
};

/** Written with each outcome: a replay that is cut short has told what it saw. */
async function replay(mutants: Mutant[], jsonFile: string | undefined): Promise<Outcome[]> {
  const copy = new Copy();
  const killers = new Killers(copy.folder);
  const outcomes: Outcome[] = [];
  try {
    for (const [index, mutant] of mutants.entries()) {
      const start = performance.now();
      const verdict = await verdictOn(mutant, copy, killers);
      const seconds = Math.round((performance.now() - start) / 100) / 10;
      outcomes.push({ ...verdict, mutant: mutant.name, seconds });
      if (jsonFile) writeFileSync(jsonFile, `${JSON.stringify(outcomes, null, 2)}\n`);
      console.log(`${index + 1}/${mutants.length}  ${mutant.name}  ${seconds} s  ${shown(verdict)}`);
    }
  } finally {
    await killers.close();
    copy.remove();
  }
  return outcomes;
}

function tell(outcomes: Outcome[]): void {
  const areas = [...new Set(outcomes.map(({ mutant }) => mutant.split("/")[0] as string))];
  console.log("\n| area | mutants | killed | alive | unproved |\n|---|---|---|---|---|");
  for (const area of areas) {
    const own = outcomes.filter(({ mutant }) => mutant.startsWith(`${area}/`));
    const count = (kind: Verdict["kind"]) => own.filter((outcome) => outcome.kind === kind).length;
    console.log(`| ${area} | ${own.length} | ${count("killed")} | ${count("alive")} | ${count("unproved")} |`);
  }
  for (const outcome of outcomes) {
    if (outcome.kind !== "killed") console.error(`\n${outcome.mutant}: ${shown(outcome)}`);
  }
}

function list(mutants: Mutant[]): void {
  for (const { name, removes, threat, killers } of mutants) {
    console.log(`${name}\n  removes ${removes}\n  against ${threat}\n  killed by ${killers.map(told).join(", ")}`);
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: "boolean" },
    json: { type: "string" },
    help: { type: "boolean", short: "h" },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const mutants = readMutants(positionals);
if (mutants.length === 0) {
  console.error(`No mutant is named so.\n\n${HELP}`);
  process.exit(1);
}
if (values.list) {
  list(mutants);
  process.exit(0);
}
const outcomes = await replay(mutants, values.json);
tell(outcomes);
process.exit(outcomes.every(({ kind }) => kind === "killed") ? 0 : 1);
