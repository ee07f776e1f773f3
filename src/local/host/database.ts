/**
 * `ctx.db` beyond queries: documents by id, and the three ways to write them. Every write passes the schema and Convex's
 * limits before the transaction takes it.
 */
import { type JSONValue, jsonToConvex, type ValidatorJSON, type Value } from "convex/values";
import { newDocumentId } from "./documentIds";
import { documentSize } from "./limits";
import type { TableInfo } from "./store";
import type { Transaction } from "./transaction";
import { mismatchOf, type TableOfId } from "./validators";

type Fields = Record<string, JSONValue>;
/** What the schema says of a table's documents; null where it says nothing. */
export type DocumentValidatorOf = (tableName: string) => ValidatorJSON | null;

const SYSTEM_FIELDS = ["_id", "_creationTime"];

export class Database {
  constructor(
    readonly transaction: Transaction,
    readonly component: string,
    readonly validatorOf: DocumentValidatorOf,
  ) {}

  /** The document's JSON, or "null". */
  get({ id, table: expected, isSystem }: { id: string; table?: string; isSystem: boolean }): string {
    const table = this.#tableOf("get", id, expected);
    if (table.name.startsWith("_") !== isSystem) {
      const [kind, accessor] = isSystem ? ["User", "db"] : ["System", "db.system"];
      throw new Error(`${kind} tables can only be accessed from ${accessor}.get().`);
    }
    return this.transaction.read(table, id) ?? "null";
  }

  normalizeId({ table, idString }: { table: string; idString: string }): string | null {
    return tableNameOf(this.transaction, this.component)(idString) === table ? idString : null;
  }

  insert({ table: name, value }: { table: string; value: JSONValue }): string {
    const table = this.transaction.table(this.component, name);
    const fields = assertFields(value);
    const reserved = Object.keys(fields).find((field) => field.startsWith("_"));
    if (reserved !== undefined) {
      throw new Error(`Field "${reserved}" starts with an underscore, which is only allowed for system fields.`);
    }
    const id = newDocumentId(table.number);
    this.#write(table, id, { _creationTime: this.transaction.nextCreationTime(), _id: id, ...fields });
    return id;
  }

  /** Merges the fields into the document; a field that is `undefined` is removed. */
  patch({ id, table: expected, value }: { id: string; table?: string; value: JSONValue }): undefined {
    const { table, document } = this.#existing("patch", "Update", id, expected);
    const changes = this.#withoutSystemFields(document, value);
    const isRemoved = (field: JSONValue) => typeof field === "object" && field !== null && "$undefined" in field;
    const merged = Object.entries({ ...document, ...changes }).filter(([, field]) => !isRemoved(field));
    this.#write(table, id, Object.fromEntries(merged));
  }

  replace({ id, table: expected, value }: { id: string; table?: string; value: JSONValue }): undefined {
    const { table, document } = this.#existing("replace", "Replace", id, expected);
    const { _creationTime, _id } = document as { _creationTime: JSONValue; _id: JSONValue };
    this.#write(table, id, { _creationTime, _id, ...this.#withoutSystemFields(document, value) });
  }

  delete({ id, table: expected }: { id: string; table?: string }): undefined {
    const { table } = this.#existing("delete", "Delete", id, expected);
    this.transaction.write(table, id, null);
  }

  #write(table: TableInfo, id: string, document: Fields): void {
    // A commit timestamp is known already: nothing commits between the start and the end of a transaction.
    const ts = Buffer.alloc(8);
    ts.writeBigInt64LE(this.transaction.ts);
    const placeholder = JSON.stringify({ $commitTs: null });
    const resolved = JSON.stringify({ $integer: ts.toString("base64") });
    const json = JSON.stringify(document).replaceAll(placeholder, resolved);
    const { _id, _creationTime, ...fields } = jsonToConvex(JSON.parse(json)) as Record<string, Value>;
    const validator = this.validatorOf(table.name);
    const mismatch = validator && mismatchOf(validator, fields, tableNameOf(this.transaction, this.component));
    if (mismatch) {
      throw new Error(
        `Failed to insert or update a document in table "${table.name}" because it does not match the schema: ${mismatch}`,
      );
    }
    this.transaction.usage.count("bytesWritten", documentSize(fields));
    this.transaction.write(table, id, json);
  }

  #existing(method: string, verb: string, id: string, expected?: string): { table: TableInfo; document: Fields } {
    const table = this.#tableOf(method, id, expected);
    if (table.name.startsWith("_")) throw new Error("System tables (prefixed with `_`) are read-only.");
    const json = this.transaction.read(table, id);
    if (json === null) throw new Error(`${verb} on nonexistent document ID ${id}`);
    return { table, document: JSON.parse(json) };
  }

  #withoutSystemFields(document: Fields, value: JSONValue): Fields {
    const fields = { ...assertFields(value) };
    for (const name of SYSTEM_FIELDS) {
      if (name in fields && fields[name] !== document[name]) {
        throw new Error(`The system field "${name}" of document ${document._id} can't be changed.`);
      }
      delete fields[name];
    }
    const reserved = Object.keys(fields).find((field) => field.startsWith("_"));
    if (reserved !== undefined) {
      throw new Error(`Field "${reserved}" starts with an underscore, which is only allowed for system fields.`);
    }
    return fields;
  }

  #tableOf(method: string, id: string, expected?: string): TableInfo {
    const table = this.transaction.store.tableOfId(id);
    if (table === null || table.component !== this.component) {
      throw new Error(`Invalid argument \`id\` for \`db.${method}\`: Unable to decode ID: ${JSON.stringify(id)}`);
    }
    if (expected !== undefined && expected !== table.name) {
      throw new Error(
        `Invalid argument \`id\` for \`db.${method}\`, expected ID in table '${expected}' but got ID in table '${table.name}'`,
      );
    }
    return table;
  }
}

/** Names the table of an id within one component, for validators. */
export function tableNameOf({ store }: { store: Transaction["store"] }, component: string): TableOfId {
  return (id) => {
    const table = store.tableOfId(id);
    return table?.component === component ? table.name : null;
  };
}

function assertFields(value: JSONValue): Fields {
  const isFields = typeof value === "object" && value !== null && !Array.isArray(value);
  const isEncodedLeaf = isFields && Object.keys(value).some((name) => name.startsWith("$"));
  if (!isFields || isEncodedLeaf) throw new Error("A document must be an object.");
  return value;
}
