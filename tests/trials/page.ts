/** The scoreboard as a Markdown page: how the product was tried, and what came of it. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { mutantsAgainst, THREATS } from "../attacks/threats";
import { ROWS } from "../faults/rows";
import { readMutants } from "../mutants/list";
import { INVARIANTS } from "../simulation/invariants";
import { TRIALS, type Trial } from "./catalogue";
import { counted } from "./command";
import { type FolderOfTests, type MutantResult, type Reports, ROOT, type Told } from "./reports";
import { doneOf, faultsOf } from "./verdict";

interface Conditions {
  commit: string;
  node: string;
  cores: number;
}

type Cells = (string | number)[];

const shown = (cell: string | number) => (typeof cell === "number" ? counted(cell) : cell.replaceAll("|", "\\|"));

function table(header: string[], rows: Cells[]): string {
  const lines = [header, header.map(() => "---"), ...rows.map((row) => row.map(shown))];
  return lines.map((line) => `| ${line.join(" | ")} |`).join("\n");
}

const sumOf = (folders: FolderOfTests[], field: "files" | "passed" | "failed" | "skipped") =>
  folders.reduce((sum, row) => sum + row[field], 0);

function testsTable(folders: FolderOfTests[]): string {
  const cells = ({ files, passed, failed, skipped }: Omit<FolderOfTests, "folder">) => [files, passed, failed, skipped];
  const all = {
    files: sumOf(folders, "files"),
    passed: sumOf(folders, "passed"),
    failed: sumOf(folders, "failed"),
    skipped: sumOf(folders, "skipped"),
  };
  const rows = folders.map((row) => [`\`tests/${row.folder}\``, ...cells(row)]);
  return table(["tests of", "files", "passed", "failed", "skipped"], [...rows, ["all", ...cells(all)]]);
}

/** What was counted beside, summed over the portions of a trial. */
function besides(tallies: Told[], name: string): string {
  const sums = new Map<string, number>();
  for (const { trial, also } of tallies) {
    if (trial !== name) continue;
    for (const [what, count] of Object.entries(also)) sums.set(what, (sums.get(what) ?? 0) + count);
  }
  return [...sums].map(([what, count]) => `${what} ${counted(count)}`).join(", ");
}

const seedsOf = (tallies: Told[], name: string) =>
  [...new Set(tallies.filter(({ trial }) => trial === name).map(({ seed }) => String(seed)))].join(", ");

function trialsTable(tallies: Told[]): string {
  const rows = Object.entries<Trial>(TRIALS).map(([name, { what, unit, inCi, inSoak }]) => {
    const done = `${counted(doneOf(tallies, name))} ${unit}`;
    return [name, what, done, counted(inCi), counted(inSoak), seedsOf(tallies, name), besides(tallies, name)];
  });
  return table(["trial", "what", "done", "in each check", "in a full soak", "seed", "among them"], rows);
}

function mutantsTable(mutants: MutantResult[]): string {
  const areas = [...new Set(mutants.map(({ mutant }) => mutant.split("/")[0] ?? ""))];
  const rows = areas.map((area) => {
    const own = mutants.filter(({ mutant }) => mutant.startsWith(`${area}/`));
    return [area, own.length, own.filter(({ kind }) => kind === "killed").length];
  });
  const killed = mutants.filter(({ kind }) => kind === "killed").length;
  return table(["controls of", "removed", "noticed"], [...rows, ["all", mutants.length, killed]]);
}

/** With the results of a replay also how many of its mutants were noticed. */
function threatsTable(results: MutantResult[] | null): string {
  const all = readMutants();
  const killed = new Set((results ?? []).filter(({ kind }) => kind === "killed").map(({ mutant }) => mutant));
  const rows = THREATS.map((threat) => {
    const mutants = mutantsAgainst(threat, all);
    const noticed = results === null ? "" : mutants.filter(({ name }) => killed.has(name)).length;
    return [threat.threat, threat.controls.length, threat.proofs.length, mutants.length, noticed];
  });
  return table(["threat", "controls", "test files", "mutants", "noticed"], rows);
}

const invariantsTable = () =>
  table(
    ["", "invariant"],
    INVARIANTS.map(({ number, says }) => [number, says]),
  );

const faultsTable = () =>
  table(
    ["fault", "what must come of it", "shown by"],
    ROWS.map(({ fault, outcome, shown }) => [fault, outcome, shown.length]),
  );

const read = (file: string) => readFileSync(path.join(ROOT, file), "utf8");

interface Cost {
  call: string;
  token: string | null;
  runtime: number;
  reads: number;
  writes: number;
}

function costsTable(): string {
  const costs = JSON.parse(read("tests/fixtures/costs.json")) as Cost[];
  const rows = costs.map(({ call, token, reads, writes, runtime }) => [call, token ?? "", reads, writes, runtime]);
  return table(["call of the vault", "token", "reads", "writes", "runtime"], rows);
}

interface Ratio {
  name: string;
  value: number;
  spread: { low: number; high: number };
  aim: { kind: "most" | "least"; value: number } | null;
  met: boolean;
  commit: string;
}

const rounded = (value: number) =>
  Math.abs(value) < 100 ? String(Number(value.toPrecision(2))) : counted(Math.round(value));

function ratiosTable(): string {
  const { figures } = JSON.parse(read("docs/bench.json")) as { figures: Ratio[] };
  const rows = figures.map(({ name, value, spread, aim, met, commit }) => {
    const aimed = aim === null ? "" : `${aim.kind === "most" ? "≤" : "≥"} ${counted(aim.value)}`;
    const verdict = aim === null ? "" : met ? "met" : "missed";
    return [
      name,
      rounded(value),
      `${rounded(spread.low)} – ${rounded(spread.high)}`,
      aimed,
      verdict,
      commit.slice(0, 10),
    ];
  });
  return table(["figure", "ratio", "spread", "aim", "", "commit"], rows);
}

const section = (heading: string, ...parts: string[]) => [`## ${heading}`, ...parts].join("\n\n");

export function pageOf(reports: Reports, { commit, node, cores }: Conditions): string {
  const { tests, tallies, mutants } = reports;
  const faults = faultsOf(reports);
  const at = tests?.startedAt.toISOString().slice(0, 10) ?? "never";
  return `${[
    "# Scoreboard",
    `Made by \`npm run scoreboard\` of commit ${commit}, ${at}, Node ${node}, ${cores} cores. \`npm run soak\` plays the trials for longer.`,
    faults.length === 0
      ? "**No violation.**"
      : `**Not as it should be:**\n\n${faults.map((fault) => `- ${fault}`).join("\n")}`,
    section("Tests", tests === null ? "None reported." : testsTable(tests.folders)),
    section("Trials", "What tries the product by chance. The same seed plays the same.", trialsTable(tallies)),
    section(
      "Mutants",
      "Each removes one control of the contract or the backend; a test must notice (`npm run mutants`).",
      mutants === null ? "Not replayed with this run." : mutantsTable(mutants),
    ),
    section("Threats", "[SECURITY.md](../SECURITY.md) tells of each.", threatsTable(mutants)),
    section("Faults", "Each healed to the undisturbed end; `tests/faults/rows.ts` names the tests.", faultsTable()),
    section("Invariants", "Checked after each operation of the lockstep.", invariantsTable()),
    section(
      "Ratios",
      "Timings, each of two things measured in one run; [docs/bench.md](bench.md) explains them.",
      ratiosTable(),
    ),
    section("Costs", "Of each call on-chain; [docs/costs.md](costs.md) tells more.", costsTable()),
  ].join("\n\n")}\n`;
}
