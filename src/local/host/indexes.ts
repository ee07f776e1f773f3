/** Tables and their indexes: which fields an index's keys have, and what key a document has in it. */
import type { JSONValue } from "convex/values";
import { encodeKey, fieldOf } from "./keys";

export interface TableInfo {
  number: number;
  /** The path of the component whose table it is; the app's is empty. */
  component: string;
  name: string;
  indexes: Map<string, IndexInfo>;
}

export interface IndexInfo {
  id: number;
  table: TableInfo;
  name: string;
  /** All fields of a key, the implicit `_creationTime` and `_id` included. */
  fields: string[];
}

/** An index as a schema declares it. */
export interface IndexDefinition {
  name: string;
  fields: string[];
}

/** All indexes of a table with all fields of their keys: the two that every table has, and the declared ones. */
export function indexFields(declared: IndexDefinition[]): Map<string, string[]> {
  const full = ({ name, fields }: IndexDefinition): [string, string[]] => [
    name,
    [...fields.filter((field) => field !== "_creationTime"), "_creationTime", "_id"],
  ];
  return new Map([["by_id", ["_id"]], ["by_creation_time", ["_creationTime", "_id"]], ...declared.map(full)]);
}

/** A document's key in an index, from its JSON encoding. */
export function indexKey({ fields }: IndexInfo, document: JSONValue): Uint8Array {
  return encodeKey(fields.map((field) => fieldOf(document, field)));
}
