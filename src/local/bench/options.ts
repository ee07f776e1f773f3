/** What `npm run bench` is asked to do. */
import { parseArgs } from "node:util";
import { MEASUREMENTS } from "./measurements";

export interface Options {
  /** Of MEASUREMENTS, in its order. */
  names: string[];
  /** What all sizes are multiplied with. */
  scale: number;
  jsonFile: string | null;
  write: boolean;
}

const QUICK_SCALE = 0.1;

export function helpText(): string {
  const list = Object.entries(MEASUREMENTS).map(([name, { what, seconds }]) => {
    return `  ${name.padEnd(16)}${what} (about ${seconds} s)`;
  });
  return `npm run bench -- [names] [options]

Measures the local Convex host and the local Stacks node, in ratios of things measured side by side, and prints each with
its aim. A missed aim is no error: timings on a busy machine are not a test. Without names it measures everything:

${list.join("\n")}

  --quick      a tenth of the documents, calls and rounds: under two minutes on a machine that does nothing else
  --scale F    the same with another factor: 1 is the usual size, --quick is ${QUICK_SCALE}
  --json FILE  also writes what was measured to a file
  --write      also writes the tables of docs/bench.md again and docs/bench.json beside them, with names only their rows;
               only in the usual size
  --help       prints this`;
}

/** null asks for help. @throws Error with a sentence that says what is wrong */
export function readOptions(args: string[]): Options | null {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      scale: { type: "string" },
      json: { type: "string" },
      write: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return null;
  const all = Object.keys(MEASUREMENTS);
  const unknown = positionals.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Error(`There is no measurement called ${unknown}; there are ${all.join(", ")}.`);
  if (values.quick && values.scale !== undefined) throw new Error("--quick and --scale exclude each other.");
  const scale = values.quick ? QUICK_SCALE : scaleOf(values.scale ?? "1");
  if (values.write && scale !== 1) throw new Error("--write needs the usual size: leave --quick and --scale out.");
  const names = positionals.length === 0 ? all : all.filter((name) => positionals.includes(name));
  return { names, scale, jsonFile: values.json ?? null, write: values.write };
}

function scaleOf(text: string): number {
  const scale = Number(text);
  if (text.trim() !== "" && scale > 0 && scale <= 10) return scale;
  throw new Error(`--scale takes a number above 0 and up to 10, not ${text}.`);
}
