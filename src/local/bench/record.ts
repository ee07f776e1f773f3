/** What the bench found, for programs: docs/bench.json. Each figure says of which commit and machine it is. */
import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { z } from "zod";
import { PROJECT_ROOT } from "../stack";
import { type Figure, isMet } from "./figure";

export interface MeasuredOn {
  commit: string;
  /** ISO 8601, to the day. */
  date: string;
  node: string;
  cores: number;
}

const record = z.object({
  figures: z.array(z.looseObject({ name: z.string() })),
  tables: z.record(z.string(), z.array(z.array(z.string()))),
});
type Recorded = z.infer<typeof record>;

/** A figure of changed files says so. */
function commitOf(): string {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: PROJECT_ROOT, encoding: "utf8" }).trim();
  try {
    const isChanged = git("status", "--porcelain", "--untracked-files=no") !== "";
    return `${git("rev-parse", "--short=12", "HEAD")}${isChanged ? ", changed" : ""}`;
  } catch {
    return "unknown";
  }
}

export function conditionsNow(): MeasuredOn {
  const [date = ""] = new Date().toISOString().split("T");
  return { commit: commitOf(), date, node: process.version, cores: cpus().length };
}

export function jsonOf(figures: Figure[], tables: Map<string, string[][]>, on: MeasuredOn): Recorded {
  return {
    figures: figures.map((figure) => ({ ...figure, met: isMet(figure), ...on })),
    tables: Object.fromEntries(tables),
  };
}

/** The record as text; what another one had and this one has not measured stays. Null: there is no other one. */
export function withRows(before: string | null, { figures, tables }: Recorded): string {
  const known: Recorded = before === null ? { figures: [], tables: {} } : record.parse(JSON.parse(before));
  const rows = new Map([...known.figures, ...figures].map((figure) => [figure.name, figure]));
  return `${JSON.stringify({ figures: [...rows.values()], tables: { ...known.tables, ...tables } }, null, 2)}\n`;
}
