/**
 * Convex's limits on one transaction and on one document, so that what runs here runs there. Sizes of reads are counted
 * on the stored JSON, which is close to Convex's own measure and costs nothing.
 */
import type { Value } from "convex/values";

const MIB = 1024 * 1024;

export const TRANSACTION_LIMITS = {
  bytesRead: 16 * MIB,
  bytesWritten: 16 * MIB,
  databaseQueries: 4_096,
  documentsRead: 32_000,
  documentsWritten: 16_000,
  functionsScheduled: 1_000,
  scheduledFunctionArgsBytes: 16 * MIB,
  filesWritten: 0,
  fileWriteBytes: 0,
  filesRead: 0,
  fileReadBytes: 0,
};
export type Metric = keyof typeof TRANSACTION_LIMITS;

export const MAX_ARGUMENT_BYTES = 16 * MIB;
export const MAX_SCHEDULED_ARGUMENT_BYTES = 4 * MIB;
export const MAX_RETURN_BYTES = 16 * MIB;
/** A query or mutation that waits for something that never comes would hold the lock for ever. */
export const MAX_TRANSACTION_MS = 15_000;

const MAX_DOCUMENT_BYTES = MIB;
const MAX_ARRAY_LENGTH = 8_192;
const MAX_FIELDS = 1_024;
const MAX_DEPTH = 16;

const EXCEEDED: Partial<Record<Metric, string>> = {
  bytesRead: "Too many bytes read in a single function execution",
  bytesWritten: "Too many bytes written in a single function execution",
  databaseQueries: "Too many reads in a single function execution",
  documentsRead: "Too many documents read in a single function execution",
  documentsWritten: "Too many writes in a single function execution",
  functionsScheduled: "Too many functions scheduled by this mutation",
  scheduledFunctionArgsBytes: "Too large total size of the arguments of scheduled functions from this mutation",
};

/** What one transaction has used, and what it may use. */
export class Usage {
  private readonly used = Object.fromEntries(Object.keys(TRANSACTION_LIMITS).map((name) => [name, 0])) as Record<
    Metric,
    number
  >;
  private limits: Record<Metric, number> = { ...TRANSACTION_LIMITS };

  count(metric: Metric, amount: number): void {
    this.used[metric] += amount;
    if (this.used[metric] > this.limits[metric]) {
      throw new Error(`${EXCEEDED[metric] ?? metric} (limit: ${this.limits[metric]})`);
    }
  }

  /** Runs a nested call under limits of its own, never wider than what is left. */
  async within<Result>(own: Partial<Record<Metric, number>>, work: () => Promise<Result>): Promise<Result> {
    const outer = this.limits;
    this.limits = { ...outer };
    for (const [name, limit] of Object.entries(own) as [Metric, number][]) {
      if (name in outer) this.limits[name] = Math.min(outer[name], this.used[name] + limit);
    }
    try {
      return await work();
    } finally {
      this.limits = outer;
    }
  }

  /** As `ctx.meta.getTransactionMetrics()` returns it. */
  metrics(): Record<string, { used: number; remaining: number }> {
    const rows = Object.entries(this.used) as [Metric, number][];
    return Object.fromEntries(rows.map(([name, used]) => [name, { used, remaining: this.limits[name] - used }]));
  }
}

/** Refuses a document that Convex would not store, and says its size in bytes. */
export function documentSize(document: Value): number {
  const size = sizeOf(document, 0);
  if (size > MAX_DOCUMENT_BYTES) {
    throw new Error(`Value is too large (${(size / MIB).toFixed(2)} MiB > maximum size 1 MiB)`);
  }
  return size;
}

/** Convex's own measure: a type byte, the content, and an end byte where the content has no fixed length. */
function sizeOf(value: Value | undefined, depth: number): number {
  if (value === undefined) return 0;
  if (value === null || typeof value === "boolean") return 1;
  if (typeof value === "number" || typeof value === "bigint") return 9;
  if (typeof value === "string") return 2 + Buffer.byteLength(value);
  if (value instanceof ArrayBuffer) return 2 + value.byteLength;
  if (depth >= MAX_DEPTH) throw new Error(`Value is too nested (maximum nesting ${MAX_DEPTH})`);
  if (Array.isArray(value)) {
    if (value.length > MAX_ARRAY_LENGTH) {
      throw new Error(`Array length is too long (${value.length} > maximum length ${MAX_ARRAY_LENGTH})`);
    }
    return value.reduce<number>((size, element) => size + sizeOf(element, depth + 1), 2);
  }
  const fields = Object.entries(value);
  if (fields.length > MAX_FIELDS) {
    throw new Error(`Object has too many fields (${fields.length} > maximum number ${MAX_FIELDS})`);
  }
  return fields.reduce((size, [name, field]) => size + Buffer.byteLength(name) + 1 + sizeOf(field, depth + 1), 2);
}
