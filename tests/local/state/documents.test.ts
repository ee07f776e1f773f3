/** Documents for Convex's import, read back as Convex reads them: a number without a point is an integer. */
import fs from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { convexToJson, jsonToConvex, type Value } from "convex/values";
import { afterEach, beforeEach, expect, test } from "vitest";
import { exportDocuments } from "../../../src/local/backup/documents";
import { newDocumentId } from "../../../src/local/host/documentIds";
import { Store } from "../../../src/local/host/store";
import { DATABASE_FILE } from "../../../src/local/stateFolder";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(tmpdir(), "bithedge-documents-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const VALUES: Record<string, Value> = {
  whole: 5,
  created: 1_772_600_000_000.25,
  large: 1e21,
  largest: 2n ** 63n - 1n,
  least: -(2n ** 63n),
  zero: 0n,
  negativeZero: -0,
  infinite: Number.POSITIVE_INFINITY,
  notANumber: Number.NaN,
  bytes: new Uint8Array([1, 2, 255]).buffer,
  text: 'says "12" and 3.0 \n 4 \\',
  nested: [{ amounts: [1n, 2, null, true], empty: {}, none: [] }],
};

function write(tables: [component: string, name: string][]): Map<string, string> {
  const ids = new Map<string, string>();
  const store = new Store(path.join(folder, DATABASE_FILE), "NORMAL");
  store.begin();
  for (const [component, name] of tables) {
    const table = store.ensureTable(component, name);
    const id = newDocumentId(table.number);
    const fields = convexToJson(VALUES) as Record<string, never>;
    store.persist(table, id, JSON.stringify({ _creationTime: 1_772_600_000_000, _id: id, ...fields }));
    ids.set(`${component}/${name}`, id);
  }
  store.commit();
  store.close();
  return ids;
}

function readAsConvex(line: string): unknown {
  const tagged = line.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) =>
    /^-?\d+$/.test(token) ? JSON.stringify(convexToJson(BigInt(token))) : token,
  );
  return jsonToConvex(JSON.parse(tagged));
}

test("every value comes back as it was, in the folders of a snapshot, components in theirs", () => {
  const ids = write([
    ["", "notes"],
    ["", "_scheduled_functions"],
    ["limiter", "limits"],
    ["outer/inner", "deep"],
  ]);
  const target = path.join(folder, "snapshot");
  const exported = exportDocuments(folder, target);
  expect(exported.map(({ name, documents }) => [name, documents])).toEqual([
    ["notes", 1],
    ["limits", 1],
    ["deep", 1],
  ]);
  const files = (fs.readdirSync(target, { recursive: true }) as string[]).filter((name) => name.endsWith(".jsonl"));
  expect(files.sort()).toEqual(
    ["", "_components/limiter/", "_components/outer/_components/inner/"]
      .flatMap((prefix, n) => [
        `${prefix}_tables/documents.jsonl`,
        `${prefix}${["notes", "limits", "deep"][n]}/documents.jsonl`,
        `${prefix}${["notes", "limits", "deep"][n]}/generated_schema.jsonl`,
      ])
      .sort(),
  );
  const read = (file: string) => fs.readFileSync(path.join(target, file), "utf8");
  const [line, ...more] = read("notes/documents.jsonl").trimEnd().split("\n");
  expect(more).toEqual([]);
  const _id = ids.get("/notes");
  expect(readAsConvex(line as string)).toEqual({ _creationTime: 1_772_600_000_000, _id, ...VALUES });
  expect(JSON.parse(read("notes/generated_schema.jsonl"))).toBe("uniform");
  expect(read("_tables/documents.jsonl")).toBe('{"name":"notes","id":10001}\n');
  expect(read("_components/limiter/_tables/documents.jsonl")).toBe('{"name":"limits","id":10003}\n');
  expect(fs.statSync(target).mode & 0o777).toBe(0o700);
});

test("nothing is overwritten, and a folder without a database has no documents", () => {
  expect(() => exportDocuments(folder, path.join(folder, "x"))).toThrow("holds no database");
  write([["", "notes"]]);
  fs.mkdirSync(path.join(folder, "snapshot"));
  expect(() => exportDocuments(folder, path.join(folder, "snapshot"))).toThrow("is there already");
  expect(fs.readdirSync(folder).filter((name) => /snapshot|x$/.test(name))).toEqual(["snapshot"]);
});
