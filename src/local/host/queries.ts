/**
 * Runs serialised queries on a transaction: the stream behind `collect`, `take`, `first`, `unique` and `for await`, and
 * the pages of `paginate`.
 */
import { createHash } from "node:crypto";
import type { JSONValue } from "convex/values";
import { type KeyRange, type Order, rangeAfter, successor } from "./keys";
import { MAX_BYTES_READ as MAX_BYTES, MAX_DOCUMENTS_READ as MAX_ROWS } from "./limits";
import { keyRange, nonNegative, passes, type SerializedQuery } from "./queryPlan";
import type { Row } from "./store";
import type { Transaction } from "./transaction";

/** How many rows Convex fetches at a time where it can't tell how many are wanted. */
const USUAL_ROWS = 100;
const MAX_ROWS_AT_ONCE = 1_024;
/** A page that uses more than this part of what it may is better split. */
const NEAR_LIMIT = 0.75;
const MAX_PAGE_LENGTH = 8_192;
const END_CURSOR = "_end_cursor";
const INVALID_CURSOR =
  "InvalidCursor: Tried to run a query starting from a cursor, but it looks like this cursor is from a different query.";

/** The index that a query reads, which part of it, and in which order. */
function open(transaction: Transaction, component: string, { source }: SerializedQuery) {
  const { type, indexName = "", range: bounds = [], order } = source;
  if (type === "Search") throw new Error(`Search indexes are not available on this host: ${indexName}`);
  const scanned = type === "FullTableScan" ? `${source.tableName}.by_creation_time` : indexName;
  const [tableName = "", name = ""] = scanned.split(".");
  const index = transaction.table(component, tableName).indexes.get(name);
  if (index === undefined) throw new Error(`Index ${scanned} not found.`);
  return { index, range: keyRange(index, bounds), order: order ?? "asc" };
}

function filtersOf({ operators }: SerializedQuery): JSONValue[] {
  return operators.flatMap((operator) => ("filter" in operator ? [operator.filter] : []));
}

function passesAll(filters: JSONValue[], json: string): boolean {
  return filters.length === 0 || filters.every((filter) => passes(filter, JSON.parse(json)));
}

/** As Convex chooses it, because what a function writes while it iterates shows from the next batch on. */
function batchRows(filters: JSONValue[], wanted: number): number {
  return filters.length > 0 || !Number.isFinite(wanted) ? USUAL_ROWS : Math.min(wanted, MAX_ROWS_AT_ONCE);
}

/** The JSON of each document that the query returns, in order. */
export function* stream(transaction: Transaction, component: string, query: SerializedQuery): Generator<string> {
  const { index, range, order } = open(transaction, component, query);
  const limits = query.operators.flatMap((operator) => ("limit" in operator ? [operator.limit] : []));
  const limit = Math.min(Number.POSITIVE_INFINITY, ...limits);
  const filters = filtersOf(query);
  let returned = 0;
  if (limit === 0) return;
  for (const { json } of transaction.scan(index, range, order, batchRows(filters, limit))) {
    if (!passesAll(filters, json)) continue;
    yield json;
    returned += 1;
    if (returned >= limit) return;
  }
}

export interface PageRequest {
  query: SerializedQuery;
  cursor: string | null;
  endCursor: string | null;
  pageSize: number;
  maximumRowsRead?: number | null;
  maximumBytesRead?: number | null;
}

/**
 * One page in Convex's JSON, of a table of the app: components can't paginate. `journal` is the end cursor of an earlier
 * run of the same page: with it the page keeps its end while documents come and go inside, so that the pages of a live
 * list neither overlap nor leave gaps.
 */
export function page(
  transaction: Transaction,
  request: PageRequest,
  journal: string | null,
): { json: string; journal: string } {
  const { query, cursor, pageSize } = request;
  if (pageSize < 1) throw new Error("Must request at least 1 document while paginating");
  const { index, range, order } = open(transaction, "", query);
  const cursors = cursorCodec(query);
  const endCursor = request.endCursor ?? journal;
  const bounded = between(range, order, cursors.decode(cursor), cursors.decode(endCursor));
  const [maximumRows, maximumBytes] = [request.maximumRowsRead ?? MAX_ROWS, request.maximumBytesRead ?? MAX_BYTES];
  const filters = filtersOf(query);
  const rows: Row[] = [];
  let bytes = 0;
  let pageStatus: "SplitRecommended" | "SplitRequired" | null = null;
  const documents: string[] = [];
  let continueCursor = endCursor ?? END_CURSOR;
  if (cursor !== END_CURSOR) {
    for (const row of transaction.scan(index, bounded, order, batchRows(filters, pageSize))) {
      rows.push(row);
      bytes += row.json.length;
      if (passesAll(filters, row.json)) documents.push(row.json);
      if (endCursor !== null) continue;
      if (documents.length < pageSize) {
        if (rows.length < maximumRows && bytes < maximumBytes) continue;
        pageStatus = "SplitRequired";
      }
      continueCursor = cursors.encode(row.key);
      break;
    }
  }
  // A client that holds a page which has grown may split it here.
  const middle = rows.length > 2 ? rows[rows.length >> 1]?.key : undefined;
  const splitCursor = middle === undefined ? null : cursors.encode(middle);
  const isNear = (used: number, limit: number) => used > limit * NEAR_LIMIT;
  if (isNear(rows.length, maximumRows) || isNear(bytes, maximumBytes) || isNear(documents.length, MAX_PAGE_LENGTH)) {
    pageStatus ??= "SplitRecommended";
  }
  const header = JSON.stringify({
    isDone: continueCursor === END_CURSOR,
    continueCursor,
    splitCursor,
    pageStatus,
  });
  return { json: `{"page":[${documents.join(",")}],${header.slice(1)}`, journal: continueCursor };
}

/** The part of a range after one key and up to another, both in the query's order; cursors lie within their query's range. */
function between(range: KeyRange, order: Order, after: Uint8Array | null, upTo: Uint8Array | null): KeyRange {
  const { low, high } = after === null ? range : rangeAfter(range, order, after);
  if (upTo === null) return { low, high };
  return nonNegative(order === "asc" ? { low, high: successor(upTo) } : { low: upTo, high });
}

/** Cursors carry a fingerprint of their query, because a cursor of another query would silently skip documents. */
function cursorCodec(query: SerializedQuery) {
  const fingerprint = createHash("sha256").update(JSON.stringify(query)).digest().subarray(0, 6);
  return {
    encode: (key: Uint8Array) => Buffer.concat([fingerprint, key]).toString("base64url"),
    decode(cursor: string | null): Uint8Array | null {
      if (cursor === null || cursor === END_CURSOR) return null;
      const bytes = Buffer.from(cursor, "base64url");
      if (!bytes.subarray(0, fingerprint.length).equals(fingerprint)) throw new Error(INVALID_CURSOR);
      return bytes.subarray(fingerprint.length);
    },
  };
}
