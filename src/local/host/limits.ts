/**
 * Convex's limits on one transaction and on one document, so that what runs here runs there. Sizes of reads are counted
 * on the stored JSON, which is close to Convex's own measure and costs nothing.
 */
import { getConvexSize, type Value } from "convex/values";

const MIB = 1024 * 1024;

export const MAX_BYTES_READ = 16 * MIB;
export const MAX_DOCUMENTS_READ = 32_000;

/** What a transaction counts, how much it may have of it, and what a function is told that wants more. */
const LIMITS = {
  bytesRead: [MAX_BYTES_READ, "Too many bytes read in a single function execution"],
  bytesWritten: [16 * MIB, "Too many bytes written in a single function execution"],
  databaseQueries: [4_096, "Too many reads in a single function execution"],
  documentsRead: [MAX_DOCUMENTS_READ, "Too many documents read in a single function execution"],
  documentsWritten: [16_000, "Too many writes in a single function execution"],
  functionsScheduled: [1_000, "Too many functions scheduled by this mutation"],
  scheduledFunctionArgsBytes: [16 * MIB, "Too large arguments of functions scheduled by this mutation"],
} as const;
type Metric = keyof typeof LIMITS;

export const MAX_ARGUMENT_BYTES = 16 * MIB;
export const MAX_SCHEDULED_ARGUMENT_BYTES = 4 * MIB;
export const MAX_RETURN_BYTES = 16 * MIB;
/** A query or mutation that waits for something that never comes would hold the lock for ever. */
export const MAX_TRANSACTION_MS = 15_000;

const MAX_DOCUMENT_BYTES = MIB;
const MAX_ARRAY_LENGTH = 8_192;
const MAX_FIELDS = 1_024;
const MAX_DEPTH = 16;

/** What one transaction has used. */
export class Usage {
  readonly #used = new Map<Metric, number>();

  count(metric: Metric, amount: number): void {
    const used = (this.#used.get(metric) ?? 0) + amount;
    this.#used.set(metric, used);
    const [limit, refusal] = LIMITS[metric];
    if (used > limit) throw new Error(`${refusal} (limit: ${limit})`);
  }
}

/** Refuses a document that Convex would not store, and says its size in bytes. */
export function documentSize(document: Value): number {
  assertShape(document, 0);
  const size = getConvexSize(document);
  if (size <= MAX_DOCUMENT_BYTES) return size;
  throw new Error(`Value is too large (${(size / MIB).toFixed(2)} MiB > maximum size 1 MiB)`);
}

function assertShape(value: Value | undefined, depth: number): void {
  if (typeof value !== "object" || value === null || value instanceof ArrayBuffer) return;
  const parts = Object.values(value);
  const [max, what] = Array.isArray(value)
    ? [MAX_ARRAY_LENGTH, "Array length is too long"]
    : [MAX_FIELDS, "Object has too many fields"];
  if (parts.length > max) throw new Error(`${what} (${parts.length} > maximum ${max})`);
  if (depth >= MAX_DEPTH) throw new Error(`Value is too nested (maximum nesting ${MAX_DEPTH})`);
  for (const part of parts) assertShape(part, depth + 1);
}
