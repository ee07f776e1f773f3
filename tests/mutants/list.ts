/**
 * The mutants: each patch below this folder removes one control of the product, and names the test that must notice.
 * A patch begins with its header, one line a field; git passes over it.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export const ROOT = path.resolve(import.meta.dirname, "../..");
const FOLDER = import.meta.dirname;

const PROJECTS = ["suite", "in process", "convex-test", "local host"] as const;

export interface TestKiller {
  kind: "test";
  project: (typeof PROJECTS)[number];
  file: string;
  /** Part of the test's name, where only some of the file's tests are asked. */
  test: string | null;
}

/** What must notice: a test, or the fuzzer of the contract. */
export type Killer = { kind: "fuzz" } | TestKiller;

export interface Mutant {
  /** Its area and file: `contract/01-withdrawal-paid-twice`. */
  name: string;
  patchFile: string;
  /** The files of the product that the patch changes. */
  changes: string[];
  /** The control that is removed, in words. */
  removes: string;
  /** The threat, in words, that the control stands against. */
  threat: string;
  killers: Killer[];
}

const KILLER = new RegExp(`^(${PROJECTS.join("|")}) (tests/\\S+)(?: -t "(.+)")?$`);

function readKiller(line: string, name: string): Killer {
  if (line === "fuzz") return { kind: "fuzz" };
  const [, project, file, test] = line.match(KILLER) ?? [];
  if (!project || !file)
    throw new Error(`${name}: "Killed by: ${line}" is neither fuzz nor <project> <file> [-t "<test>"]`);
  return { kind: "test", project: project as TestKiller["project"], file, test: test ?? null };
}

function readMutant(name: string): Mutant {
  const patchFile = path.join(FOLDER, `${name}.patch`);
  const text = readFileSync(patchFile, "utf8");
  const header = text.slice(0, text.search(/^(diff --git|---) /m));
  const fields = (title: string) =>
    [...header.matchAll(new RegExp(`^${title}: (.+)$`, "gm"))].map(([, value]) => value as string);
  const only = (title: string) => {
    const [value, ...more] = fields(title);
    if (value === undefined || more.length > 0) throw new Error(`${name} needs one line "${title}: …" before its diff`);
    return value;
  };
  const killers = fields("Killed by").map((line) => readKiller(line, name));
  if (killers.length === 0) throw new Error(`${name} needs a line "Killed by: …" before its diff`);
  const changes = [...text.matchAll(/^--- a\/(\S+)/gm)].map(([, file]) => file as string);
  return { name, patchFile, changes, removes: only("Removes"), threat: only("Threat"), killers };
}

/** All of them, or those whose name holds one of the given parts. */
export function readMutants(parts: string[] = []): Mutant[] {
  return readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".patch"))
    .map((file) =>
      file
        .replace(/\.patch$/, "")
        .split(path.sep)
        .join("/"),
    )
    .filter((name) => parts.length === 0 || parts.some((part) => name.includes(part)))
    .sort()
    .map(readMutant);
}
