/**
 * The database's documents in the form of Convex's own snapshots, which `npx convex import` takes when the folder is
 * zipped: for each table the documents, one a line, and the word that says how their numbers are written.
 */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
import path from "node:path";
import { DatabaseSync, type DatabaseSyncInstance } from "@photostructure/sqlite";
import { type JSONValue, jsonToConvex } from "convex/values";
import { DATABASE_FILE } from "../stateFolder";

export interface ExportedTable {
  name: string;
  documents: number;
}

interface Table extends ExportedTable {
  number: number;
  /** The path of the component that it belongs to, "" for the app itself. */
  component: string;
}

export function exportDocuments(stateDir: string, target: string): ExportedTable[] {
  const databaseFile = path.join(stateDir, DATABASE_FILE);
  if (!existsSync(databaseFile)) throw new Error(`${stateDir} holds no database: run npm start first.`);
  if (existsSync(target)) throw new Error(`${target} is there already: name a new folder.`);
  const database = new DatabaseSync(databaseFile);
  const unfinished = `${target}.unfinished`;
  mkdirSync(unfinished, { mode: 0o700 });
  try {
    // One transaction, so that all tables are of the same moment.
    database.exec("BEGIN");
    // Scheduled functions and the like are the deployment's own: Convex imports none of them.
    const all = database.prepare("SELECT number, component, name FROM tables ORDER BY component, name").all();
    const tables = (all as unknown as Table[]).filter(({ name }) => !name.startsWith("_"));
    const exported = tables.map((table) => ({ ...table, documents: exportTable(database, table, unfinished) }));
    for (const component of new Set(tables.map((table) => table.component))) {
      const numbers = tables.filter((table) => table.component === component);
      const lines = numbers.map(({ name, number }) => `${JSON.stringify({ name, id: number })}\n`);
      writeTable(path.join(unfinished, folderOf(component), "_tables"), lines);
    }
    renameSync(unfinished, target);
    return exported;
  } finally {
    database.close();
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** Returns how many documents there were. */
function exportTable(database: DatabaseSyncInstance, { number, component, name }: Table, target: string): number {
  const folder = path.join(target, folderOf(component), name);
  let documents = 0;
  const rows = database.prepare("SELECT json FROM documents WHERE tableNumber = ?").iterate(number);
  const lines = function* () {
    for (const { json } of rows as Iterable<{ json: string }>) {
      documents += 1;
      yield `${losslessJson(JSON.parse(json))}\n`;
    }
  };
  writeTable(folder, lines());
  writeFileSync(path.join(folder, "generated_schema.jsonl"), '"uniform"\n');
  return documents;
}

const folderOf = (component: string) =>
  component === "" ? "" : path.join(...component.split("/").flatMap((name) => ["_components", name]));

function writeTable(folder: string, lines: Iterable<string>): void {
  mkdirSync(folder, { recursive: true });
  const file = openSync(path.join(folder, "documents.jsonl"), "wx");
  for (const line of lines) writeSync(file, line);
  closeSync(file);
}

/** Integers are numbers without a point and floats have one; what JSON can't say keeps Convex's own encoding. */
export function losslessJson(value: JSONValue): string {
  if (typeof value === "number") return String(value).replace(/^-?\d+$/, "$&.0");
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(losslessJson).join()}]`;
  if ("$integer" in value) return String(jsonToConvex(value));
  if ("$bytes" in value || "$float" in value) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, field]) => `${JSON.stringify(name)}:${losslessJson(field as JSONValue)}`)
    .join()}}`;
}
