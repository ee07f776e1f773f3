/** The documents of a backend as they lie in its database, without what each deployment gives them itself. */
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { exportDocuments } from "../../src/local/backup/documents";

export type Row = Record<string, unknown> & { _id: string };

/** Integers as text where a number would lose some of their digits. */
function rowOf(line: string): Row {
  return JSON.parse(line.replace(/:(-?\d{15,})(?=[,}\]])/g, ':"$1"')) as Row;
}

/** Of one moment, by table. */
export function readTables<Name extends string>(stateDir: string, names: readonly Name[]): Record<Name, Row[]> {
  const target = path.join(stateDir, "export");
  exportDocuments(stateDir, target);
  try {
    const tables = names.map((name) => {
      const text = readFileSync(path.join(target, name, "documents.jsonl"), "utf8");
      return [name, text.split("\n").filter(Boolean).map(rowOf)] as const;
    });
    return Object.fromEntries(tables) as Record<Name, Row[]>;
  } finally {
    rmSync(target, { recursive: true });
  }
}
