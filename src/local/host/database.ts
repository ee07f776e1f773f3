/**
 * `ctx.db` beyond queries: documents by id, and the ways to write them. Every write passes the schema and Convex's limits
 * before the transaction takes it.
 */
import { type JSONValue, jsonToConvex, type ValidatorJSON, type Value } from "convex/values";
import { newDocumentId } from "./documentIds";
import type { TableInfo } from "./indexes";
import { documentSize } from "./limits";
import type { Transaction } from "./transaction";
import { mismatchOf } from "./validators";

type Fields = Record<string, JSONValue>;

/** A document as the package names it; the table is there where the caller gave it. */
interface Reference {
  id: string;
  table?: string;
}

interface Change extends Reference {
  value: JSONValue;
}

export class Database {
  constructor(
    readonly transaction: Transaction,
    /** Whose tables and ids these are: those of another component do not exist here. */
    readonly component: string,
    /** What the schema says of a table's documents; null where it says nothing. */
    readonly validatorOf: (tableName: string) => ValidatorJSON | null,
  ) {}

  /** The document's JSON, or undefined where there is none. */
  get({ isSystem, ...reference }: Reference & { isSystem: boolean }): string | undefined {
    const table = this.#tableOf("get", reference);
    if (table.name.startsWith("_") === isSystem) return this.transaction.read(table, reference.id) ?? undefined;
    const [kind, accessor] = isSystem ? ["User", "db"] : ["System", "db.system"];
    throw new Error(`${kind} tables can only be accessed from ${accessor}.get().`);
  }

  normalizeId({ table, idString }: { table: string; idString: string }): string | null {
    return this.transaction.store.tableNamesIn(this.component)(idString) === table ? idString : null;
  }

  insert({ table: name, value }: { table: string; value: JSONValue }): string {
    const table = this.transaction.table(this.component, name);
    const id = newDocumentId(table.number);
    this.#write(table, { _creationTime: this.transaction.nextCreationTime(), _id: id }, value);
    return id;
  }

  /** Merges the fields into the document; a field that is `undefined` is removed. */
  patch({ value, ...reference }: Change): undefined {
    const { table, document } = this.#existing("patch", "Update", reference);
    const isKept = ([, field]: [string, JSONValue]) => !(isObject(field) && "$undefined" in field);
    const merged = Object.entries({ ...document, ...assertObject(value) }).filter(isKept);
    this.#write(table, document, Object.fromEntries(merged));
  }

  replace({ value, ...reference }: Change): undefined {
    const { table, document } = this.#existing("replace", "Replace", reference);
    this.#write(table, document, value);
  }

  delete(reference: Reference): undefined {
    const { table } = this.#existing("delete", "Delete", reference);
    this.transaction.write(table, reference.id, null);
  }

  /** The value may repeat the system fields, but not change them. */
  #write(table: TableInfo, { _creationTime = null, _id = null }: Fields, value: JSONValue): void {
    const system: Fields = { _creationTime, _id };
    const given = Object.entries(assertObject(value));
    const reserved = given.find(([name, field]) => name.startsWith("_") && field !== system[name]);
    if (reserved !== undefined) {
      throw new Error(`Field "${reserved[0]}" starts with an underscore: system fields can't be set or changed.`);
    }
    const fields = Object.fromEntries(given.filter(([name]) => !name.startsWith("_")));
    const document = jsonToConvex(fields) as Record<string, Value>;
    const validator = this.validatorOf(table.name);
    const mismatch = validator && mismatchOf(validator, document, this.transaction.store.tableNamesIn(this.component));
    if (mismatch) {
      const problem = `because it does not match the schema: ${mismatch}`;
      throw new Error(`Failed to insert or update a document in table "${table.name}" ${problem}`);
    }
    this.transaction.usage.count("bytesWritten", documentSize(document));
    this.transaction.write(table, _id as string, JSON.stringify({ ...system, ...fields }));
  }

  #existing(method: string, verb: string, reference: Reference): { table: TableInfo; document: Fields } {
    const table = this.#tableOf(method, reference);
    if (table.name.startsWith("_")) throw new Error("System tables (prefixed with `_`) are read-only.");
    const json = this.transaction.read(table, reference.id);
    if (json === null) throw new Error(`${verb} on nonexistent document ID ${reference.id}`);
    return { table, document: JSON.parse(json) };
  }

  #tableOf(method: string, { id, table: expected }: Reference): TableInfo {
    const argument = `Invalid argument \`id\` for \`db.${method}\``;
    const table = this.transaction.store.tableOfId(id);
    if (table?.component !== this.component) throw new Error(`${argument}: Unable to decode ID: ${JSON.stringify(id)}`);
    if (expected === undefined || expected === table.name) return table;
    throw new Error(`${argument}, expected ID in table '${expected}' but got ID in table '${table.name}'`);
  }
}

function isObject(value: JSONValue): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Refuses other values too, such as an integer, which JSON holds in an object with one reserved name. */
function assertObject(value: JSONValue): Fields {
  if (isObject(value) && !Object.keys(value).some((name) => name.startsWith("$"))) return value;
  throw new Error("A document must be an object.");
}
