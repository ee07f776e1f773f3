/** `npm run bench`: how fast the local host and the local node are, as ratios within one run. */
import { existsSync, rmSync } from "node:fs";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { BenchChain } from "./bench/benchChain";
import type { Figure } from "./bench/figure";
import { type Conditions, MEASUREMENTS, type Measurement } from "./bench/measurements";
import { helpText, type Options, readOptions } from "./bench/options";
import { conditionsNow, jsonOf, withRows } from "./bench/record";
import { aligned, terminalTable, withFigures, withSomeFigures, withTable } from "./bench/report";

const DOCUMENT = fileURLToPath(new URL("../../docs/bench.md", import.meta.url));
const RECORD = fileURLToPath(new URL("../../docs/bench.json", import.meta.url));
const startedAt = performance.now();

/** Results go to standard output, everything else here. */
function say(text: string): void {
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
  process.stderr.write(`${seconds.padStart(5)} s  ${text}\n`);
}

interface Found {
  figures: Figure[];
  /** Lines of cells, by the name of the table. */
  tables: Map<string, string[][]>;
}

/** What can't be measured is told, and keeps nothing else from being measured. */
async function measureAll({ names, scale }: Options, folder: string): Promise<Found> {
  const { Databases } = await import("./bench/databases");
  const databases = new Databases(folder);
  let chain: Promise<BenchChain> | undefined;
  const openChain = async () => (await import("./bench/benchChain")).BenchChain.open(path.join(folder, "chain"));
  const figures: Figure[] = [];
  const tables: Found["tables"] = new Map();
  for (const name of names) {
    const { what, seconds, run } = MEASUREMENTS[name] as Measurement;
    say(`${name}: ${what}`);
    const until = performance.now() + 1_000 * seconds * Math.min(1, scale) * 2;
    const size = (usual: number, least: number) => Math.max(least, Math.round(usual * scale));
    const isLate = () => performance.now() > until;
    const progress = (step: string) => say(`${name}: ${step}`);
    const conditions: Conditions = {
      databases,
      chain() {
        chain ??= openChain();
        return chain;
      },
      size,
      isLate,
      progress,
      table: (title, lines) => void tables.set(title, lines),
    };
    try {
      const found = await run(conditions);
      say(`${name}: measured\n${terminalTable(found)}`);
      figures.push(...found);
    } catch (error) {
      say(`${name} could not be measured: ${error instanceof Error ? error.stack : error}`);
      process.exitCode = 1;
    }
  }
  await (await chain?.catch(() => null))?.close();
  return { figures, tables };
}

async function bench(options: Options): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "bithedge-bench-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
  const { figures, tables } = await measureAll(options, folder);
  console.log([terminalTable(figures), ...[...tables.values()].map(aligned)].join("\n\n"));
  const record = jsonOf(figures, tables, conditionsNow());
  if (options.jsonFile !== null) await writeFile(options.jsonFile, withRows(null, record));
  if (!options.write) return;
  if (process.exitCode) return say("docs/bench.md stays as it was, because not everything was measured.");
  await writeFile(DOCUMENT, documentWith(await readFile(DOCUMENT, "utf8"), options, { figures, tables }));
  const isSome = options.names.length < Object.keys(MEASUREMENTS).length && existsSync(RECORD);
  await writeFile(RECORD, withRows(isSome ? await readFile(RECORD, "utf8") : null, record));
}

function documentWith(document: string, { names }: Options, { figures, tables }: Found): string {
  const isAll = names.length === Object.keys(MEASUREMENTS).length;
  let written = isAll ? withFigures(document, figures) : withSomeFigures(document, figures);
  for (const [title, lines] of tables) written = withTable(written, title, lines);
  return written;
}

function readOptionsOrExplain(): Options | null {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${helpText()}`);
    process.exit(1);
  }
}

const options = readOptionsOrExplain();
if (options === null) console.log(helpText());
else await bench(options);
