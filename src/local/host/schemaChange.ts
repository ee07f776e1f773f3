/** Brings the store to a schema: refuses one that stored documents violate, then makes tables and indexes as it says. */
import { jsonToConvex, type Value } from "convex/values";
import type { TableSchema } from "./installation";
import type { Store } from "./store";
import { APP } from "./tables";
import { mismatchOf } from "./validators";

/** Call within `store.atomically`. Tables that the schema no longer names keep their documents, but not their indexes. */
export function applySchema(store: Store, schema: ReadonlyMap<string, TableSchema>): void {
  for (const name of schema.keys()) store.ensureTable(APP, name);
  for (const table of store.tablesOf(APP)) {
    if (table.name.startsWith("_")) continue;
    const { document: validator = null, indexes = [] } = schema.get(table.name) ?? {};
    store.setIndexes(table, indexes);
    if (validator === null) continue;
    for (const { id, json } of store.documentsOf(table)) {
      const { _id, _creationTime, ...fields } = jsonToConvex(JSON.parse(json)) as Record<string, Value>;
      const mismatch = mismatchOf(validator, fields, (nested) => store.tableNameOf(nested));
      if (mismatch === null) continue;
      throw new Error(
        `Schema validation failed.\nDocument with ID "${id}" in table "${table.name}" does not match the schema: ${mismatch}`,
      );
    }
  }
}
