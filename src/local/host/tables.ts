/** Tables and indexes as the engine knows them: whose they are, and which fields make the keys of an index. */
import type { JSONValue } from "convex/values";
import { encodeKey, fieldOf } from "./keys";

/** The component path of the app itself. Tables carry a path so that components can follow. */
export const APP = "";

export interface TableInfo {
  number: number;
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
  paths: string[][];
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

export function indexInfo(id: number, table: TableInfo, name: string, fields: string[]): IndexInfo {
  return { id, table, name, fields, paths: fields.map((field) => field.split(".")) };
}

/** A document's key in an index, from its JSON encoding. */
export function indexKey({ paths }: IndexInfo, document: JSONValue): Uint8Array {
  return encodeKey(paths.map((path) => fieldOf(document, path)));
}
